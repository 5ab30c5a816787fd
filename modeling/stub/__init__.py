"""A small OpenAI-compatible server that simulates a model, for tests and rehearsals.

It marks everything it says: see `FINGERPRINT` and `OWNER`. No Django here.
"""

from modeling.stub.faults import FAULTS, parse_faults
from modeling.stub.options import FINGERPRINT, OWNER, StubOptions
from modeling.stub.running import RunningStub, running_stub, serve

__all__ = [
    "FAULTS",
    "FINGERPRINT",
    "OWNER",
    "RunningStub",
    "StubOptions",
    "parse_faults",
    "running_stub",
    "serve",
]
