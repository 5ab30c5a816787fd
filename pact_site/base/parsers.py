"""What the REST interface reads: JSON whose nesting has an end and whose text is text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """JSON; what is nested deeper than Python reads, or holds half a character, is a bad request."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """See JSONParser; a lone surrogate could be neither stored nor repeated in an answer."""
        try:
            found = super().parse(stream, media_type, parser_context)
            json.dumps(found, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError(
                "JSON parse error: the lists or objects are nested too deeply."
            ) from None
        except UnicodeEncodeError:
            raise ParseError("JSON parse error: the text holds half a character.") from None
        return found
