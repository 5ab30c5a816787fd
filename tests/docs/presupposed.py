"""What pages presuppose: files that lie there, servers that run, rows that exist.

Everything is made up. `FILES` is written once; `PAGES` says of a page what is not said on it.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

from tests.analysis import release_files
from tests.annotation import labelling, makers
from tests.survey import human_files

STUB = ".venv/bin/python manage.py stub_server --port 8001 --model Qwen/Qwen3-4B"
FROM_FILES = """
.venv/bin/python manage.py import_human human.csv --study mine
.venv/bin/python manage.py import_predictions predictions.csv --study mine
"""
SECOND_RUN = (
    ".venv/bin/python manage.py run_models --study first-light --endpoint baseline:noisy"
    " --seed 2 --personas none"
)
MY_MODEL = (
    STUB + "\n.venv/bin/python manage.py set_endpoint my-model --kind openai --model Qwen/Qwen3-4B"
    " --base-url http://127.0.0.1:8001/v1 --prompt-price 1 --completion-price 1"
)
IN_A_NEW_PLACE = "export PACT_HOME=$PWD/elsewhere\n.venv/bin/python manage.py restore"
OWN_STUDY = """
from survey.models import Study
from survey.services.states import open_study
from survey.services.studies import new_study
release = Study.objects.get(slug="first-light").release
open_study(study=new_study(slug="my-study", name="My study", release=release, scheme="geo-v1"))
"""
RATINGS = """
import pandas
ratings = pandas.read_csv("ratings.csv").rename(columns={"annotator": "rater"})
"""
# Hosts of the pages, and where their requests go here.
HOSTS = {
    "https://api.openai.com/v1": "http://127.0.0.1:8001/v1",
    "http://gpu-machine:8001/v1": "http://127.0.0.1:8001/v1",
    "gpt-5-mini": "Qwen/Qwen3-4B",
    "/safe/place/": "safe/",
}
# The same command on less: whether it works is asked here, not how long it takes.
LESS = {
    "--n 200": "--n 6",
    "--n 60": "--n 5",
    "--submissions 25": "--submissions 3",
    "manage.py export_report alignment": "manage.py export_report alignment --replicates 50",
    "manage.py export_report human": "manage.py export_report human --replicates 50",
    "manage.py export_report validation": "manage.py export_report validation --replicates 50",
}


@dataclass(frozen=True)
class Page:
    """What comes before a page's own blocks: shell, Python, and `then` shell once more.

    `names` is Python before each Python block; `csv` the file that a CSV block becomes; `after` is
    shell that uses what the page has shown; `typed` is what a person types; `replaced` are words.
    """

    before: str = ""
    python: str = ""
    then: str = ""
    names: str = ""
    csv: str = "example.csv"
    after: str = ""
    typed: str = ""
    replaced: dict[str, str] = field(default_factory=dict)


RENAMED = """
from modeling.models import Run
known = Run.objects.order_by("pk")
for run, name in ((known.first(), "72f46e92"), (known.last(), "667b0748")):
    Run.objects.filter(pk=run.pk).update(public_id=name)
"""
MANIFEST = """
import json
from modeling.models import Run
from pathlib import Path
Path("run-72f46e92-manifest.json").write_text(json.dumps(Run.objects.get(public_id="72f46e92").manifest))
"""
RELEASED = """
from annotation.models import Dataset
from annotation.services.screening_ledger import release_dataset
dataset = Dataset.objects.get(slug="my-norms")
release_dataset(dataset=dataset)
release_dataset(dataset=dataset)
"""
PUBLISHED = """
from analysis.reports.service import build_report
from pact_site.services.demo_results import publish_results
from survey.models import Study
study = Study.objects.get(slug="mine")
publish_results(study, build_report(
    kind="alignment", study="mine", cohort="real", replicates=50, seed=1, level=0.95,
))
"""
OTHER_LANGUAGE = """
from survey.models import Study
from survey.services.studies import add_instrument
study = Study.objects.get()
add_instrument(study=study, definition=study.instrument.definition | {"languages": ["en", "pt-br"]})
"""
IN_HUMAN = """
.venv/bin/python - <<END
import pandas
human, predictions = pandas.read_csv("human.csv"), pandas.read_csv("predictions.csv")
known = predictions.scenario_item_id.isin(human.scenario_item_id)
predictions[known].to_csv("predictions.csv", index=False)
END
"""
RECRUITER = """
.venv/bin/python manage.py fake_prolific --port 8098 --webhook http://127.0.0.1:8000/prolific/webhook/ --secret rehearsal
export PACT_PROLIFIC_URL=http://127.0.0.1:8098/api/v1 PACT_PROLIFIC_TOKEN=fake-token PACT_PROLIFIC_WEBHOOK_SECRET=rehearsal
.venv/bin/python manage.py runserver 8000
.venv/bin/python manage.py link_prolific --study first-light --id f67db6f5f9393b37379d6cd8
"""
TOKEN = """
from pact_site.base.models import Role, User
from rest_framework.authtoken.models import Token
rita = User.objects.create_user("rita", role=Role.RESEARCHER)
open("token", "w").write(Token.objects.create(user=rita).key)
"""
PAGES = {
    "docs/how-to/ask-elsewhere.md": Page(
        replaced={"files:Qwen/Qwen3-4B ": "files:Qwen/Qwen3-4B --personas none --limit 40 "}
    ),
    "docs/how-to/compare-runs.md": Page(SECOND_RUN, RENAMED),
    "docs/how-to/read-a-run.md": Page(SECOND_RUN, RENAMED + MANIFEST),
    "docs/how-to/keep-runs-safe.md": Page(
        MY_MODEL, replaced={"--budget 5.00": "--budget 5.00 --limit 40"}
    ),
    "docs/how-to/back-up-and-restore.md": Page(
        replaced={".venv/bin/python manage.py restore": IN_A_NEW_PLACE}
    ),
    "docs/how-to/rehearse-a-study.md": Page(RECRUITER),
    "docs/how-to/translate-a-study.md": Page(
        python=OTHER_LANGUAGE, replaced={"manage.py messages": "manage.py messages --check"}
    ),
    "docs/tutorial/first-hour.md": Page(python=OWN_STUDY, replaced={"--n 40": "--n 6"}),
    "docs/tutorial/first-report.md": Page(
        replaced={"--out predictions.csv\n": "--out predictions.csv" + IN_HUMAN}
    ),
    "docs/how-to/connect-prolific.md": Page(
        ".venv/bin/python manage.py fake_prolific --port 8097\n"
        "export PACT_PROLIFIC_URL=http://127.0.0.1:8097/api/v1 PACT_PROLIFIC_TOKEN",
        typed="y\n",
        replaced={"PACT_PROLIFIC_TOKEN=... ": "PACT_PROLIFIC_TOKEN=fake-token "},
    ),
    "docs/how-to/import-published-data.md": Page(
        replaced={"--dataset pact\n": '--dataset pact --licence "CC BY 4.0"\n'}
    ),
    "docs/how-to/measure-agreement.md": Page(csv="ratings.csv", names=RATINGS),
    "docs/how-to/read-traces.md": Page(
        ".venv/bin/python manage.py import_human human.csv --study my-study\n"
        ".venv/bin/python manage.py import_predictions predictions.csv --study my-study"
    ),
    "docs/how-to/release-a-dataset.md": Page(
        ".venv/bin/python manage.py import_scenarios my-scenarios.csv --format csv"
        ' --dataset my-norms --licence "CC BY 4.0"',
        RELEASED,
    ),
    "docs/how-to/read-agreement.md": Page(
        ".venv/bin/python manage.py import_labels labels.csv --validation pilot"
    ),
    "docs/how-to/take-data-out.md": Page(FROM_FILES),
    "docs/how-to/publish-results.md": Page(FROM_FILES, PUBLISHED),
    "docs/reference/runs-api.md": Page(
        ".venv/bin/python manage.py runserver 8000", TOKEN, then="export TOKEN=$(cat token)"
    ),
    "docs/how-to/ask-a-model.md": Page(STUB),
    "docs/how-to/ask-a-table.md": Page(
        STUB + "\nexport PACT_BASE_URL=http://127.0.0.1:8001/v1 PACT_MODEL=Qwen/Qwen3-4B"
    ),
    "docs/how-to/ask-in-batches.md": Page(STUB + "\nexport OPENAI_API_KEY=made-up"),
    "docs/how-to/set-up-an-endpoint.md": Page(STUB),
    "docs/how-to/judge-a-dataset.md": Page(STUB),
    "docs/how-to/build-a-dataset.md": Page(
        STUB.replace("Qwen/Qwen3-4B", "my-model"), replaced={":8000/v1": ":8001/v1"}
    ),
    "docs/how-to/run-the-benchmark.md": Page(
        STUB + "\nexport PACT_BASE_URL=http://127.0.0.1:8001/v1 PACT_MODEL=Qwen/Qwen3-4B",
        replaced={"--balance balance": "--balance balance --limit 40"},
    ),
    "docs/how-to/run-vllm.md": Page(STUB),
    "docs/how-to/use-indicators.md": Page(csv="figures.csv"),
    "docs/reference/scenario-csv.md": Page(
        after=".venv/bin/python manage.py import_scenarios example.csv --format csv --dataset mine"
        ' --licence "CC BY 4.0"'
    ),
    "docs/reference/label-csv.md": Page(
        after=".venv/bin/python manage.py import_labels example.csv --validation mine"
    ),
}


def write_files(folder: Path) -> None:
    """The files that pages name, each in the layout that the page says."""
    human = list(release_files.human_rows())
    human_files.write(folder / "human.csv", human)
    predictions = list(release_files.prediction_rows())
    makers.write_rows(folder / "predictions.csv", predictions)
    for name, model in (("llama.csv", "=cmd|model"), ("qwen.csv", "model-b")):
        mine = [row for row in predictions if row["model_tag"] == model]
        makers.write_rows(folder / name, mine)
    for name, source_format in (
        ("normad.csv", "normad"), ("culture_atlas.csv", "cultureatlas"),
        ("base_instances.csv", "pact"), ("my-scenarios.csv", "csv"),
    ):  # fmt: skip
        makers.write_rows(folder / name, [makers.ROW_MAKERS[source_format]()])
    makers.write_rows(folder / "labels.csv", labelling.paper_rows())
    statements = [{"id": str(n), "prompt": f"Guests should bring a gift ({n})."} for n in range(6)]
    makers.write_rows(folder / "statements.csv", statements)


def answer_prompts(prompts: Path, answers: Path, model: str) -> None:
    """What `vllm run-batch` makes of a file, by the stub's model."""
    from modeling.stub import StubOptions
    from modeling.stub.answers import Mind
    from modeling.stub.batch_work import read_lines, results

    lines, problem = read_lines(prompts.read_bytes(), "/v1/chat/completions")
    assert problem is None
    made = results(lines, Mind(model, 0), StubOptions(model=model), batch=0, fault=None)
    answers.write_text("".join(json.dumps(line) + "\n" for line in made.good))
