"""The WSGI application, served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
application = get_wsgi_application()
