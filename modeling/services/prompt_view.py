"""Any cell's prompt of a run, exactly as it is sent: messages, request, fields, key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from annotation.vocab.countries import by_iso2
from modeling.backends import Decoding, Prompt, defaults_of
from modeling.backends.server_form import Form
from modeling.models import Run
from modeling.services import answers, asking, questions
from modeling.services.designs import Cell, Design, PersonaKey
from modeling.services.endpoints import stored
from modeling.services.items import Questionnaire
from modeling.services.questions import Questions
from pact_site.base.errors import BadInput

MOST_LOOKED_THROUGH: Final = 200_000
"""A key without a stored answer is looked for among so many cells: about two seconds."""

METHOD: Final = "POST"


@dataclass(frozen=True)
class Request:
    """The path below the endpoint's address, and the body as JSON text."""

    path: str
    body: str


@dataclass(frozen=True)
class ShownPrompt:
    """One prompt. `keys` are those of the cells that its reply fills; `request` is None where
    nothing is sent, as for baselines."""

    number: int
    cells: int
    keys: tuple[str, ...]
    prompt: Prompt
    sample: int
    about: tuple[tuple[str, str], ...]
    request: Request | None

    @property
    def previous(self) -> int | None:
        """The number before, if any."""
        return self.number - 1 if self.number else None

    @property
    def next(self) -> int | None:
        """The number after, if any."""
        return self.number + 1 if self.number + 1 < self.cells else None


def at(run: Run, number: int) -> ShownPrompt:
    """The prompt of the cell with this number; BadInput outside the run."""
    asked = _questions(run)
    if not 0 <= number < asked.cells:
        raise BadInput(
            "The run has no cell of this number.", found=number, expected=f"0 to {asked.cells - 1}"
        )
    step = asked.cells_per_prompt
    start = number - number % step
    one = next(iter(asked.asked(start, min(start + step, asked.cells))))
    about = (*((name, value) for name, value in one.prompt.meta.items() if value),)
    return ShownPrompt(
        number=number,
        cells=asked.cells,
        keys=tuple(one.cells),
        prompt=one.prompt,
        sample=one.sample,
        about=about,
        request=_request(run, one.prompt, one.sample),
    )


def number_of(run: Run, key: str) -> int:
    """The number of the cell with this key; BadInput where the run has none, or too many to look."""
    asked = _questions(run)
    row = answers.row_of(run, key)
    if row and isinstance(asked, Questionnaire):
        return asked.design.index(_cell(asked, row))
    if asked.cells > MOST_LOOKED_THROUGH:
        raise BadInput(
            "The run is too large to look for this cell.", found=key, expected="a cell's number"
        )
    step = asked.cells_per_prompt
    for start in range(0, asked.cells, step):
        for one in asked.asked(start, min(start + step, asked.cells)):
            if key in one.cells:
                return start + list(one.cells).index(key)
    raise BadInput("The run has no such cell.", found=key)


def choices(run: Run) -> dict[str, list[tuple[str, str]]]:
    """Name of each field of a counterpart cell -> its values with words; {} for other kinds."""
    asked = _questions(run)
    if not isinstance(asked, Questionnaire):
        return {}
    design = asked.design
    return {
        "item": [(str(n), item.scenario_item_id) for n, item in enumerate(asked.items)],
        "persona": [(one.code, _persona(one)) for one in design.personas],
        "style": [(one, one) for one in design.styles],
        "frame": [(one, one) for one in design.frames],
        "order": [(one, one) for one in design.orders],
        "sample": [(str(n), str(n + 1)) for n in range(design.samples)],
    }


def fields_at(run: Run, number: int) -> dict[str, str]:
    """The fields of a counterpart cell as `choices` names them; {} for other kinds."""
    asked = _questions(run)
    if not isinstance(asked, Questionnaire):
        return {}
    cell = asked.design.cell(number)
    return {
        "item": str(cell.item),
        "persona": cell.persona.code,
        "style": cell.style,
        "frame": cell.frame,
        "order": cell.order,
        "sample": str(cell.sample),
    }


def number_at(run: Run, fields: Mapping[str, str]) -> int:
    """The number of the counterpart cell with these fields; BadInput where the run has none."""
    design = Design.from_json(run.design)
    try:
        number = design.index(
            Cell(
                style=fields["style"],
                item=int(fields["item"]),
                persona=PersonaKey.parse(fields["persona"]),
                frame=fields["frame"],
                order=fields["order"],
                sample=int(fields["sample"]),
            )
        )
    except (KeyError, ValueError):
        raise BadInput("The run has no such cell.", found=str(dict(fields))) from None
    if number >= design.cells:
        raise BadInput(
            "This cell is beyond the limit of the run.", found=number,
            expected=f"0 to {design.cells - 1}",
        )  # fmt: skip
    return number


def _questions(run: Run) -> Questions:
    if run.imported:
        raise BadInput("An imported run holds answers, and no prompts.")
    return questions.of(run)


def _cell(asked: Questionnaire, row: Mapping[str, Any]) -> Cell:
    """The cell that a stored row answers."""
    place = {item.pk: number for number, item in enumerate(asked.items)}
    country = str(row["persona_country"] or "")
    code = f"{country}:{row['persona_demo']}" if country else "no_persona"
    return Cell(
        style=str(row["prompt_style"]),
        item=place[row["item_id"]],
        persona=PersonaKey.parse(code),
        frame=str(row["frame"]),
        order=str(row["option_order"]),
        sample=int(row["sample_index"]),
    )


def _persona(persona: PersonaKey) -> str:
    if not persona.country:
        return persona.code
    return f"{by_iso2(persona.country).name}, {persona.demo}"


def _request(run: Run, prompt: Prompt, sample: int) -> Request | None:
    """What the direct lanes would send; a batch holds the same body in each of its lines."""
    endpoint = stored(run.endpoint)
    known = {**defaults_of(endpoint.kind), **endpoint.options}
    if "template" not in known or not endpoint.base_url:
        return None
    form = Form(
        endpoint.model,
        template=str(known["template"]),
        constrain=bool(known.get("constrain")),
        extra_body=dict(known.get("extra_body") or {}),
    )
    body = form.body(prompt, asking.seeded(Decoding(**run.decoding), sample))
    text = json.dumps(body, indent=2, ensure_ascii=False, default=_plain)
    return Request(f"{METHOD} {endpoint.base_url.rstrip('/')}{form.path}", text)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} in the body of a request")
