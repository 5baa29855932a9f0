"""How long it takes from one site to another."""

import pytest

from academy.sites.rules import (
    LONGEST_TRAVEL,
    Travel,
    TravelSource,
    TravelTimes,
    compute_distance_km,
    compute_travel_minutes,
)

BINZHOU, JINAN = (118.02, 37.36), (117.00, 36.65)


def test_the_distance_is_that_on_the_globe() -> None:
    assert compute_distance_km(BINZHOU, JINAN) == pytest.approx(120, abs=3)
    assert compute_distance_km(JINAN, BINZHOU) == compute_distance_km(BINZHOU, JINAN)
    assert compute_distance_km((0.0, 0.0), (1.0, 0.0)) == pytest.approx(111.19, abs=0.01)


@pytest.mark.parametrize(
    ("km", "minutes"), [(0.0, 5), (0.1, 5), (3.9, 10), (30.0, 40), (30.8, 45), (120.0, 160), (20_000.0, 480)]
)
def test_minutes_are_rounded_up_to_five_and_bounded(km: float, minutes: int) -> None:
    assert compute_travel_minutes(km) == minutes <= LONGEST_TRAVEL


def test_what_somebody_has_set_counts_in_both_directions_and_a_site_is_no_way_from_itself() -> None:
    times = TravelTimes({1: BINZHOU, 2: JINAN}, {(1, 2): 95})
    assert times.between(1, 2) == times.between(2, 1) == Travel(95, TravelSource.ADJUSTED)
    assert times.between(1, 1).minutes == 0
    assert TravelTimes({1: BINZHOU, 2: JINAN}).between(2, 1).source is TravelSource.COMPUTED
