"""The Celery application of service mode. A message carries only the id of a leased row."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
app = Celery("pact")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.beat_schedule = {
    "dispatch-waiting": {"task": "base.dispatch_waiting", "schedule": 20.0},
    "dispatch-chunks": {"task": "modeling.dispatch_waiting", "schedule": 20.0},
    "remove-retired": {"task": "modeling.remove_retired", "schedule": 600.0},
    "poll-prolific": {"task": "survey.poll_prolific", "schedule": 300.0},
}
