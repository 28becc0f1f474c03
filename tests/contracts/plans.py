"""What the tests of liquidation policies share: accounts below maintenance, and plans with names."""

from __future__ import annotations

from typing import NamedTuple

from contracts.amounts import usd
from contracts.bare import WAD, Policy
from hypothesis import strategies as st

FULL = "policies/liquidation/FullLiquidation.vy"
RESTORE = "policies/liquidation/RestoreMargin.vy"
FRACTION = "policies/liquidation/FixedFraction.vy"
LADDER = "policies/liquidation/TierLadder.vy"
FACTOR = "policies/liquidation/CloseFactor.vy"

BPS_WAD = WAD // 10_000
#: fee, penalty and keeper's share in bps, flat reward, pool pays it
FREE = (0, 0, 0, 0, False)


class Plan(NamedTuple):
    """The struct that a liquidation policy answers."""

    market: int
    close_wad: int
    is_full: bool
    fee_wad: int
    penalty_wad: int
    keeper_wad: int
    keeper_usd_wad: int
    forfeits: bool
    takes_over: bool
    pool_pays_keeper: bool
    memo: int
    target_wad: int

    @property
    def charges(self) -> tuple[int, int, int, int, bool]:
        """As the constructors take them."""
        bps = (self.fee_wad // BPS_WAD, self.penalty_wad // BPS_WAD, self.keeper_wad // BPS_WAD)
        return *bps, self.keeper_usd_wad, self.pool_pays_keeper


def planned(policy: Policy, equity: int, maintenance: int, notionals: list[int], memo: int = 0) -> Plan:
    """Plan for an account in USD WAD."""
    return Plan(*policy.call("plan", equity, maintenance, notionals, memo))


def plan(policy: Policy, equity_usd: int, maintenance_usd: int, *notionals_usd: int, memo: int = 0) -> Plan:
    """Plan for an account in whole USD."""
    padded = [*(usd * WAD for usd in notionals_usd), *[0] * (8 - len(notionals_usd))]
    return planned(policy, equity_usd * WAD, maintenance_usd * WAD, padded, memo)


def limits(*lower_usd: int) -> list[list[int]]:
    """Write the same tiers for every market."""
    return [[usd * WAD for usd in (*lower_usd, *[0] * (3 - len(lower_usd)))]] * 8


charges = st.tuples(
    st.integers(0, 400), st.integers(0, 300), st.integers(0, 300), st.integers(0, 100 * WAD), st.booleans()
)
words = st.one_of(st.just(0), st.integers(0, 2**256 - 1))


@st.composite
def shortfalls(draw: st.DrawFn) -> tuple[int, int, list[int]]:
    """An account below maintenance: notionals first, requirement and equity from them."""
    notionals = draw(st.lists(st.one_of(st.just(0), usd(10**9)), min_size=8, max_size=8))
    notionals[draw(st.integers(0, 7))] = draw(usd(10**9, least_wei=WAD))
    maintenance = sum(notionals) * draw(st.integers(1, 5_000)) // 10_000
    equity = draw(st.one_of(usd(10**9), st.integers(0, 100).map(lambda share: maintenance * share // 100)))
    return draw(st.sampled_from([1, 1, 1, -1])) * min(equity, maintenance), maintenance, notionals


@st.composite
def ladders(draw: st.DrawFn) -> list[list[int]]:
    """Up to three tiers per market."""
    rows = []
    for _ in range(8):
        upper = draw(st.lists(usd(10**9), max_size=2, unique=True))
        rows.append([0, *sorted(upper), *[0] * (2 - len(upper))])
    return rows
