"""Handlers of jobs for the tests, named by their dotted path."""

import threading

from pact_site.base.errors import BadInput
from pact_site.base.models import Job, State

KINDS = {
    "echo": "tests.base.handlers.echo",
    "refuse": "tests.base.handlers.refuse",
    "break": "tests.base.handlers.break_down",
    "cancelled": "tests.base.handlers.cancelled_meanwhile",
    "hang": "tests.base.handlers.hang",
}


def echo(payload, context):
    context.report(0.5, "half way")
    return {"said": payload["word"]}


def refuse(payload, context):
    raise BadInput("No.", file="a.csv", row=2)


def break_down(payload, context):
    raise RuntimeError("a fault")


def cancelled_meanwhile(payload, context):
    Job.objects.filter(pk=payload["pk"]).update(state=State.CANCELLED)
    context.report(0.9)
    raise AssertionError("unreachable: report must raise LeaseLost")


def hang(payload, context):
    print("working", flush=True)
    threading.Event().wait()
