"""The charts' script is written once: whoever lists its folder meets no file that comes and goes."""

from django.conf import settings
from django.core.management import call_command


def test_what_is_there_already_is_left_alone(capsys):
    call_command("build_vega")
    target = settings.BASE_DIR / "pact_site" / "static" / "vendor" / "vega.js"
    before = target.stat()
    call_command("build_vega")
    after = target.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert capsys.readouterr().out.splitlines()[-1].endswith("is there")
    assert "vegaEmbed" in target.read_text(encoding="utf-8")
