"""The allocation rule by itself: never over, stable, honest, the same in any order; beside brute force on small cases."""

import random
from collections.abc import Iterable
from itertools import permutations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from academy.enrollment.rules.allocation import (
    WHOLE_CLASS,
    Bid,
    Given,
    OfferedClass,
    RankedApplicant,
    Refusal,
    compute_allocation,
)

UNIT, TYPE, REST = "unit", "unit/type", "rest"  # UNIT holds TYPE; REST lies beside them
Market = tuple[list[RankedApplicant], list[OfferedClass]]


@st.composite
def markets(draw: st.DrawFn, people: int = 7, rooms: int = 3, *, with_groups: bool = True) -> Market:
    """Few seats, many people: priorities are drawn for each class, groups lie inside or beside one another."""
    class_ids = list(range(1, draw(st.integers(1, rooms)) + 1))
    limits = st.dictionaries(st.sampled_from([UNIT, TYPE, REST]), st.integers(0, 2)) if with_groups else st.just({})
    classes = [OfferedClass(one, draw(st.integers(0, 3)), draw(limits)) for one in class_ids]
    ids = list(range(1, draw(st.integers(0, people)) + 1))
    orders = {one: draw(st.permutations(ids)) for one in class_ids}
    chains = {one: draw(st.sampled_from([(), (UNIT,), (TYPE, UNIT), (REST,)])) if with_groups else () for one in ids}
    applicants = []
    for one in ids:
        wanted = draw(st.permutations(class_ids))[: draw(st.integers(0, 3))]
        applicants.append(RankedApplicant(one, tuple(Bid(c, (orders[c].index(one),), chains[one]) for c in wanted)))
    return applicants, classes


def kept(offered: OfferedClass, bids: Iterable[tuple[int, Bid]]) -> set[int]:
    """Brute force: whom a class keeps of these, the best first as far as seats and limits go."""
    counts: dict[str, int] = {}
    chosen = set()
    for applicant, bid in sorted(bids, key=lambda pair: pair[1].priority):
        groups = [*(g for g in bid.groups if g in offered.limits), WHOLE_CLASS]
        most = {**offered.limits, WHOLE_CLASS: offered.seats}
        if all(counts.get(g, 0) < most[g] for g in groups):
            chosen.add(applicant)
            counts.update({g: counts.get(g, 0) + 1 for g in groups})
    return chosen


def bid_of(market: Market, applicant: int, class_id: int) -> Bid:
    return next(bid for one in market[0] if one.id == applicant for bid in one.bids if bid.class_id == class_id)


def is_stable(market: Market, given_: dict[int, Given]) -> bool:
    """Nobody has a better choice whose class would keep her beside those whom it has."""
    for offered in market[1]:
        inside = [(a, bid_of(market, a, offered.id)) for a, g in given_.items() if g.class_id == offered.id]
        if kept(offered, inside) != {a for a, _ in inside}:
            return False
        for one in market[0]:
            rank = given_[one.id].rank if one.id in given_ else len(one.bids) + 1
            better = [bid for bid in one.bids[: rank - 1] if bid.class_id == offered.id]
            if better and one.id in kept(offered, [*inside, (one.id, better[0])]):
                return False
    return True


@settings(max_examples=300, deadline=None)
@given(market=markets())
def test_it_never_gives_more_seats_than_there_are_and_nobody_is_passed_over(market: Market) -> None:
    outcome = compute_allocation(*market)
    assert is_stable(market, dict(outcome.given))
    for offered in market[1]:
        inside = outcome.admitted[offered.id]
        assert len(inside) <= offered.seats
        for group, most in offered.limits.items():
            assert sum(group in bid_of(market, one, offered.id).groups for one in inside) <= most
        assert list(inside) == sorted(inside, key=lambda one: bid_of(market, one, offered.id).priority)
    assert {one: g.class_id for one, g in outcome.given.items()} == {
        one: class_id for class_id, inside in outcome.admitted.items() for one in inside
    }


@settings(max_examples=150, deadline=None)
@given(market=markets(), seed=st.integers())
def test_the_order_in_which_people_and_classes_are_given_changes_nothing(market: Market, seed: int) -> None:
    shuffled = ([*market[0]], [*market[1]])
    random.Random(seed).shuffle(shuffled[0])
    random.Random(seed + 1).shuffle(shuffled[1])
    assert compute_allocation(*shuffled) == compute_allocation(*market) == compute_allocation(*market)


@settings(max_examples=60, deadline=None)
@given(market=markets(people=4, rooms=3))
def test_it_gives_everybody_the_best_that_any_stable_outcome_gives_her(market: Market) -> None:
    applicants = market[0]
    ours = compute_allocation(*market).given
    options = [[None, *(Given(bid.class_id, rank) for rank, bid in enumerate(one.bids, 1))] for one in applicants]
    for chosen in product(*options):
        other = {one.id: got for one, got in zip(applicants, chosen, strict=True) if got is not None}
        if is_stable(market, other):
            assert all(one in ours and ours[one].rank <= got.rank for one, got in other.items())


@settings(max_examples=80, deadline=None)
@given(market=markets(people=5, rooms=3))
def test_nobody_gains_by_naming_her_choices_in_another_order_or_hiding_some(market: Market) -> None:
    honest = compute_allocation(*market).given
    for at, one in enumerate(market[0]):
        true_rank = {bid.class_id: rank for rank, bid in enumerate(one.bids, 1)}
        got = honest[one.id].rank if one.id in honest else len(one.bids) + 1
        for length in range(len(one.bids) + 1):
            for bids in permutations(one.bids, length):
                told = [*market[0][:at], one._replace(bids=bids), *market[0][at + 1 :]]
                lied = compute_allocation(told, market[1]).given.get(one.id)
                assert lied is None or true_rank[lied.class_id] >= got


def without(market: Market, applicant: int) -> list[RankedApplicant]:
    return [other for other in market[0] if other.id != applicant]


@settings(max_examples=200, deadline=None)
@given(market=markets())
def test_without_whoever_got_nothing_the_same_people_have_seats_and_nobody_fares_worse(market: Market) -> None:
    """The rural-hospitals theorem: the old outcome is still stable, so all stable outcomes seat the same people."""
    outcome = compute_allocation(*market)
    for one in market[0]:
        if one.id not in outcome.given:
            after = compute_allocation(without(market, one.id), market[1])
            assert after.given.keys() == outcome.given.keys()
            assert all(after.given[other].rank <= got.rank for other, got in outcome.given.items())
            assert {c: len(ids) for c, ids in after.admitted.items()} == {c: len(ids) for c, ids in outcome.admitted.items()}


@settings(max_examples=150, deadline=None)
@given(market=markets(with_groups=False))
def test_with_one_order_for_all_classes_whoever_got_nothing_makes_no_difference(market: Market) -> None:
    people = [one._replace(bids=tuple(bid._replace(priority=(one.id,)) for bid in one.bids)) for one in market[0]]
    outcome = compute_allocation(people, market[1])
    for one in people:
        if one.id not in outcome.given:
            assert compute_allocation(without((people, market[1]), one.id), market[1]).given == outcome.given


def test_somebody_who_gets_nothing_can_set_off_a_chain() -> None:
    """Why the last but one test asks no more: without the third, the first two get their first choices."""
    people = [
        RankedApplicant(1, (Bid(10, (2,)), Bid(20, (0,)))),
        RankedApplicant(2, (Bid(20, (1,)), Bid(10, (0,)))),
        RankedApplicant(3, (Bid(10, (1,)),)),
    ]
    classes = [OfferedClass(10, 1), OfferedClass(20, 1)]
    assert compute_allocation(people, classes).given == {1: Given(20, 2), 2: Given(10, 2)}
    assert compute_allocation(people[:2], classes).given == {1: Given(10, 1), 2: Given(20, 1)}


@settings(max_examples=100, deadline=None)
@given(market=markets())
def test_one_more_seat_makes_nobody_worse_off(market: Market) -> None:
    before = compute_allocation(*market).given
    for at, offered in enumerate(market[1]):
        wider = [*market[1][:at], offered._replace(seats=offered.seats + 1), *market[1][at + 1 :]]
        after = compute_allocation(market[0], wider).given
        assert all(one in after and after[one].rank <= got.rank for one, got in before.items())


@settings(max_examples=150, deadline=None)
@given(market=markets())
def test_each_refusal_names_seats_that_went_to_people_ahead(market: Market) -> None:
    outcome = compute_allocation(*market)
    better = {
        (one.id, bid.class_id)
        for one in market[0]
        for bid in one.bids[: outcome.given[one.id].rank - 1 if one.id in outcome.given else None]
    }
    assert set(outcome.refusals) == better
    for (applicant, class_id), refusal in outcome.refusals.items():
        own = bid_of(market, applicant, class_id)
        members = [bid_of(market, one, class_id) for one in outcome.admitted[class_id]]
        members = [bid for bid in members if refusal.group in (*bid.groups, WHOLE_CLASS)]
        assert len(members) == refusal.seats
        assert refusal.last == (max(bid.priority for bid in members) if members else None)
        assert refusal.last is None or refusal.last < own.priority


def test_the_worked_example_of_the_help_page() -> None:
    """Two seats, three people: the third goes to her second choice, and the refusal shows the last one admitted."""
    people = [
        RankedApplicant(1, (Bid(10, (0, "a")), Bid(20, (0, "a")))),
        RankedApplicant(2, (Bid(10, (1, "b")), Bid(20, (1, "b")))),
        RankedApplicant(3, (Bid(10, (0, "c")),)),
    ]
    outcome = compute_allocation(people, [OfferedClass(10, 2), OfferedClass(20, 1)])
    assert outcome.given == {1: Given(10, 1), 2: Given(20, 2), 3: Given(10, 1)}
    assert outcome.admitted == {10: (1, 3), 20: (2,)}
    assert outcome.refusals == {(2, 10): Refusal(WHOLE_CLASS, 2, (0, "c"))}


@pytest.mark.parametrize(
    ("people", "classes"),
    [
        ([RankedApplicant(1, ()), RankedApplicant(1, ())], []),
        ([], [OfferedClass(1, 1), OfferedClass(1, 2)]),
        ([RankedApplicant(1, (Bid(9, (1,)),))], []),
        ([RankedApplicant(1, (Bid(9, (1,)), Bid(9, (2,))))], [OfferedClass(9, 1)]),
        ([RankedApplicant(1, (Bid(9, (1,)),)), RankedApplicant(2, (Bid(9, (1,)),))], [OfferedClass(9, 1)]),
        (
            [RankedApplicant(1, (Bid(9, (1,), ("a", "b")),)), RankedApplicant(2, (Bid(9, (2,), ("a", "c")),))],
            [OfferedClass(9, 1, {"a": 1, "b": 1, "c": 1})],
        ),
    ],
)
def test_what_makes_no_sense_is_refused(people: list[RankedApplicant], classes: list[OfferedClass]) -> None:
    with pytest.raises(ValueError, match=r"twice|unknown|same priority|crosses"):
        compute_allocation(people, classes)


def test_five_thousand_people_and_a_hundred_classes_are_allocated() -> None:
    dice = random.Random(8)
    orders = {c: dice.sample(range(5000), 5000) for c in range(100)}
    people = [RankedApplicant(one, tuple(Bid(c, (orders[c][one],)) for c in dice.sample(range(100), 3))) for one in range(5000)]
    outcome = compute_allocation(people, [OfferedClass(c, 30) for c in range(100)])
    assert 2900 < len(outcome.given) <= 3000
    assert outcome == compute_allocation(people[::-1], [OfferedClass(c, 30) for c in range(100)])
