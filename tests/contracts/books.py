"""The books of a Market, kept a second time: sums over accounts and positions, exact."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace

from contracts.stage import KEEPER, LONG, SCALES, SHORT, WAD, Event, Stage

ACCOUNTS = range(1, KEEPER + 1)
ASSETS, MARKETS = range(4), range(3)
LONG_ASSET, SHORT_ASSET = (0, 1, 2), (3, 3, 3)

#: Roundings between Market's value and the exact one, a wei each: four assets, six sides' profit,
#: six sides' pending fees, three markets' split of them.
AUM_ROUNDING_WEI = 4 + 6 + 6 + 3


@dataclass(slots=True)
class Funding:
    """What events say about funding."""

    paid_usd_wad: int = 0
    claimed_usd_wad: int = 0

    def note(self, events: Iterable[Event]) -> None:
        """Add what a call logged."""
        for event in events:
            if event.name == "Traded":
                self.paid_usd_wad += max(0, event.fields["fill"][5])
            if event.name == "FundingClaimed":
                self.claimed_usd_wad += event.fields["usd_wad"]


def positions(stage: Stage, m: int, side: int) -> list[SimpleNamespace]:
    """All positions on a side."""
    held = [stage.market.read("positions", account, m) for account in ACCOUNTS]
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


def check_sides(stage: Stage) -> None:
    """RO-02, RO-07, PO-05: the sums over positions are exact."""
    reserved = [0] * len(ASSETS)
    for m in MARKETS:
        for side in (LONG, SHORT):
            held = positions(stage, m, side)
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


def check_funding(stage: Stage, funding: Funding) -> None:
    """FF-03: what was claimed and what lies in the pots was paid before."""
    pots = sum(stage.market.read("clocks", m).funding_pot_usd_wad for m in MARKETS)
    assert funding.claimed_usd_wad + pots <= funding.paid_usd_wad


def check_aum(stage: Stage) -> None:
    """LP-02, LP-03: the pool's value is its tokens less what each position is owed."""
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
            value -= stage.market.read("clocks", m).funding_pot_usd_wad
            for side, at in ((LONG, theirs), (SHORT, ours)):
                price = getattr(quoted[m], at)
                index = stage.market.read("sides", m, side).borrow_index_wad
                for p in positions(stage, m, side):
                    worth = Fraction(abs(p.size_wad) * price, WAD)
                    profit = worth - p.cost_usd_wad
                    value -= profit if side == LONG else -profit
                    value += kept * (Fraction(p.cost_usd_wad * index, WAD) - p.borrow_debt_usd_wad)
        assert abs(getattr(aum, name) - max(value, 0)) <= AUM_ROUNDING_WEI
    assert aum.low <= aum.mid <= aum.high


def check(stage: Stage, funding: Funding) -> None:
    """Everything."""
    check_tokens(stage)
    check_sides(stage)
    check_accounts(stage)
    check_funding(stage, funding)
    check_aum(stage)
