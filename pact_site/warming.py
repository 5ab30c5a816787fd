"""What every web worker needs, loaded before the first person comes."""

import gc
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.template.loader import get_template
from django.urls import Resolver404, get_resolver, resolve
from django.utils import translation

from pact_site.counts import forget_dead_processes


def warm_up() -> None:
    """Import all views, compile the pages of participants, read the catalogues of all languages,
    and put the table of addresses together, which Django makes anew for each.

    Counts of web processes that have ended are forgotten here, at the start of their successors.
    """
    forget_dead_processes()
    root = Path(settings.BASE_DIR, "templates")
    for path in sorted(root.glob("survey/*.html")):
        get_template(str(path.relative_to(root)))
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            translation.gettext("Continue")
            _ = get_resolver().reverse_dict
    with suppress(Resolver404):  # compiles the patterns on the way
        resolve("/s/any/no-such-page/")
    _set_aside()


def _set_aside() -> None:
    """Keep what is loaded by now out of garbage collection, in this process and in its children.

    A full collection looks through everything: with all of the site in memory it stops a worker,
    and everybody behind the lock it may hold, for a tenth of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
