"""Deleverage policies: when winners are called on, in what order, and for how much, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import pytest
from contracts.amounts import usd
from contracts.bare import WAD, Policy
from hypothesis import given, settings
from hypothesis import strategies as st

EXACT = settings(max_examples=80, deadline=None, derandomize=True)
NEVER = "policies/deleverage/NoDeleverage.vy"
INDEX = "policies/deleverage/IndexHaircut.vy"
LISTED = "policies/deleverage/ListedQueue.vy"
QUEUE = "policies/deleverage/QueueDeleverage.vy"
PRO_RATA = "policies/deleverage/ProRataDeleverage.vy"
CAPPED = "policies/deleverage/CappedProRata.vy"

#: GMX v2: above 85 % of the pool, down to 77 %.
GMX_V2 = (WAD * 85 // 100, WAD * 77 // 100, False)
LARGEST_USD_WAD = 2**127
#: Each factor of the queue's score stops growing here.
MAX_FACTOR = 10**9
MAX_CANDIDATES = 16

profits = st.lists(usd(10**9), min_size=1, max_size=MAX_CANDIDATES)
amounts = usd(10**10)
large = usd(LARGEST_USD_WAD // WAD)


def queue(lot_usd_wad: int = 0) -> Policy:
    return Policy(QUEUE, *GMX_V2, lot_usd_wad)


def capped(cap_wad: int = WAD) -> Policy:
    return Policy(CAPPED, *GMX_V2, cap_wad)


def taken(policy: Policy, needed: int, queued: list[int]) -> list[int]:
    """What each winner gives when they are called on in this order."""
    left, total, parts = needed, sum(queued), []
    for profit in queued:
        parts.append(policy.call("allot", left, needed, profit, total))
        left = max(0, left - parts[-1])
    return parts


# ------------------------------------------------------------------ when


def with_trigger(source: str, trigger_wad: int, target_wad: int, covers_deficit: bool) -> Policy:
    own = {QUEUE: (10 * WAD,), LISTED: (10 * WAD,), CAPPED: (WAD // 2,), PRO_RATA: ()}[source]
    return Policy(source, trigger_wad, target_wad, covers_deficit, *own)


every_rule = pytest.mark.parametrize("source", [QUEUE, LISTED, PRO_RATA, CAPPED])


@every_rule
@pytest.mark.parametrize(
    ("pnl", "pool", "realise"),
    [
        (85 * WAD, 100 * WAD, 0),  # at the trigger
        (85 * WAD + 1, 100 * WAD, -(-(8 * WAD + 1) * 100 // 23)),  # 34.8: (85 - 34.8) / (100 - 34.8) is 0.77
        (200 * WAD, 100 * WAD, 200 * WAD),  # no part of it would do
        (-200 * WAD, 100 * WAD, 0),
        (0, 0, 0),
        (1, 0, 1),  # an empty pool backs nothing
        (7, 1, 7),  # the target is rounded down
    ],
)
def test_profit_above_the_trigger_is_realised_down_to_the_target(
    source: str, pnl: int, pool: int, realise: int
) -> None:
    assert with_trigger(source, *GMX_V2).call("goal", pnl, pool, 5) == (realise, 0)


@every_rule
def test_a_trigger_of_zero_never_calls_on_winners(source: str) -> None:
    policy = with_trigger(source, 0, 0, False)
    assert policy.call("goal", LARGEST_USD_WAD, 0, LARGEST_USD_WAD) == (0, 0)


@every_rule
def test_a_deficit_is_the_winners_only_where_the_design_says_so(source: str) -> None:
    for covers in (False, True):
        assert with_trigger(source, 0, 0, covers).call("goal", -1, 0, 77) == (0, 77 if covers else 0)


@EXACT
@given(
    source=st.sampled_from([QUEUE, LISTED, PRO_RATA, CAPPED]),
    shares=st.tuples(usd(10), usd(10)),
    covers=st.booleans(),
    pnl=st.one_of(large, large.map(lambda loss: -loss)),
    pool=large,
    deficit=large,
)
def test_the_goal_leaves_the_target_share_of_what_is_left_of_the_pool(
    source: str, shares: tuple[int, int], covers: bool, pnl: int, pool: int, deficit: int
) -> None:
    trigger, target = max(shares), min(*shares, WAD - 1)
    realise, haircut = with_trigger(source, trigger, target, covers).call("goal", pnl, pool, deficit)
    assert haircut == covers * deficit
    if pnl > Fraction(trigger * pool, WAD):
        exact = (pnl - Fraction(target * pool, WAD)) / (1 - Fraction(target, WAD))
        assert realise == pnl or 0 <= realise - exact < 1 + Fraction(WAD, WAD - target)
        assert realise <= pnl
        if realise < pnl:
            assert Fraction(target * (pool - realise), WAD) >= pnl - realise - 1
    else:
        assert realise == 0


@pytest.mark.parametrize(("source", "proof"), [(PRO_RATA, 0), (CAPPED, 0), (QUEUE, 1), (LISTED, 2)])
def test_what_a_list_has_to_prove(source: str, proof: int) -> None:
    """Nothing where each gives a share of the whole; a place in a queue; nothing where the order was made elsewhere."""
    assert with_trigger(source, *GMX_V2).call("list_rule") == proof


@pytest.mark.parametrize("source", [NEVER, INDEX])
def test_who_has_no_list_wants_ranks_and_takes_nothing(source: str) -> None:
    policy = Policy(source)
    assert policy.call("goal", LARGEST_USD_WAD, 0, LARGEST_USD_WAD) == (0, 0)
    assert policy.call("score", WAD, WAD, 2 * WAD, WAD) == 0
    assert policy.call("allot", WAD, WAD, WAD, WAD) == 0


# ------------------------------------------------------------------ who


def index(profit_usd: int, cost_usd: int, notional_usd: int, equity_usd: int) -> int:
    return queue().call("score", profit_usd * WAD, cost_usd * WAD, notional_usd * WAD, equity_usd * WAD)


def test_a_long_is_ranked_by_mark_over_entry_times_leverage() -> None:
    assert index(500, 1_000, 1_500, 750) == 3 * WAD  # 1.5 * 2


def test_more_profit_ranks_a_short_higher_though_the_literal_index_falls() -> None:
    # Both short for 1,000 USD, at a leverage of eight.
    small = {"profit": 10, "notional": 990, "equity": Fraction(990, 8)}
    large = {"profit": 200, "notional": 800, "equity": Fraction(800, 8)}

    def ours(short: dict) -> int:
        equity_wad = int(short["equity"] * WAD)
        return queue().call("score", short["profit"] * WAD, 1_000 * WAD, short["notional"] * WAD, equity_wad)

    def literal(short: dict) -> Fraction:
        return Fraction(short["notional"], 1_000) * short["notional"] / short["equity"]

    def mirrored(short: dict) -> Fraction:
        return Fraction(1_000, short["notional"]) * short["notional"] / short["equity"]

    assert literal(large) < literal(small)
    assert mirrored(large) > mirrored(small)
    assert ours(large) > ours(small)
    assert ours(large) == Fraction(96, 10) * WAD  # 1.2 * 8


@pytest.mark.parametrize("policy", [queue(), Policy(PRO_RATA, *GMX_V2), capped()], ids=["queue", "pro rata", "capped"])
def test_only_winners_with_equity_are_candidates(policy: Policy) -> None:
    assert policy.call("score", 0, WAD, WAD, WAD) == 0
    assert policy.call("score", WAD, WAD, 2 * WAD, 0) == 0
    assert policy.call("score", WAD, WAD, 2 * WAD, -1) == 0
    assert policy.call("score", 1, 10**12 * WAD, 1, 10**12 * WAD) > 0  # however little


def test_pro_rata_calls_on_all_winners_alike() -> None:
    for policy in (Policy(PRO_RATA, *GMX_V2), capped()):
        assert policy.call("score", WAD, WAD, 2 * WAD, WAD) == policy.call("score", 9 * WAD, WAD, 10 * WAD, 1)


@EXACT
@given(profit=large, cost=large, notional=large, equity=large)
def test_the_score_is_return_times_leverage_rounded_down(profit: int, cost: int, notional: int, equity: int) -> None:
    score = queue().call("score", profit, cost, notional, equity)
    growth = min(1 + Fraction(profit, cost), Fraction(MAX_FACTOR))
    leverage = min(Fraction(notional, equity), Fraction(MAX_FACTOR))
    assert score >= 1
    assert growth * leverage * WAD - growth - leverage - 2 <= score <= max(1, growth * leverage * WAD)
    assert score < 2**120


# ------------------------------------------------------------------ how much: a queue


@EXACT
@given(needed=amounts, queued=profits, lot=st.one_of(st.just(0), usd(10**8), st.just(10**30)))
def test_a_queue_takes_whole_profits_and_overshoots_by_less_than_a_lot(
    needed: int, queued: list[int], lot: int
) -> None:
    parts = taken(queue(lot), needed, queued)
    assert all(0 <= part <= profit for part, profit in zip(parts, queued, strict=True))
    assert min(needed, sum(queued)) <= sum(parts) < needed + max(lot, 1)
    called = sum(part > 0 for part in parts)
    assert parts[: called - 1] == queued[: called - 1]
    assert parts[called:] == [0] * (len(parts) - called)


def test_a_lot_beyond_every_profit_closes_whole_winners() -> None:
    assert taken(queue(10**30), 110 * WAD, [100 * WAD, 90 * WAD, 80 * WAD]) == [100 * WAD, 90 * WAD, 0]


def test_the_last_winner_gives_whole_lots() -> None:
    assert taken(queue(4 * WAD), 109 * WAD, [100 * WAD, 90 * WAD]) == [100 * WAD, 12 * WAD]
    assert taken(queue(4 * WAD), 109 * WAD, [100 * WAD, 10 * WAD]) == [100 * WAD, 10 * WAD]  # all that it has


# ------------------------------------------------------------------ how much: pro rata


@EXACT
@given(needed=amounts, winners=profits)
def test_pro_rata_takes_the_same_share_of_every_profit(needed: int, winners: list[int]) -> None:
    total = sum(winners)
    parts = taken(Policy(PRO_RATA, *GMX_V2), needed, winners)
    assert sum(parts) == min(needed, total)
    for part, profit in zip(parts, winners, strict=True):
        assert part <= profit
        assert abs(part - min(Fraction(1), Fraction(needed, total)) * profit) <= len(winners)


@EXACT
@given(needed=amounts, winners=profits)
def test_shares_rounded_up_exceed_what_is_needed_by_at_most_a_wei_each(needed: int, winners: list[int]) -> None:
    policy = Policy(PRO_RATA, *GMX_V2)
    total = sum(winners)
    parts = [policy.call("allot", needed, needed, profit, total) for profit in winners]
    assert min(needed, total) <= sum(parts) <= min(needed, total) + len(winners)


@EXACT
@given(needed=amounts, first=usd(10**9), others=profits, at=usd(10**9))
def test_splitting_a_winner_in_two_saves_it_nothing(needed: int, first: int, others: list[int], at: int) -> None:
    policy = Policy(PRO_RATA, *GMX_V2)
    cut = at % first
    whole = taken(policy, needed, [*others, first])[-1]
    halves = sum(taken(policy, needed, [*others, cut, first - cut])[-2:])
    assert abs(whole - halves) <= len(others) + 2


@EXACT
@given(needed=amounts, winners=profits, cap=usd(1))
def test_a_cap_leaves_winners_their_part_and_the_pool_the_rest(needed: int, winners: list[int], cap: int) -> None:
    parts = taken(capped(cap), needed, winners)
    total = sum(winners)
    for part, profit in zip(parts, winners, strict=True):
        assert part <= Fraction(profit * cap, WAD)
    most = sum(min(ceil(Fraction(needed * profit, total)), profit * cap // WAD) for profit in winners)
    assert sum(parts) == min(needed, most)
    if cap == WAD or needed * WAD <= total * (cap - 1):
        assert sum(parts) >= min(needed, total) - len(winners)


def test_half_a_cap_gives_half_of_the_profits() -> None:
    assert taken(capped(WAD // 2), 100 * WAD, [60 * WAD, 20 * WAD]) == [30 * WAD, 10 * WAD]
    assert taken(capped(WAD // 2), 20 * WAD, [60 * WAD, 20 * WAD]) == [15 * WAD, 5 * WAD]


@pytest.mark.parametrize(
    "policy", [queue(WAD), Policy(PRO_RATA, *GMX_V2), capped()], ids=["queue", "pro rata", "capped"]
)
def test_nothing_needed_left_or_owned_takes_nothing(policy: Policy) -> None:
    assert policy.call("allot", 0, 10 * WAD, WAD, WAD) == 0
    assert policy.call("allot", 0, 0, WAD, WAD) == 0
    assert policy.call("allot", WAD, WAD, 0, 0) == 0
    assert policy.call("allot", WAD, WAD, 0, WAD) == 0
