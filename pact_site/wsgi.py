"""The WSGI application, served by gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pact_site.settings")
application = get_wsgi_application()

# After Django is set up, and once in the parent of all workers instead of at the first request of
# each: the first participants of a study would wait seconds for it.
from pact_site.warming import warm_up  # noqa: E402

warm_up()
