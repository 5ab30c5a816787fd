"""A participant with a browser: walks the pages through Django's test client."""

import re

from django.test import Client

PID = "5f0c9a1e2b3d4c5e6f708192"


def pid(number):
    """The n-th person's Prolific id."""
    return f"{number:024x}"


class Walker:
    """Follows links and fills forms; every page is checked to be a good one."""

    def __init__(self, study, person=PID, client=None, **query):
        self.client = client or Client()
        self.root = f"/s/{study.slug}/"
        own = {"PROLIFIC_PID": person, "STUDY_ID": "a" * 24, "SESSION_ID": person[::-1]}
        self.query = own | query
        self.page = None

    def enter(self):
        return self.get(self.root, self.query)

    def get(self, path, query=None):
        self.page = self.client.get(path, query, follow=True)
        return self

    def send(self, **fields):
        """Post to the page one is on."""
        self.page = self.client.post(self.path, fields, follow=True)
        return self

    @property
    def path(self):
        return self.page.request["PATH_INFO"]

    @property
    def text(self):
        return self.page.content.decode()

    @property
    def step(self):
        return self.path.removeprefix(self.root).strip("/")

    def consent(self):
        return self.enter().send(agree="1")

    def about(self, country="BR"):
        return self.send(country=country, age_bucket="younger", gender="female")

    def begin(self, country="BR"):
        return self.consent().about(country).send(norm="others")

    def reply(self, **changes):
        fields = {
            "personal": "culture",
            "norm": "preference",
            "importance_norm": "6",
            "importance_preference": "2",
            "reason": "It seemed right.",
        }
        return self.send(**(fields | changes))

    def answer_check(self, right=True):
        answers = {"agree": "strongly_agree", "moon": "disagree", "green": "green"}
        wrong = {"agree": "neutral", "moon": "agree", "green": "red"}
        return self.send(answer=(answers if right else wrong)[self.step.split("/")[1]])

    def finish(self, right=True):
        """Answer everything from wherever the participant stands."""
        while not re.match("feedback|done", self.step):
            if self.step.startswith("situation"):
                self.reply()
            else:
                self.answer_check(right)
        return self.send(feedback="")
