"""Job handlers for the tests of the worker."""

import time


def echo(payload, context):
    context.report(0.5, "half way")
    return {"said": payload["word"]}


def endless(payload, context):
    """Say so again and again, for a minute at most."""
    end = time.monotonic() + payload.get("seconds", 60)
    while time.monotonic() < end:
        context.report(0.5, "at it")
        time.sleep(0.02)
