"""A tape played again on bytecode, with what measures need noted at the call itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from recount.decoder import Row
from recount.instants import (
    INSURANCE,
    ORDER_BOOK,
    TREASURY,
    WAD,
    Asset,
    Instant,
    Usd,
    assets_of,
    look,
    tokens_of,
)
from recount.machine import Machine
from recount.outside import Outside
from recount.worth import Worth, worths

#: Calls that move tokens into the pool or out of it and are no trader's.
AT_THE_POOL = ("mint", "redeem", "swap", "execute_entry", "execute_exit")
#: Where the Lens wants a price of each feed.
MAX_FEEDS = 8


@dataclass(frozen=True, slots=True)
class Noted:
    """An accepted call of a step, and what became of its account or of the pool."""

    row: Row
    who: str  # sends
    #: Tokens of each asset that the pool and the treasury have more than before: of calls `AT_THE_POOL`.
    moved: list[Fraction]
    #: Of liquidations.
    worth_after: Usd = Fraction(0)
    would_stand: bool = False  # before it, at prices of honest venues
    #: Of what an actor asked to enter and has now been executed or returned; before the call.
    request: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Ends:
    """What is asked once at the start and once at the end."""

    worths: dict[int, Worth]  # of insurance, the order book, each trader and each keeper
    treasury_due: Usd  # the treasury's part of borrow fees that are not paid
    set_aside: Usd  # by the pool, for rebates and for prices better than the oracle's
    funding: Usd  # collected and not paid out
    withheld: Usd  # of the profits of sides, by their caps
    given: Usd  # by winners through an index, ever


@dataclass(frozen=True, slots=True)
class Story:
    """`instants[t]` is as step t begins, one more is after the last call."""

    assets: list[Asset]
    names: tuple[str, ...]  # of actors
    traders: frozenset[int]  # accounts
    keepers: frozenset[int]
    is_funded_per_unit: bool  # the pool stands between the sides of funding
    instants: list[Instant]
    calls: list[Noted]
    refused: list[Row]  # before the start and after, quotes left out
    start: Ends
    end: Ends
    standing: dict[str, Any]  # request of the arbitrageur that waits at the end

    @property
    def steps(self) -> int:
        """How many were played."""
        return len(self.instants) - 1

    def of(self, *functions: str) -> Iterator[Noted]:
        """Accepted calls of some functions, in order."""
        return (call for call in self.calls if call.row.function in functions)


def play(machine: Machine, rows: list[Row], outside: Outside) -> Story:
    """Play all of a tape: rounds before the start have negative steps."""
    assets = assets_of(machine)
    instants: list[Instant] = []
    calls: list[Noted] = []
    start: Ends | None = None
    for step, of_step in groupby(rows, key=lambda row: row.step):
        for row in of_step:
            machine.advance(row.time_s)
            if step < 0 or row.function != "report":
                call = _play(machine, row, assets, outside) if step >= 0 else machine.play(row)
                if call is not None and row.status == 0:
                    calls.append(call)
                continue
            machine.play(row)
            assert row.status == 0 and len(instants) == step  # one report, before anything else
            if machine.design.execution == "after_request" and outside.step_s(step) > 1:
                machine.advance(row.time_s + 1)  # nobody acts in the block of a price that may be executed at
            instants.append(look(machine, assets))
            start = start or _ends(machine)
    instants.append(look(machine, assets))
    assert start is not None
    return Story(
        assets=assets,
        names=machine.cast.actors,
        traders=frozenset(machine.cast.trader_ids),
        keepers=frozenset(machine.cast.keeper_ids),
        is_funded_per_unit=machine.ask("market", "FUNDING_PER_UNIT"),
        instants=instants,
        calls=calls,
        refused=[row for row in rows if row.status != 0 and row.function != "report"],
        start=start,
        end=_ends(machine),
        standing=_request(machine, "arbitrageur"),
    )


def _play(machine: Machine, row: Row, assets: list[Asset], outside: Outside) -> Noted:
    """Play a row, and look at what it touches before and after."""
    who = machine.cast.actors[row.actor]
    if row.function in AT_THE_POOL:
        holder = _name(machine, row.arguments["holder"]) if row.function == "execute_entry" else who
        request = _request(machine, holder)
        before = _held(machine, assets)
        machine.play(row)
        moved = [after - earlier for after, earlier in zip(_held(machine, assets), before, strict=True)]
        return Noted(row, holder, moved, request=request)
    if row.target == "liquidator" and "account" in row.arguments:
        account = row.arguments["account"]
        would_stand = _would_stand(machine, account, row.step, outside)
        machine.play(row)
        after = worths(machine, [account])[account].usd if row.status == 0 else Fraction(0)
        return Noted(row, who, [], after, would_stand)
    machine.play(row)
    return Noted(row, who, [])


def _held(machine: Machine, assets: list[Asset]) -> list[Fraction]:
    """Tokens of the pool and of the treasury, together."""
    treasury = tokens_of(machine, assets, TREASURY)
    pool = [Fraction(machine.ask("market", "buckets", k)["pool"], asset.unit) for k, asset in enumerate(assets)]
    return [mine + theirs for mine, theirs in zip(pool, treasury, strict=True)]


def _would_stand(machine: Machine, account: int, step: int, outside: Outside) -> bool:
    """Whether an account has its maintenance at the worst prices of honest venues, worsened by the least half width."""
    floor = Fraction(str(machine.design.oracle.floor_spread_bps)) / 10_000
    worst = [outside.honest_usd(step, f) for f in range(len(machine.feeds))]
    lows, highs = ([0] * MAX_FEEDS for _ in range(2))
    for f, (low, high) in enumerate(worst):
        lows[f], highs[f] = int(low * (1 - floor) * WAD), int(high * (1 + floor) * WAD)
    (margin,) = machine.ask("lens", "margins_at", machine.addresses["market"], [account], lows, highs)
    return bool(margin["equity"] >= margin["maintenance"])


def _ends(machine: Machine) -> Ends:
    books = machine.ask("lens", "books", machine.addresses["market"])
    given = 0
    if "cohorts" in machine.addresses:
        given = sum(machine.ask("cohorts", "given_usd_wad", side) for side in range(2 * len(machine.design.markets)))
    return Ends(
        worths=worths(machine, [INSURANCE, ORDER_BOOK, *machine.cast.trader_ids, *machine.cast.keeper_ids]),
        treasury_due=Fraction(books["treasury_usd_wad"], WAD),
        set_aside=Fraction(machine.ask("pool", "rebate_budget_usd_wad") + books["impact_usd_wad"], WAD),
        funding=Fraction(books["funding_usd_wad"], WAD),
        withheld=Fraction(books["withheld_usd_wad"], WAD),
        given=Fraction(given, WAD),
    )


def _request(machine: Machine, actor: str) -> dict[str, Any]:
    """What an actor has asked to give and has not had an answer to; its amount is zero where there is nothing."""
    found = machine.ask("entries", "requests", machine.addresses[actor])
    assert isinstance(found, dict)
    return found


def _name(machine: Machine, address: str) -> str:
    (found,) = (name for name in machine.cast.actors if machine.addresses[name].lower() == address.lower())
    return found
