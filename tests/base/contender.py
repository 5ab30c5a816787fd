"""A worker process: claims jobs until none is left, and prints the id of each it finished.

With the argument `hang` it runs the first job it gets and never comes back.
"""

import sys

import django

django.setup()

from django.conf import settings  # noqa: E402

from pact_site.base.models import Job  # noqa: E402
from pact_site.base.services import jobs  # noqa: E402
from tests.base.handlers import KINDS  # noqa: E402


def main(mode: str) -> None:
    if mode == "hang":
        settings.PACT_JOB_HANDLERS = KINDS
        jobs.run_claimed(Job.objects.claim())
    while job := Job.objects.claim():
        if job.finish(result={"by": mode}):
            print(job.pk, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
