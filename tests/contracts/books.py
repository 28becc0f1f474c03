"""The books of a Market, kept a second time: sums over accounts and positions, exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace

from contracts.stage import KEEPER, LONG, ORDER_BOOK, POOL, SCALES, SHORT, WAD, Event, Stage

from sim.inputs.compiler import artifact

ACCOUNTS = range(1, KEEPER + 1)
ASSETS, MARKETS = range(4), range(3)
LONG_ASSET, SHORT_ASSET = (0, 1, 2), (3, 3, 3)

FILL = [part["name"] for part in artifact("Desk.vy").function("trade")["outputs"][0]["components"]]

#: Roundings between Market's value and the exact one, a wei each: four assets, six sides' profit,
#: six sides' pending fees and as many of funding, three markets' split of fees.
AUM_ROUNDING_WEI = 4 + 6 + 6 + 6 + 3


@dataclass(slots=True)
class Pots:
    """What events say about money that is held for others: funding, price impact, rebates."""

    funding_paid: int = 0
    funding_earned: int = 0
    funding_claimed: int = 0
    impact: int = 0  # against traders, less what they were given
    fees: int = 0  # weight fees, less rebates
    budget: int = 0

    def note(self, events: Iterable[Event]) -> None:
        """Add what a call logged."""
        for event in events:
            fields = event.fields
            if event.name == "Traded":
                fill = dict(zip(FILL, fields["fill"], strict=True))
                self.funding_paid += max(0, fill["funding_usd_wad"])
                self.funding_earned += max(0, -fill["funding_usd_wad"])
                self.impact += fill["impact_usd_wad"]
            elif event.name == "FundingClaimed":
                self.funding_claimed += fields["usd_wad"]
            elif event.name in ("Minted", "Redeemed", "Swapped"):
                self.fees += fields["fee_usd_wad"]
            elif event.name == "RebateBudgetMoved":
                self.budget += fields["delta"]


def positions(stage: Stage, m: int, side: int, accounts: Iterable[int] = ACCOUNTS) -> list[SimpleNamespace]:
    """All positions on a side."""
    held = [stage.market.read("positions", account, m) for account in accounts]
    sign = 1 if side == LONG else -1
    return [position for position in held if position.size_wad * sign > 0]


def check_tokens(stage: Stage) -> None:
    """TA-01, TA-04: every token is in the pool or in an account, to the unit."""
    for k in ASSETS:
        bucket = stage.market.read("buckets", k)
        held = sum(stage.collateral(account, k) for account in ACCOUNTS)
        balance = stage.tokens[k].read("balanceOf", stage.market.address)
        assert bucket.collateral == held
        assert balance == bucket.pool + bucket.collateral
        assert bucket.reserved <= bucket.pool  # RO-01


def check_sides(stage: Stage, accounts: Iterable[int] = ACCOUNTS) -> None:
    """RO-02, RO-07, PO-05: the sums over positions are exact."""
    reserved = [0] * len(ASSETS)
    for m in MARKETS:
        for side in (LONG, SHORT):
            held = positions(stage, m, side, accounts)
            total = stage.market.read("sides", m, side)
            assert total.size_wad == sum(abs(p.size_wad) for p in held)
            assert total.cost_usd_wad == sum(p.cost_usd_wad for p in held)
            assert total.borrow_debt_usd_wad == sum(p.borrow_debt_usd_wad for p in held)
            assert total.funding_debt_usd_wad == sum(p.funding_debt_usd_wad for p in held)
            asset = (LONG_ASSET, SHORT_ASSET)[side][m]
            reserved[asset] += sum(p.reserve for p in held)
    for k in ASSETS:
        assert stage.market.read("buckets", k).reserved == reserved[k]


def check_accounts(stage: Stage) -> None:
    """An account's bitmap names the markets in which it has a position."""
    for account in ACCOUNTS:
        held = [stage.market.read("positions", account, m).size_wad != 0 for m in MARKETS]
        bitmap = sum(1 << m for m in MARKETS if held[m])
        assert stage.market.read("markets_of", account) == bitmap


def check_orders(stage: Stage) -> None:
    """Margin that is set aside lies in the order book's account, to the unit."""
    held = dict.fromkeys(ASSETS, 0)
    for account in ACCOUNTS:
        orders = [stage.order_book.read("orders", account, slot) for slot in range(8)]
        live = [order.terms for order in orders if order.placed_at_s > 0]
        assert len(live) == stage.order_book.read("open_orders", account)
        for terms in live:
            held[terms.asset] += terms.margin
    for k in ASSETS:
        assert stage.collateral(ORDER_BOOK, k) == held[k]


def check_pots(stage: Stage, pots: Pots) -> None:
    """FF-03: what was paid out and what still lies there was paid in before; per unit it is what was earned."""
    clocks = [stage.market.read("clocks", m) for m in MARKETS]
    held = pots.funding_claimed + sum(clock.funding_pot_usd_wad for clock in clocks)
    if stage.design.is_funding_per_unit:
        assert held == pots.funding_earned
    else:
        assert held <= pots.funding_paid
    assert sum(clock.impact_pool_usd_wad for clock in clocks) <= pots.impact
    assert stage.pool.read("rebate_budget_usd_wad") == pots.budget <= pots.fees


def check_aum(stage: Stage) -> None:
    """LP-02, LP-03: the pool's value is its tokens less what each position is owed, where no cap on profit binds."""
    for account in ACCOUNTS:
        stage.market.send("assess", account, by="stranger")  # indices as of now
    quoted = stage.oracle.read("prices")
    kept = 1 - Fraction(stage.market.read("protocol_fee_wad"), WAD)
    aum = stage.market.read("aum")
    edges = (("low", "low", "high"), ("mid", "mid", "mid"), ("high", "high", "low"))
    for name, ours, theirs in edges:
        # At the pool's low value longs are marked high and shorts low, and the other way round.
        value = Fraction(0)
        for k in ASSETS:
            pool = stage.market.read("buckets", k).pool
            value += Fraction(pool * SCALES[k] * getattr(quoted[k], ours), WAD)
        for m in MARKETS:
            clock = stage.market.read("clocks", m)
            value -= clock.funding_pot_usd_wad + clock.impact_pool_usd_wad
            funding = Fraction(0)
            for side, at in ((LONG, theirs), (SHORT, ours)):
                price = getattr(quoted[m], at)
                sums = stage.market.read("sides", m, side)
                index = sums.borrow_index_wad
                for p in positions(stage, m, side):
                    worth = Fraction(abs(p.size_wad) * price, WAD)
                    profit = worth - p.cost_usd_wad
                    value -= profit if side == LONG else -profit
                    value += kept * (Fraction(p.cost_usd_wad * index, WAD) - p.borrow_debt_usd_wad)
                    funding += Fraction(abs(p.size_wad) * sums.funding_index_wad, WAD) - p.funding_debt_usd_wad
            if stage.design.is_funding_per_unit:
                value += funding
            else:  # what the pool has of the pot, as far as it is there or still owed to it
                mine = stage.market.read("funding_claims", POOL, m)
                value += min(Fraction(mine), max(clock.funding_pot_usd_wad + funding, Fraction(0)))
        assert abs(getattr(aum, name) - max(value, 0)) <= AUM_ROUNDING_WEI
        budget = stage.pool.read("rebate_budget_usd_wad")  # the rest is the shareholders'
        assert getattr(stage.pool.read("aum"), name) == max(getattr(aum, name) - budget, 0)
    assert aum.low <= aum.mid <= aum.high


def check(stage: Stage, pots: Pots) -> None:
    """Everything."""
    check_tokens(stage)
    check_sides(stage)
    check_accounts(stage)
    check_orders(stage)
    check_pots(stage, pots)
    check_aum(stage)
