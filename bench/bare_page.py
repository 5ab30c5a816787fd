"""The least that Django can do for a page with a form: insert one row, render one template.

A project of its own, so that no middleware, session or translation of the real site runs. The
template has about as much text as a scenario page.
"""

import os

import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import path

DATABASE = environ.Env.db_url_config(os.environ["DATABASE_URL"])
if "sqlite" in DATABASE["ENGINE"]:
    DATABASE["NAME"] = DATABASE["NAME"] + ".bare"
    DATABASE["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
# As the real site has it. Closing the last connection to SQLite writes its log back and waits for the
# disk: with Django's default, 0, what was measured was how often nobody else had one open.
DATABASE["CONN_MAX_AGE"] = 60

settings.configure(
    SECRET_KEY="a bench's, and nobody's",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": DATABASE},
    MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    USE_TZ=True,
)
application = get_wsgi_application()
PAGE = engines["django"].from_string(
    """<!doctype html><html lang="en"><head><title>Bare</title></head><body><main><h1>{{ title }}</h1>
{% for line in lines %}<p class="situation__text">{{ line }}</p>{% endfor %}
<form method="post">{% csrf_token %}{% for field in fields %}<fieldset><legend>{{ field }}</legend>
{% for choice in choices %}<label><input type="radio" name="{{ field }}" value="{{ choice }}"> {{ choice }}</label>
{% endfor %}</fieldset>{% endfor %}<button>Save</button></form></main></body></html>"""
)
LINES = ["A guest stands at the door and does not know whether to take off the shoes. " * 2] * 4


def page(request: HttpRequest) -> HttpResponse:
    """Insert one row and render the form again."""
    if request.method == "POST":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bare_answer (answer) VALUES (%s)", ["culture"])
    context = {"title": "Bare", "lines": LINES, "fields": list("abcd"), "choices": range(7)}
    return HttpResponse(PAGE.render(context, request))


urlpatterns = [path("", page)]

with connection.cursor() as setup:
    setup.execute("CREATE TABLE IF NOT EXISTS bare_answer (answer varchar(20))")
connection.close()
