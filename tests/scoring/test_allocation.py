"""Scripts for markers: balanced, deterministic, nobody twice, nobody her own people if that can be avoided."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from academy.scoring.rules.allocation import Marker, Need, allocate, choose_control, is_control_due, is_own_unit

UNITS = st.sampled_from([None, 1, 2, 3])


@st.composite
def worlds(draw: st.DrawFn) -> tuple[list[Need], list[Marker]]:
    markers = [
        Marker(100 + n, frozenset({unit} if (unit := draw(UNITS)) else ()), learner_id=draw(st.sampled_from([None, 1, 2])))
        for n in range(draw(st.integers(1, 7)))
    ]
    seen = st.frozensets(st.integers(100, 107), max_size=2)
    needs = [
        Need(n, learner_id=n, unit=draw(UNITS), count=draw(st.integers(1, 2)), seen_by=draw(seen))
        for n in range(1, draw(st.integers(1, 40)))
    ]
    return needs, markers


@given(worlds())
def test_nobody_has_a_script_twice_or_her_own_paper(world: tuple[list[Need], list[Marker]]) -> None:
    needs, markers = world
    made = allocate(needs, markers, seed="S", load={})
    people = {marker.id: marker for marker in markers}
    for need in needs:
        chosen = made.chosen.get(need.script_id, ())
        assert len(set(chosen)) == len(chosen) <= need.count
        assert not set(chosen) & need.seen_by
        assert all(people[one].learner_id != need.learner_id for one in chosen)
        assert (need.script_id in made.short) == (len(chosen) < need.count)


@given(worlds())
def test_a_marker_has_her_own_units_people_only_when_nobody_else_is_left(world: tuple[list[Need], list[Marker]]) -> None:
    needs, markers = world
    made = allocate(needs, markers, seed="S", load={})
    people = {marker.id: marker for marker in markers}
    for need in needs:
        chosen = made.chosen.get(need.script_id, ())
        if any(is_own_unit(people[one], need) for one in chosen):
            free = [m for m in markers if m.id not in need.seen_by and m.learner_id != need.learner_id]
            assert all(m.id in chosen for m in free if not is_own_unit(m, need))


@given(st.integers(2, 8), st.integers(0, 60), st.text(max_size=5))
def test_the_numbers_are_even_and_the_same_for_the_same_seed(people: int, scripts: int, seed: str) -> None:
    markers = [Marker(n) for n in range(people)]
    needs = [Need(n, n, None, 2) for n in range(scripts)]
    made = allocate(needs, markers, seed=seed, load={})
    counts = Counter(person for chosen in made.chosen.values() for person in chosen)
    loads = [counts[marker.id] for marker in markers]
    assert max(loads) - min(loads) <= 1
    assert made == allocate(needs[::-1], markers, seed=seed, load={})


def test_what_somebody_has_already_counts() -> None:
    made = allocate([Need(n, n, None, 1) for n in range(10)], [Marker(1), Marker(2)], seed="S", load={1: 10})
    assert Counter(chosen[0] for chosen in made.chosen.values()) == {2: 10}


def test_a_control_follows_every_so_many_and_no_script_is_served_a_third_time() -> None:
    assert [given for given in range(21) if is_control_due(given, 10)] == [10, 20]
    assert not any(is_control_due(given, 0) for given in range(21))
    chosen = choose_control("S", 7, [1, 2, 3], [])
    assert chosen in {1, 2, 3}
    assert choose_control("S", 7, [1, 2, 3], {chosen}) in {1, 2, 3} - {chosen}
    assert choose_control("S", 7, [1], [1]) is None
