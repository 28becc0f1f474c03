"""What a share of the opening gained, and why.

Between two instants first come the calls of a step, at its prices, then time and prices move. What a step brought is
divided by the supply at its end.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod

from recount.account import FILLS, LIQUIDATIONS, NONE, SHARE, STATE, WORDS, Account, of, usd_of
from recount.instants import Instant, Usd


def _price(now: Instant) -> Usd:
    return now.value / now.supply


@of("lp_return_pct", SHARE)
def _return(a: Account) -> Fraction:
    return 100 * (_price(a.last) / _price(a.first) - 1)


@of("lp_excess_pct", SHARE)
def _excess(a: Account) -> Fraction:
    """The basket: target weights, bought at true prices of the first step."""
    start, end = a.outside.true_usd[0], a.outside.true_usd[a.story.steps - 1]
    weights = [asset.weight for asset in a.story.assets]
    grown = [
        weight * end[asset.feed] / start[asset.feed] for weight, asset in zip(weights, a.story.assets, strict=True)
    ]
    return _return(a) - 100 * (sum(grown, NONE) / sum(weights, NONE) - 1)


@of("lp_hedged_pct", SHARE)
def _hedged(a: Account) -> Fraction:
    """Of the exact product the denominators would grow without end: doubles carry sixteen digits of each factor."""
    factors = []
    for then, now in a.pairs:
        drift = sum((d * (p - q) for d, p, q in zip(now.deltas, now.mid, then.mid, strict=True)), NONE)
        factors.append((now.value - drift) / now.supply / _price(then))
    return 100 * (Fraction(prod(float(factor) for factor in factors)) - 1)


@of("lp_drawdown_pct", SHARE)
def _drawdown(a: Account) -> Fraction:
    high, worst = NONE, NONE
    for now in a.column:
        high = max(high, _price(now))
        worst = max(worst, 1 - _price(now) / high)
    return 100 * worst


@of("lp_result_usd", STATE)
def _result(a: Account) -> Usd:
    return (_price(a.last) - _price(a.first)) * a.first.supply


@of("lp_allocation_usd", STATE)
def _allocation(a: Account) -> Usd:
    return a.per_share([a.worth(now.pool, now) - a.worth(now.pool, then) for then, now in a.pairs])


@of("lp_trade_fee_usd", WORDS)
def _trade_fee(a: Account) -> Usd:
    return a.per_share(a.words("fee_usd_wad", *FILLS))


@of("lp_borrow_fee_usd", STATE)
def _borrow_fee(a: Account) -> Usd:
    return a.per_share(_borrowed(a))


def _borrowed(a: Account) -> list[Usd]:
    """What borrowing costs while time passes, whoever pays it when: of what is open after a step's calls."""
    steps = (zip(before.sides, after.sides, strict=True) for before, after in a.pairs)
    return [sum((now.cost * (now.borrow - then.borrow) for then, now in sides), NONE) for sides in steps]


@of("lp_funding_usd", STATE)
def _funding(a: Account) -> Usd:
    return a.per_share(_funded(a))


def _funded(a: Account) -> list[Usd]:
    """What one side is charged and the other does not earn, where that is the pool's."""
    if not a.story.is_funded_per_unit:
        return [NONE] * a.story.steps
    return [
        sum(
            (now.size * (now.funding - then.funding) for then, now in zip(before.sides, after.sides, strict=True)), NONE
        )
        for before, after in a.pairs
    ]


@of("lp_liquidation_fee_usd", WORDS)
def _liquidation_fee(a: Account) -> Usd:
    return a.per_share(a.words("fee_usd_wad", *LIQUIDATIONS))


@of("lp_forfeited_usd", WORDS)
def _forfeited(a: Account) -> Usd:
    return a.per_share(_forfeits(a))


def _forfeits(a: Account) -> list[Usd]:
    """Of each step; what insurance took over with positions is none."""
    sums = [NONE] * a.story.steps
    for call in a.story.of(*LIQUIDATIONS):
        if call.row.answer["assigned_usd_wad"] == 0:
            sums[call.row.step] += usd_of(call, "forfeited_usd_wad")
    return sums


@of("lp_swap_usd", STATE)
def _swap(a: Account) -> Usd:
    return a.per_share(a.brought(by_swaps=True))


@of("lp_flow_usd", STATE)
def _flow(a: Account) -> Usd:
    """Who enters brings tokens and takes shares of everything; who leaves gives shares for tokens."""
    gained = NONE
    for (then, now), usd in zip(a.pairs, a.brought(by_swaps=False), strict=True):
        gained += (then.value + usd) / now.supply - _price(then)
    return gained * a.first.supply


@of("lp_protocol_usd", STATE)
def _protocol(a: Account) -> Usd:
    """Tokens that left for the treasury, and its share of fees that are not paid yet."""
    paid = a.per_share([a.worth(now.treasury, then) - a.worth(then.treasury, then) for then, now in a.pairs])
    return -paid - _treasury_due(a)


def _treasury_due(a: Account) -> Usd:
    return (a.story.end.treasury_due - a.story.start.treasury_due) * a.first.supply / a.last.supply


@of("lp_bad_debt_usd", STATE)
def _bad_debt(a: Account) -> Usd:
    return -a.per_share([now.lost - then.lost for then, now in a.pairs])


@of("lp_traders_usd", STATE)
def _traders(a: Account) -> Usd:
    """What came of them, less fees, and bad debt put back: it is a row of its own."""
    steps = zip(a.pairs, a.from_traders, _charged(a), strict=True)
    by_step = [came - charged + now.lost - then.lost for (then, now), came, charged in steps]
    return a.per_share(by_step) + _treasury_due(a)


def _charged(a: Account) -> list[Usd]:
    fees = a.words("fee_usd_wad", *FILLS, *LIQUIDATIONS), _borrowed(a), _funded(a), _forfeits(a)
    return [sum(each, NONE) for each in zip(*fees, strict=True)]


PARTS = (
    _allocation,
    _traders,
    _bad_debt,
    _trade_fee,
    _borrow_fee,
    _funding,
    _liquidation_fee,
    _forfeited,
    _swap,
    _flow,
    _protocol,
)
