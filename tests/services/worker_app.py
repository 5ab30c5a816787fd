"""The platform's Celery application with the tests' job handler registered."""

from django.conf import settings

from pact_site.celery import app

settings.PACT_JOB_HANDLERS["test.echo"] = "tests.services.handlers.echo"
celery = app
