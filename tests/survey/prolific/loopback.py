"""Requests to servers of this machine.

They trust without reading the certificates of this machine's authorities, which takes `httpx` longer
than such a request.
"""

from functools import partial

import httpx

request = partial(httpx.request, verify=False, timeout=60)
get = partial(request, "GET")
post = partial(request, "POST")
