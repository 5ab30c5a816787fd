"""The charts' script is written once: whoever lists its folder meets no file that comes and goes."""

import gzip

from django.conf import settings
from django.core.management import call_command


def test_what_is_there_already_is_left_alone(vega, capsys):
    target = settings.BASE_DIR / "pact_site" / "static" / "vendor" / "vega.js"
    before = target.stat()
    call_command("build_vega")
    after = target.stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert capsys.readouterr().out.splitlines()[-1].endswith("is there")
    assert "vegaEmbed" in target.read_text(encoding="utf-8")


def test_browsers_are_sent_the_packed_script(client, vega):
    plain = client.get("/static/vendor/vega.js", headers={"accept-encoding": "identity"})
    packed = client.get("/static/vendor/vega.js", headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    script = b"".join(packed.streaming_content)
    assert gzip.decompress(script) == b"".join(plain.streaming_content)
    assert len(script) < 400_000
