"""The Celery application of service mode. A message carries only the id of a leased row."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
app = Celery("pact")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
