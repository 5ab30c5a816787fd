"""Text that was saved in a wrong encoding before is told from text in other languages."""

import pytest

from pact_site.base.mojibake import is_damaged


@pytest.mark.parametrize("text", ["Café", "naïve “quotes” – São Paulo", "नमस्ते", "Đà Nẵng"])
def test_sound_text_is_sound_and_damaged_once_it_is_read_wrongly(text):
    assert not is_damaged(text)
    assert is_damaged(text.encode().decode("latin-1"))


def test_windows_and_replacement_characters_are_found_too():
    assert is_damaged("It’s".encode().decode("cp1252"))
    assert is_damaged("Caf\ufffd")
    assert not is_damaged("plain")
