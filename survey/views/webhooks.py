"""The door for Prolific's webhooks: open to everybody, passed only with the signature."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pact_site.base.access import public
from survey.prolific import webhooks

log = logging.getLogger("pact.prolific")


@public
@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Take a delivery in; what is refused is named in the answer and the log, never who it was about."""
    try:
        delivery = webhooks.verify(request.headers, request.body)
    except webhooks.WebhookRefused as refused:
        log.warning("webhook refused: %s", refused)
        return JsonResponse({"error": str(refused)}, status=refused.status)
    outcome = webhooks.receive(delivery)
    log.info("webhook taken: %s", outcome)
    return JsonResponse({"outcome": outcome})
