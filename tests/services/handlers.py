"""A job handler for the tests of the worker."""


def echo(payload, context):
    context.report(0.5, "half way")
    return {"said": payload["word"]}
