"""The field's words, countries and distances: pure Python, importable without Django."""
