from itertools import combinations
from math import pi

import pytest

from annotation.vocab import distance
from annotation.vocab.countries import UnknownCountry, all_countries, by_iso2
from annotation.vocab.distance import explain, haversine_km, relation

CODES = [row.iso2 for row in all_countries()]


def test_haversine_on_arcs_known_from_the_radius_alone():
    quarter = pi * distance.EARTH_RADIUS_KM / 2
    assert haversine_km(0, 0, 0, 90) == pytest.approx(quarter)
    assert haversine_km(0, 17, 90, 120) == pytest.approx(quarter)
    assert haversine_km(0, 0, 0, 180) == pytest.approx(2 * quarter)
    assert haversine_km(0, 179.5, 0, -179.5) == pytest.approx(quarter / 90)
    assert haversine_km(12.3, 4.5, 12.3, 4.5) == 0


def test_haversine_on_a_pair_of_cities():
    # Paris and London are 344 km apart on the great circle (centre coordinates of the table).
    assert haversine_km(48.8534, 2.3488, 51.5085, -0.1257) == pytest.approx(344, abs=1)


def test_geo_v1_is_symmetric_over_every_pair():
    for a, b in combinations(CODES, 2):
        assert relation("geo-v1", a, b) == relation("geo-v1", b, a), (a, b)


def test_geo_v1_equals_a_slow_reading_of_its_definition():
    rows = {row.iso2: row for row in all_countries()}

    def km(a, b):
        return haversine_km(rows[a].lat, rows[a].lon, rows[b].lat, rows[b].lon)

    located = [code for code in CODES if rows[code].lat is not None]
    ranked = {
        a: sorted((c for c in located if c != a), key=lambda c: km(a, c))[:3] for a in located
    }
    for a in ("BR", "IN", "ZA", "GB", "US", "NA", "XK", "FJ", "HK"):
        for b in located:
            near = (b in ranked[a] or a in ranked[b]) and km(a, b) <= 2500
            if a == b:
                expected = "same"
            elif b in rows[a].neighbours or near:
                expected = "close"
            else:
                expected = "far" if km(a, b) > 4000 else "between"
            assert relation("geo-v1", a, b) == expected, (a, b)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("BR", "BR", "same"),
        ("BR", "AR", "close"),  # land border
        ("GB", "BE", "close"),  # no border; Brussels is among the three capitals nearest to London
        ("NZ", "AU", "close"),  # the other side's nearest, within 2,500 km
        ("NZ", "FJ", "between"),  # 2,590 km: beyond the limit for nearest capitals
        ("IN", "LK", "between"),
        ("US", "CU", "between"),
        ("GB", "IN", "far"),
        ("ZA", "NA", "close"),
        ("HK", "CN", "close"),
    ],
)
def test_geo_v1_on_known_pairs(a, b, expected):
    assert relation("geo-v1", a, b) == expected


def test_without_coordinates_the_relation_is_unassigned_and_says_why():
    judged = explain("geo-v1", "TK", "GB")
    assert judged.relation == "unassigned"
    assert judged.reason == "no capital coordinates for Tokelau"
    assert judged.km is None
    assert relation("geo-v1", "TK", "TK") == "same"


PACT = {
    "BR": {"same": "BR", "close": "MM SG", "far": "US IN AR"},
    "IN": {"same": "IN", "close": "BD NP PK", "far": "CA US CN"},
    "ZA": {"same": "ZA", "close": "ZW ET", "far": "AR BD IR NA"},
    "GB": {"same": "GB", "close": "IE", "far": "AR BD IR BE"},
    "US": {"same": "US", "close": "CA MX", "far": "AF BD PK CU"},
}


@pytest.mark.parametrize("participant", PACT)
def test_pact_2026_is_the_published_table(participant):
    for expected, codes in PACT[participant].items():
        for code in codes.split():
            assert relation("pact-2026", participant, code) == expected, code


def test_pact_2026_is_not_symmetric_and_knows_only_its_participants():
    assert relation("pact-2026", "GB", "IE") == "close"
    judged = explain("pact-2026", "IE", "GB")
    assert judged.relation == "unassigned"
    assert judged.reason == "Ireland is not a participant country of pact-2026"


def test_pact_2026_flags_its_distant_close_pairs():
    judged = explain("pact-2026", "BR", "MM")
    assert "probably a slip" in judged.reason
    assert judged.km > 15_000


def test_names_that_are_not_known_are_refused():
    with pytest.raises(distance.UnknownScheme, match=r"geo-v1, pact-2026"):
        relation("geo-v2", "BR", "AR")
    with pytest.raises(UnknownCountry):
        relation("geo-v1", "BR", "Argentina")


def test_schemes_carry_version_and_hash():
    schemes = [distance.get_scheme(name) for name in distance.scheme_names()]
    assert [scheme.name for scheme in schemes] == ["geo-v1", "pact-2026"]
    assert all(scheme.version == "1" and len(scheme.hash) == 64 for scheme in schemes)
    assert len({scheme.hash for scheme in schemes}) == 2


@pytest.fixture
def own_schemes(tmp_path, monkeypatch):
    """Copies of the data files that a test may edit; caches are emptied before and after."""
    (tmp_path / "schemes").mkdir()
    for name in distance.scheme_names():
        text = (distance.DATA / "schemes" / f"{name}.json").read_text(encoding="utf-8")
        (tmp_path / "schemes" / f"{name}.json").write_text(text, encoding="utf-8")
    before = distance.get_scheme("geo-v1").hash
    _empty_caches()
    monkeypatch.setattr(distance, "DATA", tmp_path)
    yield tmp_path / "schemes", before
    _empty_caches()


def _empty_caches():
    distance.explain.cache_clear()
    distance.get_scheme.cache_clear()


def test_an_override_wins_on_both_sides_and_changes_the_hash(own_schemes):
    folder, before = own_schemes
    path = folder / "geo-v1.json"
    row = '{"participant": "IN", "scenario": "LK", "relation": "close", "note": "a strait"}'
    text = path.read_text(encoding="utf-8").replace('"overrides": []', f'"overrides": [{row}]')
    path.write_text(text, encoding="utf-8")
    assert relation("geo-v1", "IN", "LK") == relation("geo-v1", "LK", "IN") == "close"
    assert explain("geo-v1", "IN", "LK").reason == "a strait"
    assert distance.get_scheme("geo-v1").hash != before


def test_nearest_countries_are_sorted_by_distance():
    nearest = distance.nearest_countries("IE", 3)
    assert [code for code, _ in nearest] == ["IM", "GB", "GG"]
    assert [km for _, km in nearest] == sorted(km for _, km in nearest)
    assert by_iso2("GB").iso2 in dict(nearest)
