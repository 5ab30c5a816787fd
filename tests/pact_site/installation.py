"""A small installation with a row of every noun of the REST interface, and its addresses."""

import random
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.authtoken.models import Token

from analysis.services.indicators import store_upload
from analysis.services.results import pages
from analysis.services.results.draft import read_draft
from annotation.models import Construction
from annotation.services import screening_ledger as ledgers
from modeling.services import cards, endpoint_rows
from pact_site.base.models import Role, User
from tests.analysis import cast, results_cast
from tests.annotation.screenings import make_judge, make_screened
from tests.annotation.validating import make_scenarios, make_validation, rate_all, seats
from tests.modeling.answered import invalid, make_answered
from tests.modeling.making import make_plan, make_release
from tests.survey.bundled import bundled_study
from tests.survey.services.test_assignment import answer_all, arrive

DATASET, STUDY, ENDPOINT = "norms", "etiquette", "somewhere"


def install(built, home):
    """Make every row; returns the known values of path parameters, by how a path begins.

    Names are fixed; keys are what the database gave.
    """
    reader = User.objects.create_user("rita", "rita@example.org", "x" * 20, role=Role.RESEARCHER)
    dataset = make_scenarios(6)
    screening = make_screened(dataset, (1,))
    ledgers.release_screening(screening=screening)
    judge = make_judge(dataset, (1,), name="another")
    made = Construction.objects.create(
        dataset=dataset, name="made", endpoint={"name": "made"}, options={"steps": ["norm"]}
    )
    make_validation(dataset=dataset)
    for seat in seats(dataset.validations.get()):
        rate_all(seat)
    bundled = bundled_study()
    answer_all(arrive(bundled, 1))
    study, report = results_cast.put_in_place(built, home)
    cast.add_participant(study, "BR-0", "BR", random.Random(1))
    draft = {"title": "What people choose", "figures": ["closeness"]}
    pages.save_draft(study=study, draft=read_draft(draft), report=report, actor=reader)
    release = make_release(1)
    told = {"written": "culture", "invalid_mass": 0.0}
    run = make_answered(
        release, [told, {"frame": "personal", "text": "x"}, invalid(text="I can't")]
    )
    other = make_answered(release, [told | {"choice": "preference"}])
    planned = make_plan(release, limit=4).run
    endpoint_rows.add(
        name=ENDPOINT, kind="openai", model="m", base_url="https://api.example.org/v1",
        prompt_price=Decimal(1), actor=reader,
    )  # fmt: skip
    card = cards.write(name="model-a", actor=reader, developer="Made up")
    file = SimpleUploadedFile("figures.csv", b"country,wealth\nBrazil,1\nIndia,2\n")
    store_upload(file, slug="figures", name="Figures", source="Made up", licence="CC0")
    ids = {
        "key": dataset.scenarios.order_by("key").first().key,
        "construction": made.pk,
        "judge": judge.pk,
        "number": 1,
    }
    return Token.objects.create(user=reader).key, {
        "/api/datasets/{slug}/constructions/": [{"slug": DATASET, "id": made.pk, **ids}],
        "/api/datasets/{slug}/judges/": [{"slug": DATASET, "id": judge.pk, **ids}],
        "/api/datasets/{slug}/screenings/": [{"slug": DATASET, "id": screening.pk, **ids}],
        "/api/datasets/": [{"slug": DATASET, **ids}],
        "/api/endpoints/": [{"name": ENDPOINT}],
        "/api/indicators/": [{"slug": "figures"}],
        "/api/model-cards/": [{"id": card.pk}],
        "/api/reports/": [{"public_id": str(report.public_id)}],
        "/api/results/": [{"study": STUDY}],
        "/api/runs/": [
            {"id": run.public_id, "other": other.public_id},
            {"id": planned.public_id, "other": planned.public_id},
        ],
        "/api/schemes/": [{"id": "distance/geo-v1"}, {"id": "region/pact-8"}],
        "/api/studies/": [{"slug": STUDY}, {"slug": bundled.slug}],
        "/api/validations/": [{"slug": "pilot"}],
    }
