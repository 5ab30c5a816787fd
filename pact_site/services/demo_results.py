"""The demo's public results page: what a finished study's page may look like, marked simulated."""

from dataclasses import replace
from typing import Final

from analysis.models import Report
from analysis.services.results import pages
from analysis.services.results.offer import first_draft, offer_of
from survey.models import Study

EXAMPLE: Final = "br-food-pizza"

SUBTITLE: Final = (
    "A rehearsal with simulated people in five countries and made-up models: what a published "
    "study looks like here, before anybody has been asked."
)
SUMMARY: Final = (
    "*First light* holds 63 everyday situations from 25 countries in which a custom and a personal "
    "wish pull apart. Simulated participants from five countries went through the real study "
    "pages, and respondents that roll dice stood in for language models.\n\n"
    "**Nothing on this page is a finding.** It shows what readers of a real study would get: the "
    "figures its authors chose, an example to try, and the numbers behind every chart."
)
TAKEAWAYS: Final = (
    "Read the gap, not the rate\n"
    "People tend to call the custom appropriate more often than they would follow it themselves. "
    "A model that is asked one question only cannot show whether it knows the difference.\n\n"
    "Look at the intervals first\n"
    "Where intervals overlap, the order of models is not settled, whatever the list says.\n\n"
    "Chance is a competitor\n"
    "Answering 50 : 50 everywhere is closer to people than it sounds. The references beside the "
    "models say how much of their closeness means something."
)


def publish_results(study: Study, report: Report) -> None:
    """Draft and publish the page, once: an edited or unpublished one is left alone.

    Where hardly anybody came there is none: groups that small are not published.
    """
    page = pages.page_of(study)
    if page.pk:
        return
    offer = offer_of(report)
    begun = first_draft(offer)
    if not begun.figures:
        return  # so few people came that every figure would show too small a group
    known = {one.key for one in offer.scenarios if one.people >= begun.minimum}
    draft = replace(
        begun,
        title="First light: a rehearsal",
        subtitle=SUBTITLE,
        authors="{The PACT platform}",
        summary=SUMMARY,
        takeaways=TAKEAWAYS,
        example=EXAMPLE if EXAMPLE in known else begun.example,
        venue="Demonstration of the PACT platform",
    )
    page = pages.save_draft(study=study, draft=draft, report=report)
    pages.publish(page=page, frozen=pages.frozen_draft(page))
