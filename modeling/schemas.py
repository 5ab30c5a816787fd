"""What shards hold: the columns of each kind's answers, and what they mean."""

from typing import Final

import pyarrow as pa

SCHEMA: Final = pa.schema(
    [
        pa.field("cell_key", pa.string(), nullable=False),
        pa.field("run", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("item_id", pa.int64(), nullable=False),
        pa.field("scenario_item_id", pa.string(), nullable=False),
        pa.field("scenario", pa.string(), nullable=False),
        pa.field("scenario_country", pa.string(), nullable=False),
        pa.field("receiver_age", pa.string(), nullable=False),
        pa.field("receiver_gender", pa.string(), nullable=False),
        pa.field("setting", pa.string(), nullable=False),
        pa.field("persona_country", pa.string(), nullable=False),
        pa.field("persona_demo", pa.string(), nullable=False),
        pa.field("frame", pa.string(), nullable=False),
        pa.field("prompt_style", pa.string(), nullable=False),
        pa.field("option_order", pa.string(), nullable=False),
        pa.field("sample_index", pa.int32(), nullable=False),
        pa.field("choice", pa.string()),
        pa.field("q", pa.float64()),
        pa.field("invalid_mass", pa.float64()),
        pa.field("invalid_reason", pa.string(), nullable=False),
        pa.field("written", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("rationale", pa.string()),
        pa.field("finish_reason", pa.string()),
        pa.field("prompt_tokens", pa.int32(), nullable=False),
        pa.field("completion_tokens", pa.int32(), nullable=False),
        pa.field("latency_s", pa.float64(), nullable=False),
    ]
)
"""One row a cell answered.

`run` is the run's public id, `model` its label, `item_id` the database key of annotation.Item,
`scenario` the scenario's key. Countries are ISO2 ("" without a persona), `persona_demo` is
`younger_female` and the like. `choice` is a code of the design's label set, `tie` where the label
probabilities are exactly equal, null where invalid; then `invalid_reason` says why ("" when valid)
and `q`, the probability of the first label (PACT: culture), is null. `written` is the choice in the
text alone. `rationale` is the reason that came with it, "" where it was asked for and not given,
null where nobody asked. In paper mode one reply fills two rows; its tokens and latency stand on the
first.
"""

DECISION_SCHEMA: Final = pa.schema(
    [
        pa.field("cell_key", pa.string(), nullable=False),
        pa.field("run", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("family", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("instance_id", pa.string(), nullable=False),
        pa.field("version_id", pa.int64(), nullable=False),
        pa.field("scenario", pa.string(), nullable=False),
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("source_row", pa.string(), nullable=False),
        pa.field("scenario_country", pa.string(), nullable=False),
        pa.field("scenario_type", pa.string(), nullable=False),
        pa.field("relation", pa.string(), nullable=False),
        pa.field("actor_country", pa.string(), nullable=False),
        pa.field("receiver_country", pa.string(), nullable=False),
        pa.field("actor_rule", pa.string(), nullable=False),
        pa.field("actor_age", pa.string(), nullable=False),
        pa.field("actor_gender", pa.string(), nullable=False),
        pa.field("receiver_age", pa.string(), nullable=False),
        pa.field("receiver_gender", pa.string(), nullable=False),
        pa.field("condition", pa.string(), nullable=False),
        pa.field("role", pa.string(), nullable=False),
        pa.field("balance", pa.string(), nullable=False),
        pa.field("option_order", pa.string(), nullable=False),
        pa.field("sample_index", pa.int32(), nullable=False),
        pa.field("choice", pa.string()),
        pa.field("q", pa.float64()),
        pa.field("invalid_mass", pa.float64()),
        pa.field("invalid_reason", pa.string(), nullable=False),
        pa.field("written", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("rationale", pa.string()),
        pa.field("finish_reason", pa.string()),
        pa.field("prompt_tokens", pa.int32(), nullable=False),
        pa.field("completion_tokens", pa.int32(), nullable=False),
        pa.field("latency_s", pa.float64(), nullable=False),
        pa.field("backend", pa.string()),
        pa.field("situation", pa.string()),
        pa.field("cultural_expectation", pa.string()),
        pa.field("personal_preference", pa.string()),
    ]
)
"""One row a decision of the benchmark: a distinct prompt of an instance, answered.

`instance_id` is that of `annotation.vocab.dyads`; `version_id` the database key of the scenario's
version (0 where a file names a scenario that the dataset does not have), `dataset` the source data
set of the scenario and `source_row` its row there. Countries are ISO2; `scenario_country` is the
benchmark's base country. What a condition or a file does not say is "" (ages, genders, `family`,
`stage`, `balance`, `option_order`, `actor_rule`). `role` and `condition` hold the values of release
files, `scenario_type` the file's own word for the relation. `choice` to `latency_s` are as in
`SCHEMA`. The last four columns are those of imported decisions, null in runs of our own.
"""


TEXT_SCHEMA: Final = pa.schema(
    [
        pa.field("cell_key", pa.string(), nullable=False),
        pa.field("run", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("subject_id", pa.int64(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("question", pa.string(), nullable=False),
        pa.field("sample_index", pa.int32(), nullable=False),
        pa.field("value", pa.string()),
        pa.field("note", pa.string(), nullable=False),
        pa.field("invalid_reason", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("finish_reason", pa.string()),
        pa.field("prompt_tokens", pa.int32(), nullable=False),
        pa.field("completion_tokens", pa.int32(), nullable=False),
        pa.field("latency_s", pa.float64(), nullable=False),
    ]
)
"""One row a cell of a run that asks for written replies: judges and construction.

`subject_id` is the database key of what was asked about (a scenario version, a source row),
`subject` the key people know it by, `question` the criterion or the step. `value` is what was read
(a label, or a JSON object as text), null where invalid; then `invalid_reason` says why. `note` is a
judge's rationale. `text` is the raw reply, think blocks and all.
"""


QUESTION_SCHEMA: Final = pa.schema(
    [
        pa.field("cell_key", pa.string(), nullable=False),
        pa.field("run", pa.string(), nullable=False),
        pa.field("model", pa.string(), nullable=False),
        pa.field("question_id", pa.string(), nullable=False),
        pa.field("option_order", pa.string(), nullable=False),
        pa.field("sample_index", pa.int32(), nullable=False),
        pa.field("choice", pa.string()),
        pa.field("q", pa.float64()),
        pa.field("shares", pa.string()),
        pa.field("invalid_mass", pa.float64()),
        pa.field("invalid_reason", pa.string(), nullable=False),
        pa.field("written", pa.string()),
        pa.field("text", pa.string(), nullable=False),
        pa.field("rationale", pa.string()),
        pa.field("finish_reason", pa.string()),
        pa.field("prompt_tokens", pa.int32(), nullable=False),
        pa.field("completion_tokens", pa.int32(), nullable=False),
        pa.field("latency_s", pa.float64(), nullable=False),
    ]
)
"""One row a question of a table, answered with a label of the run's own set or in free text.

`question_id` is the table's; `option_order` is `given`, `reversed`, or "" for free text. `choice` is
a code of the design's labels, `tie` where several are equally likely, null where invalid or free.
`q` is the probability of the first label; `shares` those of all labels as a JSON object, where there
are more than two. The rest is as in `SCHEMA`.
"""

INPUT_SCHEMA: Final = pa.schema(
    [
        pa.field("question_id", pa.string(), nullable=False),
        pa.field("system", pa.string(), nullable=False),
        pa.field("user", pa.string(), nullable=False),
        pa.field("options", pa.list_(pa.string()), nullable=False),
    ]
)
"""A table of questions as it was frozen: `options` are the words shown for the labels, in their
order; none where the labels' codes are shown."""

SCHEMAS: Final = (SCHEMA, TEXT_SCHEMA, DECISION_SCHEMA, QUESTION_SCHEMA, INPUT_SCHEMA)
