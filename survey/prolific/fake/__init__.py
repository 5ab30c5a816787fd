"""A fake Prolific on loopback: the same surface, in memory, with simulated people and bad weather.

No Django in here, so that a test can run it in a thread and a user without a site of their own.
"""

from survey.prolific.fake.faults import FAULTS
from survey.prolific.fake.running import RunningFake, make_fake, running_fake, serve

__all__ = ["FAULTS", "RunningFake", "make_fake", "running_fake", "serve"]
