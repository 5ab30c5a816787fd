"""A construction with made-up results, without a model or a run."""

from annotation.services import construction
from annotation.services.construction_record import Result, record
from annotation.vocab.construction import StepName

ENDPOINT = {"name": "made", "kind": "made", "model": "made-1", "base_url": "", "options": {}}
OUTPUTS = {
    "norm": {"cultural_expectation": "In Egypt, a guest brings sweets.", "setting": "home visit",
             "theme": "hospitality"},
    "preference": {"personal_preference": "The actor bakes bread.",
                   "preference_type": "taste_style_identity", "preference_strength": "low_stakes"},
    "rewrite": {"situation": "The actor is asked to dinner by {receiver}."},
    "actions": {"culture_action": "Bring a box of sweets.",
                "preference_action": "Bring a loaf of bread."},
}  # fmt: skip


def take(made, name, *, run="r1", again=False, rows=None, verdict="kept", flags=(), **output):
    """Record one result for each row that is due; what is not kept is `unclear`."""
    step = StepName(name)
    kept = verdict == "kept"
    results = [
        Result(
            due=due,
            prompt_version="v1",
            model="made-1",
            verdict=verdict,
            reason_code="" if kept else "unclear",
            output={**OUTPUTS[name], **output} if kept else {},
            flags=list(flags),
            cell_key=f"{step}-{due.row}",
        )
        for due in construction.due(made, step, rows=rows, again=again)
    ]
    return record(construction=made, step=step, results=results, run_id=f"{run}-{step}")


def take_all(made, **options):
    """Every step of NormAd's pipeline; what the last one brought."""
    return [take(made, name, **options) for name in OUTPUTS][-1]
