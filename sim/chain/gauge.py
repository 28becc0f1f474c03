"""One history that reaches every verb of a design: what `sim.chain.gas` measures.

Everything in it is chosen by what the design itself allows and says: sizes by what its caps let in, leverage by
withdrawing what margin does not need, how far prices move by when the next account falls below its maintenance margin,
and how fast by the oracle's limits.
"""

from __future__ import annotations

from typing import Any

from sim.chain.actions import AT_MARKET, MAX_CANDIDATES
from sim.chain.deployment import Cast, Opening
from sim.chain.meter import LIMIT, RESIDENTS, STOP, Meter
from sim.chain.prices import opening_prices_usd, opening_usd, pace_of
from sim.chain.storms import DOWN, LOSERS, UP, Storm
from sim.design import Design

DAY_S = 86_400
ACTORS = ("reporter", "traders", "keepers", "lp0")
#: What is tried until a market lets it in, and how much less is tried next; of what is to fill a market up.
TRIALS, LESS = 40, 0.75
FILLS, MUCH_LESS = 9, 0.2
#: Moves up that bring a long more than a month of fees.
GAINS = 6


def cast_of(design: Design) -> Cast:
    """Who plays the history."""
    opening = Opening(opening_prices_usd(design), opening_usd(design), ("lp0",))
    return Cast(ACTORS, trader_accounts=len(LOSERS) + MAX_CANDIDATES + RESIDENTS, opening=opening)


def play(meter: Meter) -> None:
    """Quiet days, then three storms: insurance is poor while longs lose, poor while shorts lose, and rich."""
    with meter.unnoted():
        sizes_usd = _look_around(meter)
    _quiet(meter, 0.1 * min(sizes_usd.values()))
    for direction, is_rich in ((DOWN, False), (UP, False), (DOWN, True)):
        Storm(meter, direction, sizes_usd, is_rich=is_rich).play()
    if "claim_funding" not in meter.gas:
        _claim(meter, min(sizes_usd.values()))


def _look_around(meter: Meter) -> dict[int, float]:
    """Choose a market that lets both sides in, if there is one. Returns USD that one account may open, by side."""
    for m in range(len(meter.design.markets)):
        meter.main = m
        sizes_usd = {sign: _room_usd(meter, sign) for sign in (DOWN, UP)}
        if min(sizes_usd.values()) > 0:
            return sizes_usd
    return dict.fromkeys((DOWN, UP), opening_usd(meter.design))  # which everything is going to refuse


def _room_usd(meter: Meter, sign: int) -> float:
    """What one account may open on a side of the main market, within a quarter; 0: nothing."""
    account = meter.ids[0]
    usd = opening_usd(meter.design)
    meter.begin()
    meter.fund(account, 3 * usd)
    for _ in range(TRIALS):
        meter.trade(account, meter.main, sign * usd, "open")
        if meter.accounts([account]).sizes.any():
            return usd
        usd *= LESS
    return 0.0


# ------------------------------------------------------------------ quiet days


def _quiet(meter: Meter, usd: float) -> None:
    """Collateral, trades, claims, orders and the pool, while prices stand still."""
    meter.begin_in_use(usd / 10)
    owner, other, spare = meter.ids[:3]
    for account in (owner, other, spare):
        meter.fund(account, 3 * usd)
    meter.trade(owner, meter.main, usd, "open")
    meter.trade(owner, meter.main, usd, "grow")
    meter.trade(other, meter.main, -usd, "open")
    for m in range(len(meter.design.markets)):
        if m != meter.main:
            meter.trade(owner, m, usd, "another market")
    _collateral(meter, owner, spare, usd)
    _orders(meter, owner, usd)
    meter.wait(DAY_S)  # so long the sides owe each other funding
    meter.trade(other, meter.main, usd / 2, "reduce")
    meter.trade(other, meter.main, usd, "close")
    meter.trade(owner, meter.main, -usd, "reduce")
    for account in (other, owner):
        meter.do("claim_funding", "of the other side", account=account, m=meter.main)
    _provide(meter)


def _collateral(meter: Meter, owner: int, spare: int, usd: float) -> None:
    for account, what in ((owner, "with positions"), (spare, "without")):
        moved: dict[str, Any] = {"account": account, "k": meter.cash, "amount": meter.tokens(meter.cash, usd / 100)}
        meter.do("deposit_collateral", what, **moved)
        meter.do("withdraw_collateral", what, receiver=meter.trader, **moved)
        meter.do("transfer_collateral", what, target=meter.ids[3], **moved)


def _orders(meter: Meter, owner: int, usd: float) -> None:
    """Orders with and without margin: executed, cancelled, and cancelled when there is a price for them."""
    mid = meter.market_price_usd()
    size = 0.2 * usd / mid
    for _ in range(2):
        meter.place(owner, LIMIT, size, "limit", trigger_usd=2 * mid)
        meter.execute(owner, "limit")
    meter.place(owner, LIMIT, size, "limit", trigger_usd=0.5 * mid)
    meter.do("cancel", "with margin", account=owner, slot=0)
    meter.place(owner, STOP, -size, "stop", trigger_usd=0.5 * mid, is_reduce_only=True)
    meter.do("cancel", "no margin", account=owner, slot=0)
    meter.place(owner, STOP, -size, "stop", trigger_usd=2 * mid, is_reduce_only=True)
    meter.execute(owner, "stop")
    meter.place(owner, AT_MARKET, size, "at market")
    meter.wait(DAY_S // 24)
    meter.do("cancel", "has its price", account=owner, slot=0)
    meter.execute(owner, "cancelled")


def _provide(meter: Meter) -> None:
    """Deposits, swaps and withdrawals of each asset, at once and by request."""
    usd, pool = min(1_000.0, opening_usd(meter.design) / 20), meter.design.pool
    assets = range(len(meter.design.assets))
    for k in assets:
        asked: dict[str, Any] = {"k": k, "amount": meter.tokens(k, usd), "min_shares": 0.0, "receiver": meter.provider}
        meter.do("mint", "one", "lp0", **asked)
        meter.do("request_mint", "one", "lp0", **asked)
        meter.wait(pool.entry_wait_s)
        meter.do("execute_entry", "mint", "keepers", holder=meter.provider)
    pairs = [(k, j) for k in assets for j in assets if k != j and meter.cash in (k, j)]
    for k, j in pairs or [(0, 0)]:
        asked = {"k": k, "j": j, "amount": meter.tokens(k, usd), "min_amount": 0.0, "receiver": meter.provider}
        meter.do("swap", "one", "lp0", **asked)
        meter.do("request_swap", "one", "lp0", **asked)
        meter.wait(pool.entry_wait_s)
        meter.do("execute_entry", "swap", "keepers", holder=meter.provider)
    meter.wait(pool.redeem_delay_s)
    for k in assets:
        seen = meter.views.pool()
        shares = usd * float(seen.supply[0] / seen.aum_mid[0])
        asked = {"k": k, "amount": shares, "min_amount": 0.0, "receiver": meter.provider}
        meter.do("redeem", "one", "lp0", **asked)
        meter.do("request_exit", "one", "lp0", **asked)
        meter.wait(pool.exit_wait_s)
        meter.do("execute_exit", "one", "keepers", holder=meter.provider)


def _claim(meter: Meter, usd: float) -> None:
    """Funding that the pool owes while it has no token to spare is claimed when it has.

    Shorts fill every market up; longs earn what they pay, settle, and claim it when the shorts have left. A small one
    closes next to nothing, and so frees no token; a large one closes with a profit, out of which its fees are paid.
    """
    meter.begin_in_use(0.01 * usd)
    settles, gains, *crowd = meter.ids[:4]
    with meter.unnoted():
        for account, part in ((settles, 0.005), (gains, 0.25)):
            meter.fund(account, usd)
            meter.trade(account, meter.main, part * usd, "open")
        for account in crowd:
            meter.fund(account, 10 * opening_usd(meter.design))
            for m in range(len(meter.design.markets)):
                _fill(meter, account, m)
        meter.wait(30 * DAY_S)
        meter.trade(settles, meter.main, -0.0005 * usd, "reduce")
        step_s, pace = pace_of(meter.design)
        for _ in range(GAINS):
            meter.wait(step_s)
            meter.factor *= 1 + pace
            meter.report()
        meter.trade(gains, meter.main, -0.25 * usd, "close")
        for account in crowd:
            meter.trade(account, meter.main, 10 * usd, "close")
    for account in (settles, gains):
        meter.do("claim_funding", "of the pool", account=account, m=meter.main)


def _fill(meter: Meter, account: int, m: int) -> None:
    """Open short until hardly anything more is let in."""
    usd = opening_usd(meter.design)
    for _ in range(FILLS):
        before = meter.accounts([account]).sizes
        meter.trade(account, m, -usd, "open")
        if (meter.accounts([account]).sizes == before).all():
            usd *= MUCH_LESS
