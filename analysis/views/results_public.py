"""Published results, open to everybody: the list, the pages and the files beside them."""

from __future__ import annotations

import hashlib
import mimetypes

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from analysis.access import access_published
from analysis.services.results.pages import published_cards, stamp_of
from analysis.services.results.rendering import Drawn, draw, extra_files
from pact_site.base.access import public

FRESH = 300
"""Seconds for which a copy may be kept: what is taken back is gone everywhere soon after."""

FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@public
@require_safe
def results_list(request: HttpRequest) -> HttpResponse:
    """Every published page, newest first."""
    return render(request, "analysis/results_list.html", {"cards": published_cards()})


@public
@require_safe
@gzip_page
def results_page(request: HttpRequest, slug: str) -> HttpResponseBase:
    """One study's published results."""
    page = access_published(slug)
    assert page.frozen is not None
    address = request.build_absolute_uri(reverse("analysis:results_page", args=[slug]))
    drawn = draw(page.frozen, stamp_of(page, address=address, hosted=True))
    return kept(request, page_response(drawn))


@public
@require_safe
@gzip_page
def results_file(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """A figure, the numbers behind one, or the citation."""
    page = access_published(slug)
    assert page.frozen is not None
    return kept(request, file_response(extra_files(page.frozen), name))


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read what is published, and nothing else of this site."""
    text = "User-agent: *\nAllow: /results/\nDisallow: /\n"
    return HttpResponse(text, content_type="text/plain")


def page_response(drawn: Drawn) -> HttpResponse:
    """A drawn page under its own strict policy."""
    response = HttpResponse(drawn.html)
    response["Content-Security-Policy"] = f"{drawn.policy}; frame-ancestors 'none'"
    return response


def file_response(files: dict[str, str], name: str) -> HttpResponse:
    """One of the files beside a page; Http404 for any other name."""
    if name not in files:
        raise Http404
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    response = HttpResponse(files[name], content_type=f"{kind}; charset=utf-8")
    response["Content-Security-Policy"] = FILE_POLICY
    return response


def kept(request: HttpRequest, response: HttpResponse) -> HttpResponseBase:
    """The response with leave to keep it for a while, or 304 where the reader has it already."""
    patch_cache_control(response, public=True, max_age=FRESH)
    tag = quote_etag(hashlib.sha256(response.content).hexdigest()[:32])
    response["ETag"] = tag
    return get_conditional_response(request, etag=tag, response=response) or response
