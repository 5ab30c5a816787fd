"""Settings of a worker beside vLLM: the tables of runs and of what is asked, and no pages.

An environment with vLLM in it lacks the packages of the web process and of the analysis
(docs/how-to/run-vllm.md). Use with `manage.py worker --settings pact_site.light_settings`.
Everything else, the database and the shards above all, is set as everywhere.
"""

from pact_site.settings import *  # noqa: F403
from pact_site.settings import PACT_JOB_HANDLERS as _ALL_HANDLERS

INSTALLED_APPS = [
    "pact_site",
    "modeling",
    "annotation",
    "pact_site.base",
    "django.contrib.auth",
    "django.contrib.contenttypes",
]
MIDDLEWARE = []
ROOT_URLCONF = ""
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"  # ours imports the survey
TEMPLATES = []
AUTHENTICATION_BACKENDS = []
STATICFILES_DIRS = []
# Jobs of apps that are not here stay in the queue for a worker that has them.
PACT_JOB_HANDLERS = {
    kind: handler for kind, handler in _ALL_HANDLERS.items() if kind.startswith("modeling.")
}
