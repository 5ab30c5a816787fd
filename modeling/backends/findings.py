"""What a preflight's replies mean: one check after the other, each a small judgement in words."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from modeling.backends.objects import fitted, read_object
from modeling.backends.preflight import Check, Seen, bad, good, is_constrained, odd
from modeling.backends.protocol import Prompt, Reply
from modeling.backends.reading import Answer, bare_token, label_masses, read_answers
from modeling.backends.written import THOUGHT_END, without_thoughts

MOSTLY: Final = 0.8
"""Share of the first token's probability that the letters should hold."""

FEW: Final = 0.5
"""Up to this share of the answers a fault is one that a run lives with: it is a warning."""

STUB: Final = "pact-stub-simulated"
SHOWN: Final = 160

KEY_ADVICE: Final = (
    "Put the right key into the environment variable that the endpoint names, for the web server "
    "and for every worker, and start them again."
)
ADDRESS_ADVICE: Final = (
    "Check the address: it is that of the API, and mostly ends in /v1. Is the server up?"
)
THINKING_ADVICE: Final = (
    "Turn thinking off, for many servers by the option extra_body "
    '{"chat_template_kwargs": {"enable_thinking": false}}, or ask another model: the first token '
    "of a thought says nothing about the answer."
)


def checks(seen: Seen) -> list[Check]:
    """Every check that can be made of what was seen; later ones need that anything was answered."""
    return [
        *_of_server(seen),
        *_of_asking(seen),
        *(_of_replies(seen) if any(seen.answered) else ()),
    ]


def _of_server(seen: Seen) -> Iterator[Check]:
    server = seen.server
    if server is None:
        return
    if server.status is None:
        yield bad("server", f"No connection to the server: {server.words}.", ADDRESS_ADVICE)
    elif server.status in (401, 403):
        yield bad(
            "key", f"The server refuses the key: HTTP {server.status}: {server.words}", KEY_ADVICE
        )
    elif server.status != 200:
        yield odd(
            "model", f"The server lists no models: HTTP {server.status}: {server.words}",
            "Whether the model is there shows in the answers below.",
        )  # fmt: skip
    elif server.models is None:
        yield bad("server", f"What answers is no model server: {server.words}", ADDRESS_ADVICE)
    else:
        yield _model(seen.spec.model, server.models)
        yield good("version", server.version or "The server does not state its version.")


def _model(name: str, models: Mapping[str, Mapping[str, object]]) -> Check:
    if name not in models:
        listed = ", ".join(sorted(models)[:20]) or "none"
        return bad(
            "model", f"The server has no model {name!r}; it lists: {listed}.",
            "Give the endpoint the name of a model that the server lists.",
        )  # fmt: skip
    length = models[name].get("max_model_len")
    return good(
        "model", f"{name} is served" + (f", {length} tokens long at most." if length else ".")
    )


def _of_asking(seen: Seen) -> Iterator[Check]:
    if seen.absent:
        advice = "It cannot be tried from here. Workers that have it can ask it."
        yield odd("server", seen.absent, advice)
        return
    if seen.refusal:
        yield _refused(seen.refusal)
        return
    if not seen.replies:
        return
    silent = seen.unanswered
    if silent:
        asked = len(seen.replies)
        yield by_share(len(silent), asked)(
            "answers", f"{len(silent)} of {asked} prompts got no answer: {silent[0]}",
            "Look at the server. What it said last stands here in its own words.",
        )  # fmt: skip
    if len(silent) < len(seen.replies):
        plain = seen.spec.options.get("template") == "plain"
        how = "by plain completion, without a chat template" if plain else "with a chat template"
        yield good("template", f"{len(seen.replies) - len(silent)} prompts were answered {how}.")


_ADVICE: Final[Sequence[tuple[tuple[str, ...], str, str]]] = (
    (("chat template", "chat_template"), "template",
     "This is a base model, which cannot chat. Set the endpoint's option template to plain."),
    (("HTTP 401", "HTTP 403"), "key", KEY_ADVICE),
    (("HTTP 404",), "model", "Give the endpoint a model that the server has, and its API's address."),
    (("context length", "maximum context"), "template",
     "The prompts are too long for this model as it is served."),
    (("structured_outputs",), "constraint",
     "The server knows no choice lists. Set the endpoint's option constrain to false."),
)  # fmt: skip


def _refused(words: str) -> Check:
    if "pip install" in words:
        return odd(
            "server", words, "It cannot be tried from here; workers that have it can ask it."
        )
    for marks, name, advice in _ADVICE:
        if any(mark in words for mark in marks):
            return bad(name, words, advice)
    return bad("answers", words, "The server refuses the request itself; its words stand here.")


def _of_replies(seen: Seen) -> Iterator[Check]:
    answered = list(seen.answered)
    yield _readable(answered)
    lettered = [(p, r) for p, r in answered if p.reads_first_token]
    if lettered:
        yield from _logprobs(seen, lettered)
    yield _constraint(seen)
    yield _thinking(answered)
    yield from _order(seen)
    if seen.described.get("system_fingerprint") == STUB:
        yield odd(
            "simulated", "The server says that it simulates a model.", "Use it to rehearse only."
        )


def by_share(wrong: int, of: int) -> Callable[[str, str, str], Check]:
    """A failed check where most of the answers are wrong in this way, else a warning."""
    return odd if wrong <= FEW * of else bad


def _readable(answered: Sequence[tuple[Prompt, Reply]]) -> Check:
    reasons = [(reason, reply) for prompt, reply in answered for reason in _invalid(prompt, reply)]
    if not reasons:
        return good("answers", f"All {len(answered)} answers could be read.")
    counts = ", ".join(
        f"{n} {reason}" for reason, n in Counter(r for r, _ in reasons).most_common()
    )
    said = _short(reasons[0][1].text or reasons[0][1].reasoning)
    unread = len({reply.key for _, reply in reasons})
    words = f"{unread} of {len(answered)} answers could not be read ({counts}). The first: {said}"
    advice = "Look at the prompts, and at whether the model is meant to follow instructions."
    return by_share(unread, len(answered))("answers", words, advice)


def _invalid(prompt: Prompt, reply: Reply) -> list[str]:
    if prompt.reply_schema is not None:
        found = read_object(reply)
        reason = found.invalid_reason or fitted(found.value, prompt.reply_schema).invalid_reason
        return [reason] if reason else []
    if not prompt.labels:
        return [] if reply.text.strip() else ["empty"]
    return [answer.invalid_reason for answer in _answers(prompt, reply) if not answer.valid]


def _answers(prompt: Prompt, reply: Reply) -> Sequence[Answer]:
    return list(read_answers(reply, prompt).values())


def _logprobs(seen: Seen, answered: Sequence[tuple[Prompt, Reply]]) -> Iterator[Check]:
    given = [(p, r) for p, r in answered if r.logprobs]
    if not seen.decoding.logprobs:
        return
    if len(given) < len(answered):
        adapted = _adapted(seen, "logprobs")
        lacking = f"{len(answered) - len(given)} of {len(answered)} answers came without label probabilities."
        yield by_share(len(answered) - len(given), len(answered))(
            "logprobs", f"{lacking}{adapted}",
            "Each of these answers counts as one letter, all or nothing. Ask for several samples at "
            "a temperature above 0 instead, or use a server that gives log-probabilities.",
        )  # fmt: skip
    if not given:
        return
    wrong = [v for _, r in given for v in (r.logprobs or {}).values() if not v <= 0.001]
    if wrong:
        yield bad(
            "logprobs", f"The server gives log-probabilities that are none, such as {wrong[0]}.",
            "Its numbers cannot be trusted. Report it to the maker of the server.",
        )  # fmt: skip
        return
    if len(given) == len(answered):
        yield good("logprobs", f"Finite log-probabilities came with all {len(given)} answers.")
    yield _labels(given)


def _labels(given: Sequence[tuple[Prompt, Reply]]) -> Check:
    """Whether the letters are single tokens where the answer begins, and hold most of the mass."""
    offered = {label.letter for prompt, _ in given for label in prompt.labels}
    tokens = {bare_token(token).casefold() for _, reply in given for token in reply.logprobs or {}}
    missing = sorted(letter for letter in offered if letter.casefold() not in tokens)
    first = max((given[0][1].logprobs or {}).items(), key=lambda pair: pair[1])[0]
    advice = (
        "The option constrain makes vLLM answer with one of the letters; a base model needs the "
        "template plain. Else probabilities are read from written answers."
    )
    if missing:
        return bad(
            "labels", f"{' and '.join(missing)} never stood among the likeliest first tokens; the "
            f"likeliest of the first answer was {first!r}.", advice,
        )  # fmt: skip
    masses = [sum((label_masses(r.logprobs or {}, p.labels) or {}).values()) for p, r in given]
    mean = math.fsum(masses) / len(masses)
    words = f"The letters hold {mean:.0%} of the probability of the first token."
    return good("labels", words) if mean >= MOSTLY else odd("labels", words, advice)


def _constraint(seen: Seen) -> Check:
    reply = seen.constraint
    if reply is None:
        asked = is_constrained(seen.spec)
        adapted = _adapted(seen, "response_format")
        words = "No reply came to the question." if asked else f"None is asked for.{adapted}"
        return odd("constraint", words, "Try again.") if asked else good("constraint", words)
    letter = without_thoughts(reply.text).strip()
    if reply.error is None and letter in ("A", "B"):
        return good("constraint", f"Asked to write something else, the model answered {letter}.")
    said = reply.error or _short(reply.text or reply.reasoning)
    return bad(
        "constraint", f"The server was told to allow A or B only, took it with status 200, and "
        f"wrote: {said}",
        "The constraint is ignored. vLLM takes structured_outputs (the option constrain) and has "
        "ignored the old guided_* fields since 0.12; other servers know none. Set constrain to "
        "false, and answers are read as they are written.",
    )  # fmt: skip


def _thinking(answered: Sequence[tuple[Prompt, Reply]]) -> Check:
    thoughts = [(p, r) for p, r in answered if _thinks(r)]
    if not thoughts:
        return good("thinking", "No answer held a thought before it.")
    prompt, reply = thoughts[0]
    where = "in its own field" if reply.reasoning else "in the answer"
    said = _short(reply.reasoning or reply.text)
    words = f"{len(thoughts)} of {len(answered)} answers think first ({where}): {said}"
    grave = by_share(len(thoughts), len(answered)) if prompt.reads_first_token else odd
    return grave("thinking", words, THINKING_ADVICE)


def _thinks(reply: Reply) -> bool:
    """A thought in words, or an answer used up before a word of it was written."""
    if reply.reasoning.strip() or THOUGHT_END.search(reply.text):
        return True
    if without_thoughts(reply.text) != reply.text:
        return True
    return not reply.text.strip() and reply.finish_reason == "length"


def _order(seen: Seen) -> Iterator[Check]:
    """Whether answers follow the option or the place it stands in, where pairs were asked."""
    pairs: dict[int, list[tuple[Prompt, Answer]]] = {}
    for probe in seen.probes:
        reply = seen.replies.get(probe.prompt.key)
        if probe.pair is not None and reply is not None and reply.error is None:
            pairs.setdefault(probe.pair, []).append(
                (probe.prompt, _answers(probe.prompt, reply)[0])
            )
    whole = [pair for pair in pairs.values() if len(pair) == 2 and all(a.valid for _, a in pair)]
    if not whole:
        return
    kept = sum(first.choice == second.choice for (_, first), (_, second) in whole)
    words = f"With the options the other way round, {kept} of {len(whole)} items kept their answer."
    if kept * 2 >= len(whole):
        yield good("order", words)
    else:
        yield odd(
            "order", words, "The model follows the place of an option more than what it says. Ask "
            "both orders, and look at the option-order part of the report.",
        )  # fmt: skip


def _adapted(seen: Seen, name: str) -> str:
    adapted = seen.described.get("adapted")
    words = adapted.get(name) if isinstance(adapted, Mapping) else None
    return f" {words}" if words else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    shown = text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
    return f"“{shown}”" if shown else "nothing at all."
