"""Studies small enough to work out by hand."""

import math

import pandas as pd

NAN = float("nan")


def make_human(*answers, **columns):
    """HUMAN from (participant, item, personal, norm); the scenario is the item's first letter."""
    rows = [
        {
            "participant": person,
            "item": item,
            "scenario": item[0],
            "scenario_country": "Japan",
            "receiver_age": "older",
            "receiver_gender": "male",
            "participant_country": "Brazil" if person < "c" else "India",
            "participant_age": "younger",
            "participant_gender": "female",
            "relation": "close" if person < "c" else "far",
            "theme": None,
            "personal": personal,
            "norm": norm,
            "importance_norm": NAN,
            "importance_preference": NAN,
            "first_frame": None,
        }
        for person, item, personal, norm in answers
    ]
    return pd.DataFrame(rows).assign(**columns)


def make_model(*answers, **columns):
    """MODEL from (item, frame, q); the scenario is the item's first letter."""
    rows = [
        {
            "model": "m",
            "setting": "no_persona",
            "persona_country": "",
            "persona_demo": "",
            "item": item,
            "scenario": item[0],
            "scenario_country": "Japan",
            "receiver_age": "older",
            "receiver_gender": "male",
            "frame": frame,
            "prompt_style": "",
            "option_order": "",
            "sample_index": number,
            "q": q,
            "choice": q if math.isnan(q) else (q > 0.5) + 0.5 * (q == 0.5),
            "invalid_reason": "unreadable" if math.isnan(q) else "",
        }
        for number, (item, frame, q) in enumerate(answers)
    ]
    return pd.DataFrame(rows).assign(**columns)
