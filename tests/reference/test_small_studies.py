"""Studies so small that most numbers are undefined: still every figure equals the reference."""

import random

import pytest

from analysis.metrics import alignment_table, human_table, to_frame
from tests.reference.compare import compare, malformed, read_estimates
from tests.reference.frames import human_frame, model_frame
from tests.reference.generate import Shape, write_study
from tests.reference.judge import Judge
from tests.reference.reading import read_people, read_replies

KEPT = {
    "norm only": lambda reply: reply.frame == "norm",
    "personas only": lambda reply: reply.setting == "persona",
    "hardly any answers": lambda reply: reply.item[0] <= "s000" or reply.persona[0] == "India",
    "everything": lambda reply: True,
}


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT.keys())
@pytest.mark.parametrize(("respondents", "missing"), [(1, 0.0), (3, 0.5), (9, 0.1)])
def test_every_defined_figure_of_a_small_study(tmp_path, kept, respondents, missing):
    shape = Shape(
        seed=respondents,
        respondents=respondents,
        scenarios=random.Random(respondents).choice((2, 3, 4)),
        missing_answers=missing,
        items_each=4,
    )
    files = write_study(tmp_path, shape)
    people = read_people(files.human, files.items)
    # beta is asked as alpha is, and always answers
    answered = [reply for reply in read_replies(files.predictions) if reply.model != "beta"]
    replies = [reply for reply in answered if kept(reply)]
    human, model = human_frame(people), model_frame(people, replies)
    judge = Judge(people, replies)

    for table in (
        human_table(human, replicates=20),
        alignment_table(human, model, replicates=20),
    ):
        to_frame(table).to_csv(tmp_path / "estimates.csv", index=False)
        rows = read_estimates(tmp_path / "estimates.csv")
        assert malformed(rows) == []
        verdict = compare(judge, rows)
        assert verdict.different == []
        assert verdict.compared.total() > 100
