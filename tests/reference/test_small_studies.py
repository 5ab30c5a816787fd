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


def judged(folder, judge, table):
    """Every row is well formed and none says otherwise than the reference."""
    to_frame(table).to_csv(folder / "estimates.csv", index=False)
    rows = read_estimates(folder / "estimates.csv")
    assert malformed(rows) == []
    verdict = compare(judge, rows)
    assert verdict.different == []
    assert verdict.compared.total() > 100


@pytest.fixture(scope="module", params=[(1, 0.0), (3, 0.5), (9, 0.1)], ids=str)
def answers(request, tmp_path_factory):
    """The people and the replies of a study by how many people it has and how much they left out."""
    respondents, missing = request.param
    shape = Shape(
        seed=respondents,
        respondents=respondents,
        scenarios=random.Random(respondents).choice((2, 3, 4)),
        missing_answers=missing,
        items_each=4,
    )
    files = write_study(tmp_path_factory.mktemp("study"), shape)
    people = read_people(files.human, files.items)
    # beta is asked as alpha is, and always answers
    return people, [reply for reply in read_replies(files.predictions) if reply.model != "beta"]


def test_every_defined_figure_of_its_people(tmp_path, answers):
    people, replies = answers
    judged(tmp_path, Judge(people, replies), human_table(human_frame(people), replicates=20))


@pytest.mark.parametrize("kept", KEPT.values(), ids=KEPT.keys())
def test_every_defined_figure_of_a_small_study(tmp_path, answers, kept):
    people, answered = answers
    replies = [reply for reply in answered if kept(reply)]
    human, model = human_frame(people), model_frame(people, replies)
    judged(tmp_path, Judge(people, replies), alignment_table(human, model, replicates=20))
