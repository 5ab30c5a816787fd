"""Delete what has been kept long enough; meant to be run once a day."""

from typing import Any

from analysis.services.retention import forget_reasons
from pact_site.base.commands import PactCommand
from survey.services.retention import apply_retention


class Command(PactCommand):
    """Nothing to set here: each study says how long things are kept."""

    help = "Remove ids and free text of closed studies whose time is over, from reports, too."

    def handle(self, *args: Any, **options: Any) -> None:
        """Carry the rules out and say what is gone."""
        removed, reports = apply_retention(), forget_reasons()
        for one in removed:
            self.stdout.write(
                f"{one.study}: {one.texts} texts, {one.identities} identities removed"
            )
        for report in reports:
            self.stdout.write(f"{report}: removed with its reasons, queued to be built without")
        if not removed and not reports:
            self.stdout.write("nothing to remove")
