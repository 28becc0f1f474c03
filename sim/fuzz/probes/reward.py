"""Second futures of somebody who liquidates accounts of his own, for what a keeper is paid."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sim.fuzz.arena import Arena
from sim.fuzz.facts import INSURANCE, WAD
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reader import signed
from sim.fuzz.trading import calmed, trade

#: Prices move by so much, so often, before anybody looks.
_TICK_WAD = WAD // 125
TICKS = (1, 2, 4, 6)
_TICK_S = 60
#: More margin than the requirement: what spread and impact of one's own trade take.
_SLACK = 1_010
_DUST_USD_WAD = WAD // 1_000


@dataclass(frozen=True, slots=True)
class Farm:
    """What became of a long and a short of the smallest size whose owner is the keeper, too. USD WAD."""

    staked: int  # margin of both, at mid at the end: what it would be worth unstaked
    gained: int  # what all three accounts hold at the end, at mid, less what was staked and funding earned
    unpaid: int  # loss that the collateral could not pay: a gap's, not the reward's


def farm(lab: Lab, m: int, direction: int, ticks: int) -> Farm | None:
    """Open both, move the price by ticks of 0.8 %, liquidate the loser for one's own keeper account, close the winner.

    None where the state does not let it happen. Leaves its traces: call it in a fork.
    """
    arena, market = lab.arena, lab.facts.markets[m]
    keeper = lab.facts.keeper_ids[0]
    k = market.assets[1]
    size = -(-market.min_position_usd_wad * WAD // lab.state.prices[market.feed].low) * 1_001 // 1_000 + 1
    before = _units(arena, keeper)
    pair, units = [], 0
    for delta in (size, -size):
        opened = _opened(lab, k, m, delta)
        if opened is None:
            return None
        pair.append(opened[0])
        units += opened[1]
    prices = list(lab.truth)
    loser = pair[0] if direction < 0 else pair[1]
    for _ in range(ticks):
        prices[market.feed] += direction * (prices[market.feed] * _TICK_WAD // WAD)
        if not lab.later(_TICK_S, tuple(prices)):
            return None
    lab = replace(lab, truth=tuple(prices))
    # The larger side pays whoever holds the smaller one, liquidation or not.
    *_, funding = arena.ask_market("health", loser)
    call = arena.call("liquidate", "keepers", loser, keeper)
    if not call.accepted:
        return None
    winner = sum(pair) - loser
    closed = trade(lab, winner, m, -size * direction)
    if closed.accepted:
        waits = arena.ask_market("funding_claims", winner, m)[0]
        funding += max(-closed.returns["funding_usd"] - waits, 0)
    ends = sum(_worth(arena, _units(arena, account)) for account in (*pair, keeper)) - _worth(arena, before)
    asset = lab.facts.assets[k]
    staked = units * asset.scale * arena.reader.prices()[asset.feed].mid // WAD
    told = call.returns
    # What the account lacked: insurance may have it with the position, and funding that it waits for may have paid it.
    unpaid = max(told["insured_usd"] + told["bad_debt_usd"], -told["equity_usd"])
    return Farm(staked, ends - staked - funding, unpaid)


def _opened(lab: Lab, k: int, m: int, size: int) -> tuple[int, int] | None:
    """A new account with a position, and as little margin as it takes: (id, that margin in token units)."""
    arena, asset = lab.arena, lab.facts.assets[k]
    if arena.send("traders", "market", "open_account"):
        return None
    account = arena.ask_market("account_count")[0]
    book = arena.chain.deployment.addresses["order_book"]
    if arena.send("traders", "market", "set_operator", account, book, True):
        return None
    price = lab.state.prices[asset.feed].low

    def units_of(usd_wad: int) -> int:
        return usd_wad * WAD // (price * asset.scale) + 1

    def deposit(usd_wad: int) -> bool:
        return arena.call("deposit_collateral", "traders", account, k, units_of(usd_wad)).accepted

    mark: Any = arena.chain.snapshot(0)
    plenty = 4 * lab.facts.markets[m].min_position_usd_wad + 100 * WAD
    if not (deposit(plenty) and trade(lab, account, m, size).accepted):
        return None
    _, free, initial, _ = _margin(arena, account)
    arena.chain.revert(0, mark)
    needed = (initial + max(plenty - free, 0)) * _SLACK // 1_000
    if not (deposit(needed) and trade(lab, account, m, size).accepted):
        return None
    return account, units_of(needed)


def _margin(arena: Arena, account: int) -> tuple[int, int, int, int]:
    """Equity, free, initial and maintenance margin, USD WAD; of any account, the reader's or not."""
    equity, free, initial, maintenance, *_ = arena.ask_market("health", account)
    return signed(equity), signed(free), initial, maintenance


def _units(arena: Arena, account: int) -> list[int]:
    """What an account holds, token units."""
    return [arena.ask_market("collateral", account, k)[0] for k in range(len(arena.facts.assets))]


def _worth(arena: Arena, units: list[int]) -> int:
    """Of tokens at mid, USD WAD."""
    prices = arena.reader.prices()
    pairs = zip(units, arena.facts.assets, strict=True)
    return sum(held * asset.scale * prices[asset.feed].mid // WAD for held, asset in pairs)


def _fill_insurance(lab: Lab, m: int) -> None:
    """As much as the smallest position, so that it can pay what is asked of it."""
    k = lab.facts.markets[m].assets[1]
    asset = lab.facts.assets[k]
    usd_wad = max(lab.facts.markets[m].min_position_usd_wad, WAD)
    units = usd_wad * WAD // (lab.state.prices[asset.feed].low * asset.scale) + 1
    lab.arena.call("deposit_collateral", "traders", INSURANCE, k, units)


@probes("LQ-16", "M", "nobody gains by liquidating an account of his own", every=11)
def _own_liquidation_pays_nobody(lab: Lab) -> bool:
    m = lab.turn % len(lab.facts.markets)
    direction = -1 if lab.turn // len(lab.facts.markets) % 2 else 1
    with lab.arena.fork():
        calm = calmed(lab)
        if calm is None:
            return False
        _fill_insurance(calm, m)
        found = farm(calm, m, direction, TICKS[lab.turn % len(TICKS)])
    if found is None:
        return False
    expect(
        found.gained <= found.unpaid + _DUST_USD_WAD, "market {}, a long and a short of the smallest size: {}", m, found
    )
    return True
