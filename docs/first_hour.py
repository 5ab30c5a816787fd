"""The tutorial's first hour, walked in a browser as it is written, a picture of each step.

`docs/pictures.py docs` calls it on a copy of the demo. A step that no longer works stops it.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

SCENARIOS, STUDY, TITLE = "my-scenarios", "my-study", "My study"
STUB = "http://127.0.0.1:8001/v1"
Take = Callable[[Page, str], None]


def walk(page: Page, base: str, folder: Path, take: Take) -> None:
    """Signed in as a researcher, on an installation with the demo; `folder` keeps what is loaded."""
    _scenarios_of_ones_own(page, base, folder, take)
    _a_study(page, base, take)
    _people(base)
    _annotators(page, base, take)
    _a_model(page, base, take)
    _a_report(page, base, take)


def _scenarios_of_ones_own(page: Page, base: str, folder: Path, take: Take) -> None:
    """First light's table, changed in one cell, as a dataset of one's own, and its release."""
    page.goto(f"{base}/datasets/first-light/")
    with page.expect_download() as loading:
        page.get_by_role("link", name=re.compile("as CSV")).click()
    path = folder / "my-scenarios.csv"
    text = Path(loading.value.path()).read_text(encoding="utf-8")
    path.write_text(text.replace("a new choir", "a new orchestra"), encoding="utf-8")
    page.goto(f"{base}/datasets/import/")
    page.set_input_files("[name=file]", path)
    page.select_option("[name=source_format]", "csv")
    page.fill("[name=dataset]", SCENARIOS)
    page.fill("[name=licence]", "CC BY 4.0")
    page.get_by_role("button", name="Only check").click()
    take(page, "import")
    page.set_input_files("[name=file]", path)
    page.get_by_role("button", name="Import", exact=True).click()
    page.goto(f"{base}/datasets/{SCENARIOS}/releases/")
    page.get_by_role("link", name=re.compile("Release without")).click()
    page.get_by_role("button", name=re.compile("Release|Freeze")).click()


def _a_study(page: Page, base: str, take: Take) -> None:
    page.goto(f"{base}/studies/new/")
    page.fill("[name=name]", TITLE)
    page.fill("[name=slug]", STUDY)
    page.select_option("[name=release]", label=_option(page, "release", "My scenarios"))
    page.get_by_role("button", name="Make the draft").click()
    page.goto(f"{base}/studies/{STUDY}/instrument/")
    take(page, "instrument")
    page.get_by_role("link", name=re.compile("^Open")).click()
    page.get_by_role("button", name=re.compile("^Open")).click()
    _at_prolific(page, base, take)


def _at_prolific(page: Page, base: str, take: Take) -> None:
    """Made and published at the fake that runs beside the demo."""
    page.goto(f"{base}/studies/{STUDY}/prolific/")
    page.get_by_role("link", name="Make the study at Prolific", exact=True).click()
    page.get_by_role("button", name="Show what would be sent").click()
    take(page, "at-prolific")
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="Make the study").click()
    page.get_by_role("link", name="Publish").click()
    page.get_by_role("checkbox").last.check()
    page.get_by_role("button", name="Publish").click()
    expect(page.locator("main .badge", has_text="active")).to_be_visible()


def _people(base: str) -> None:
    """Simulated people through the real pages, by the command that the tutorial names."""
    command = ["simulate_participants", "--study", STUDY, "--n", "40", "--seed", "1", "--url", base]
    subprocess.run([sys.executable, "manage.py", *command], check=True, stdout=subprocess.DEVNULL)


def _option(page: Page, field: str, words: str) -> str:
    options = page.locator(f"[name={field}] option").all_inner_texts()
    return next(text for text in options if words in text)


def _annotators(page: Page, base: str, take: Take) -> None:
    page.goto(f"{base}/validations/new/")
    page.fill("[name=name]", "My validation")
    page.fill("[name=slug]", "my-validation")
    page.select_option("[name=dataset]", SCENARIOS)
    for field, number in (
        ("sample_size", "12"),
        ("annotators", "2"),
        ("shared", "4"),
        ("shared_raters", "2"),
        ("repeats", "0"),
    ):
        page.fill(f"[name={field}]", number)
    page.get_by_role("button", name="Save the draft").click()
    page.get_by_role("link", name=re.compile("Freeze")).click()
    page.get_by_role("button", name=re.compile("Freeze")).click()
    page.goto(f"{base}/validations/my-validation/people/")
    page.get_by_role("button", name=re.compile("link|Invite", re.I)).first.click()
    take(page, "annotators")


def _a_model(page: Page, base: str, take: Take) -> None:
    page.goto(f"{base}/runs/endpoints/new/")
    page.fill("[name=name]", "local")
    page.fill("[name=model]", "pact-stub-1")
    page.fill("[name=base_url]", STUB)
    page.get_by_role("button", name="Set up").click()
    page.goto(f"{base}/runs/new/?study={STUDY}")
    page.select_option("[name=endpoint]", "local")
    page.fill("[name=personas]", "none")
    page.get_by_role("button", name="Plan it and try the endpoint").click()
    page.get_by_role("button", name=re.compile("^Start")).click(timeout=60_000)
    expect(page.get_by_text("done").first).to_be_visible(timeout=120_000)
    take(page, "run")


def _a_report(page: Page, base: str, take: Take) -> None:
    page.goto(f"{base}/reports/new/?study={STUDY}")
    page.get_by_role("button", name="Build the report").first.click()
    everything = page.get_by_role("link", name="Download everything")
    expect(everything).to_be_visible(timeout=240_000)
    take(page, "my-report")
