"""Simulated people: the same seed gives the same people, and they differ as people do."""

from collections import Counter
from statistics import mean

from survey.services.simulated_people import Situation, answer, make_guests, scenario_key

COUNTRIES = ("BR", "IN", "ZA", "GB", "US")


def guests(n=500, seed=1, dropout=0.1):
    return make_guests(n=n, seed=seed, countries=COUNTRIES, dropout=dropout, pages=13)


def rate(people, frame, text="A guest brings a gift. {n}", relation="same", n=30):
    """The share of `culture` over people and n scenarios."""
    situations = [Situation(text.format(n=number), relation, False) for number in range(n)]
    return mean(getattr(answer(p, s), frame) == "culture" for p in people for s in situations)


def test_the_same_seed_gives_the_same_people():
    assert guests(seed=3) == guests(seed=3)
    assert guests(seed=3) != guests(seed=4)


def test_countries_come_in_turn_and_ids_once():
    people = guests()

    assert set(Counter(person.country for person in people).values()) == {100}
    assert len({person.pid for person in people}) == 500


def test_about_the_wished_share_drops_out():
    """500 people at 10 %: 50 expected, standard deviation 6.7; within four of them."""
    assert 23 < sum(person.leaves_after is not None for person in guests()) < 77
    assert not any(person.leaves_after is not None for person in guests(dropout=0.0))


def test_only_who_left_comes_back():
    back = [person for person in guests(dropout=0.5) if person.comes_back]

    assert 30 < len(back) < 120  # of about 250, three in ten
    assert all(person.leaves_after is not None for person in back)


def test_an_answer_never_changes():
    person, situation = guests(1)[0], Situation("A wedding.", "far", True)
    assert answer(person, situation) == answer(person, situation)


def test_norms_are_followed_more_near_home_and_more_than_people_would_themselves():
    people = guests(100)

    assert rate(people, "norm", relation="same") > rate(people, "norm", relation="far")
    assert rate(people, "norm") > rate(people, "personal")


def test_four_receivers_share_one_scenario():
    texts = ["She greets an older man.", "She greets a younger woman."]
    assert len({scenario_key(text) for text in texts}) == 1
    assert scenario_key("An older woman sits down.") == scenario_key("A younger man sits down.")


def test_ratings_stay_on_the_scale():
    person = guests(1)[0]
    for number in range(200):
        reply = answer(person, Situation(f"Scene {number}.", "same", False))
        assert 1 <= reply.importance_norm <= 7
        assert 1 <= reply.importance_preference <= 7
        assert reply.reason == ""
