"""One row of a shard; a test states only what differs."""


def make_row(**differs):
    return {
        "cell_key": "k",
        "run": "r",
        "model": "m",
        "item_id": 1,
        "scenario_item_id": "s-1",
        "scenario": "s",
        "scenario_country": "BR",
        "receiver_age": "older",
        "receiver_gender": "female",
        "setting": "no_persona",
        "persona_country": "",
        "persona_demo": "",
        "frame": "norm",
        "prompt_style": "survey_form",
        "option_order": "culture_first",
        "sample_index": 0,
        "choice": "culture",
        "q": 0.75,
        "invalid_mass": None,
        "invalid_reason": "",
        "written": None,
        "text": "A",
        "rationale": None,
        "finish_reason": "stop",
        "prompt_tokens": 10,
        "completion_tokens": 1,
        "latency_s": 0.25,
    } | differs
