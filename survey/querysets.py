"""The domain's words for sets of participants and assignments."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import models

if TYPE_CHECKING:
    from survey.models import Study

M = TypeVar("M", bound=models.Model)


class ParticipantQuerySet(models.QuerySet[M]):
    """Participants by cohort and by how far they came."""

    def in_cohort(self, cohort: str) -> ParticipantQuerySet[M]:
        """Participants of one cohort: real, rehearsal or preview."""
        return self.filter(cohort=cohort)

    def consented(self) -> ParticipantQuerySet[M]:
        """Everybody who agreed to take part and has not withdrawn."""
        return self.exclude(state="withdrawn")

    def completed(self) -> ParticipantQuerySet[M]:
        """Those who answered everything."""
        return self.filter(state="completed")

    def excluded(self) -> ParticipantQuerySet[M]:
        """Those with at least one exclusion in force."""
        return self.filter(pk__in=self._excluded_ids())

    def analysed(self) -> ParticipantQuerySet[M]:
        """Completed and not excluded: the people a report speaks about."""
        return self.completed().exclude(pk__in=self._excluded_ids())

    def held_back(self) -> ParticipantQuerySet[M]:
        """Those who completed here and returned there, until a person has decided about them."""
        from survey.models import Exclusion

        standing = Exclusion.objects.filter(rule=Exclusion.HELD_BACK, reversed_at__isnull=True)
        return self.filter(pk__in=standing.values("participant"))

    def takeable(self) -> ParticipantQuerySet[M]:
        """Those whose rows may leave in an export: not withdrawn, not held back."""
        return self.consented().exclude(pk__in=self.held_back().values("pk"))

    def _excluded_ids(self) -> models.QuerySet[models.Model, int]:
        from survey.models import Exclusion

        standing = Exclusion.objects.filter(reversed_at__isnull=True)
        return standing.values_list("participant_id", flat=True)


class AssignmentQuerySet(models.QuerySet[M]):
    """Assignments by what they hold."""

    def of(self, study: Study, cohort: str) -> AssignmentQuerySet[M]:
        """The assignments of one study and cohort."""
        return self.filter(study=study, cohort=cohort)

    def holding(self) -> AssignmentQuerySet[M]:
        """Those that hold a place: leased or confirmed, and not surplus."""
        return self.filter(state__in=["leased", "confirmed"], surplus=False)

    def confirmed(self) -> AssignmentQuerySet[M]:
        """Those that were answered."""
        return self.filter(state="confirmed")

    def shown(self) -> AssignmentQuerySet[M]:
        """Those that were given to somebody who has not lost them again."""
        return self.filter(state__in=["leased", "confirmed"])
