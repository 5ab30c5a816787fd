"""The least that Django can do for an annotation queue: an insert, two indexed queries, a template.

A project of its own, so that no session, account, policy or translation of the real site runs. Who
annotates is a number in the form; nobody is kept from rating what somebody else has.
"""

import os

import django
import environ
from django.conf import settings

DATABASE = environ.Env.db_url_config(os.environ["DATABASE_URL"])
if "sqlite" in DATABASE["ENGINE"]:
    DATABASE["NAME"] = DATABASE["NAME"] + ".queue"
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
DATABASE["CONN_MAX_AGE"] = 60

settings.configure(
    SECRET_KEY="a bench's, and nobody's",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": DATABASE},
    INSTALLED_APPS=["bench"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=True,
)
django.setup()

# Settings first: models cannot be declared before them.
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.urls import path  # noqa: E402


class QueueItem(models.Model):  # noqa: DJ008
    text = models.TextField()

    class Meta:
        app_label = "bench"


class QueueAnswer(models.Model):  # noqa: DJ008
    annotator = models.IntegerField()
    item = models.ForeignKey(QueueItem, on_delete=models.CASCADE)
    value = models.CharField(max_length=100)

    class Meta:
        app_label = "bench"
        indexes = [models.Index(fields=["annotator", "item"])]


application = get_wsgi_application()
ITEMS = 20_000
PAGE = engines["django"].from_string(
    """<!doctype html><html lang="en"><head><title>Bare</title></head><body><main><h1>Item</h1>
<p>{{ item.text }}</p><form method="post">{% csrf_token %}
<input type="hidden" name="item" value="{{ item.pk }}"><input type="hidden" name="annotator" value="{{ annotator }}">
{% for field in fields %}<fieldset><legend>{{ field }}</legend>{% for choice in choices %}<label><input type="radio" name="{{ field }}" value="{{ choice }}"> {{ choice }}</label>{% endfor %}</fieldset>{% endfor %}
<textarea name="note"></textarea><button>Save</button></form></main></body></html>"""
)


def page(request: HttpRequest) -> HttpResponse:
    """Insert the answer; find the last item of this annotator, then the one after it."""
    given = request.POST if request.method == "POST" else request.GET
    annotator = int(given["annotator"])
    if request.method == "POST":
        said = ",".join(given[name] for name in "abc")
        QueueAnswer.objects.create(annotator=annotator, item_id=int(given["item"]), value=said)
    last = QueueAnswer.objects.filter(annotator=annotator).aggregate(models.Max("item"))[
        "item__max"
    ]
    item = QueueItem.objects.filter(pk__gt=last or 0).order_by("pk").first()
    context = {
        "item": item,
        "annotator": annotator,
        "fields": list("abc"),
        "choices": ["yes", "no"],
    }
    return HttpResponse(PAGE.render(context, request))


urlpatterns = [path("", page)]

if "bench_queueitem" not in connection.introspection.table_names():
    with connection.schema_editor() as editor:
        editor.create_model(QueueItem)
        editor.create_model(QueueAnswer)
    text = "A guest stands at the door and does not know whether to take off the shoes. " * 6
    QueueItem.objects.bulk_create((QueueItem(text=text) for _ in range(ITEMS)), batch_size=1000)
connection.close()
