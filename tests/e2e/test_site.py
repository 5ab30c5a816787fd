"""The site's own pages in a real browser: home, accounts, error pages, the style page."""

import re
import time

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.core.cache import cache
from playwright.sync_api import expect

from tests.pact_site.making import make_people, make_report, make_run, make_study

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

PASSWORD = "a-long-pass-phrase"


def fill_sign_in(page, name, password):
    page.goto("/accounts/login/")
    page.get_by_label("User name or e-mail").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_welcome_is_accessible(page, whole):
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("how far apart they are")
    whole(page)


def test_home_of_an_empty_installation_offers_demo_and_imports(page, researcher, sign_in, whole):
    sign_in(page, researcher).goto("/")
    expect(page.get_by_text("make demo", exact=True)).to_be_visible()
    expect(page.get_by_text("import_human answers.csv")).to_be_visible()
    whole(page)


def test_style_page_is_accessible(page, researcher, sign_in, whole):
    sign_in(page, researcher).goto("/style/")
    whole(page)


@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/"]
)
def test_entrance_pages_are_accessible(page, path, whole):
    page.goto(path)
    whole(page)


@pytest.mark.parametrize("path", ["/accounts/password/change/", "/accounts/2fa/"])
def test_account_pages_are_accessible(page, researcher, sign_in, path, axe):
    sign_in(page, researcher).goto(path)
    axe(page)


def test_signing_in_by_name_and_out_again(page, researcher):
    fill_sign_in(page, "rita", PASSWORD)
    page.wait_for_url("/")
    page.get_by_text("rita", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def test_signing_in_by_email(page, researcher):
    fill_sign_in(page, "rita@example.org", PASSWORD)
    page.wait_for_url("/")


def test_wrong_password_says_so_and_keeps_the_name(page, researcher, axe):
    fill_sign_in(page, "rita", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("not correct")
    expect(page.get_by_label("User name or e-mail")).to_have_value("rita")
    axe(page)


def test_lockout_after_eight_wrong_passwords(page, researcher, complaints, axe):
    complaints.expect("429")
    for _ in range(8):
        fill_sign_in(page, "rita", "wrong")
    expect(page.get_by_role("heading", level=1)).to_have_text("Signing in is paused")
    axe(page)
    fill_sign_in(page, "RITA", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Signing in is paused")


def code_now(secret):
    counter = int(time.time()) // 30
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def test_second_factor_from_set_up_to_sign_in(page, researcher, axe):
    fill_sign_in(page, "rita", PASSWORD)
    page.wait_for_url("/")
    page.goto("/accounts/2fa/totp/activate/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    image = page.locator("img.qr")
    expect(image).to_be_visible()
    assert image.evaluate("element => element.naturalWidth") > 0
    axe(page)
    secret = page.get_by_label("Authenticator secret").input_value()
    page.get_by_label("Authenticator code").fill(code_now(secret))
    page.get_by_role("button", name="Activate").click()
    page.goto("/accounts/2fa/recovery-codes/")
    axe(page)
    page.get_by_text("rita", exact=True).click()
    page.get_by_role("button", name="Sign out").click()

    fill_sign_in(page, "rita", PASSWORD)
    page.get_by_label("Code").wait_for()
    axe(page)
    cache.clear()  # a code is good once; the same half minute has to do for two
    page.get_by_label("Code").fill(code_now(secret))
    page.get_by_role("button", name="Sign In").click()
    page.wait_for_url("/")


def test_unknown_page_is_friendly(page, complaints, whole):
    complaints.expect("404")
    page.goto("/nothing/here/")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here")
    whole(page)


def test_page_for_another_role_is_friendly(page, annotator, sign_in, complaints, axe):
    complaints.expect("403")
    sign_in(page, annotator).goto("/datasets/")
    expect(page.get_by_role("heading", level=1)).to_have_text("This page is not open to you")
    axe(page)


def test_keyboard_reaches_content_and_navigation(page, researcher, sign_in):
    sign_in(page, researcher).goto("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.goto("/")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("navigation", name="Main").get_by_role("link").first).to_be_focused()
    ring = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
    assert ring != "none"


def test_theme_switch_is_remembered(page):
    page.goto("/")
    button = page.get_by_role("button", name="Dark colours")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.goto("/accounts/login/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_without_javascript_everything_still_reads(new_page, researcher, sign_in):
    page = new_page(java_script_enabled=False)
    sign_in(page, researcher).goto("/")
    page.get_by_text("rita", exact=True).click()
    expect(page.get_by_role("link", name="Change password")).to_be_visible()
    expect(page.get_by_role("button", name="Dark colours")).to_be_hidden()


def test_admin_works_under_the_policy(page, administrator, sign_in):
    administrator.is_staff = administrator.is_superuser = True
    administrator.save()
    sign_in(page, administrator).goto("/admin/base/user/add/")
    page.get_by_label("Username").fill("nadia")
    page.locator("#id_password1").fill("another-long-phrase")
    page.locator("#id_password2").fill("another-long-phrase")
    page.locator("#id_role").select_option("researcher")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    page.goto("/admin/base/user/")
    expect(page.get_by_role("link", name="nadia")).to_be_visible()


@pytest.mark.parametrize("width", [390, 768, 1280, 2560])
def test_no_page_scrolls_sideways(new_page, researcher, sign_in, width):
    page = sign_in(new_page(width), researcher)
    for path in ("/", "/style/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_right_to_left_mirrors_the_layout(page, complaints):
    page.goto("/")
    page.evaluate("document.documentElement.dir = 'rtl'")
    brand, account = (page.locator(name).bounding_box() for name in (".brand", ".site-account"))
    assert brand["x"] > account["x"]


def test_the_policy_stops_inline_styles_and_the_tests_notice(page, complaints):
    page.goto("/")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.wait_for_function("getComputedStyle(document.body).color !== 'rgb(255, 0, 0)'")
    assert any("Content Security Policy" in text for text in complaints.unexpected())
    complaints.expect("Content Security Policy")


def test_axe_is_not_blind(page, axe):
    page.goto("/")
    axe(page)
    page.evaluate("""() => {
        document.querySelector("main").append(document.createElement("button"))
        document.querySelector("h1").style.color = "#eee"
    }""")
    with pytest.raises(AssertionError) as found:
        axe(page)
    assert {"color-contrast:", "button-name:"} <= set(str(found.value).split())


def test_home_with_studies_runs_and_reports(page, researcher, sign_in, whole):
    study = make_study(name="A study with a rather long name that needs two lines on a phone")
    make_people(study, 3)
    make_run(study, state="running", stored=40)
    make_report(study)
    sign_in(page, researcher).goto("/")
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "0.400")
    whole(page)


@pytest.mark.walks
def test_every_part_of_the_navigation_is_accessible(page, researcher, sign_in, axe):
    """In the light; the walk over all pages looks at the same ones in the dark."""
    study = make_study()
    make_people(study, 3)
    make_run(study, state="running", stored=40)
    make_report(study)
    sign_in(page, researcher).goto("/")
    links = page.get_by_role("navigation", name="Main").get_by_role("link")
    for address in [link.get_attribute("href") for link in links.all()]:
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        axe(page)


def test_title_names_page_and_site(page):
    page.goto("/accounts/login/")
    expect(page).to_have_title(re.compile(r"Sign in\s+· PACT"))
