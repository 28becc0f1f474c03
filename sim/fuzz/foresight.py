"""What the policies say about a call before it is made: properties hold the contracts to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from eth_utils import keccak

from sim.chain.plan import encode_call
from sim.fuzz.arena import Arena
from sim.fuzz.facts import LONG, WAD
from sim.fuzz.reader import signed
from sim.fuzz.reckon import priced_markets
from sim.fuzz.snapshot import Snapshot
from sim.inputs.compiler import artifact

_MARKETS = 8
#: What a list of winners has to prove (contracts/lib/constants.vy).
BY_SHARE, BY_RANK, BY_LIST = 0, 1, 2
_PLAN = keccak(text="plan(int256,uint256,uint256[8],uint256)")[:4]
_GOAL = keccak(text="goal(int256,uint256,uint256)")[:4]
_LIST_RULE = keccak(text="list_rule()")[:4]
_SCORE = keccak(text="score(uint256,uint256,uint256,int256)")[:4]
_REQUIREMENT = keccak(text="requirement(uint256[8],uint256[8])")[:4]
_FEE = keccak(text="fee(uint256,uint256,uint256,uint256,uint256,uint256,bool)")[:4]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the liquidation policy wants for an account."""

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
    target_wad: int  # equity / requirement to restore; 0: none

    @property
    def charges_wad(self) -> int:
        """All charges, per USD closed."""
        return self.fee_wad + self.penalty_wad + self.keeper_wad


@dataclass(frozen=True, slots=True)
class Goal:
    """What winners of a side have to give."""

    needed_usd: int
    is_haircut: bool
    list_rule: int  # what a list has to prove: BY_SHARE, BY_RANK or BY_LIST


@dataclass(frozen=True, slots=True)
class Rank:
    """How the deleveraging policy sees a winner."""

    profit_usd: int
    score: int  # 0: no candidate


@dataclass(frozen=True, slots=True)
class Foresight:
    """What was known before a call."""

    plan: Plan | None = None  # of `liquidate`
    smallest_needs_usd: tuple[int, ...] = ()  # of `liquidate`: what the smallest rest of each position would require
    goal: Goal | None = None  # of `deleverage`
    ranks: dict[int, Rank] = field(default_factory=dict)  # of `deleverage`, by account


NOTHING = Foresight()


def foresee(arena: Arena, state: Snapshot, verb: str, values: Sequence[int]) -> Foresight:
    """Ask the policies that a call will ask."""
    facts = arena.facts
    if verb == "liquidate" and values[0] in facts.trader_ids:
        return Foresight(plan_of(arena, state, values[0]), _smallest_needs(arena, state, values[0]))
    if verb == "deleverage" and values[0] < len(facts.markets) and values[1] in (0, 1):
        m, side = values[0], values[1]
        ranks = {account: rank_of(arena, state, account, m, side) for account in facts.bearer_ids}
        return Foresight(goal=goal_of(arena, m, side), ranks=ranks)
    return NOTHING


def plan_of(arena: Arena, state: Snapshot, account: int) -> Plan:
    """The liquidation policy's plan for an account: it sees the positions that have a price."""
    health, priced = state.health[account], priced_markets(state, arena.facts, account)
    notionals = [usd if m in priced else 0 for m, usd in enumerate(health.notionals)]
    memo = _liquidator(arena, "memo_of", account)
    row = arena.view("policy:liquidation", _PLAN + _words(health.equity, health.maintenance, *notionals, memo))
    flags = [bool(word) for word in row]
    return Plan(row[0], row[1], flags[2], row[3], row[4], row[5], row[6], flags[7], flags[8], flags[9], row[11])


def _smallest_needs(arena: Arena, state: Snapshot, account: int) -> tuple[int, ...]:
    """Maintenance margin of each position alone, were it as small as one may be left."""
    notionals = state.health[account].notionals
    found = []
    for m, (position, market) in enumerate(zip(state.positions[account], arena.facts.markets, strict=True)):
        rest = market.min_position_usd_wad * notionals[m] // position.booked + 1 if position.booked else 0
        row = [rest if n == m else 0 for n in range(len(notionals))]
        found.append(requirement_of(arena, row, ())[1] if rest else 0)
    return tuple(found)


def goal_of(arena: Arena, m: int, side: int) -> Goal:
    """What the deleveraging policy wants of a side's winners now."""
    exposure = _market(arena, "exposure", m)
    deficit, at_s = (_liquidator(arena, name, m, side) for name in ("deficits", "deficit_at_s"))
    if at_s != arena.time_s:
        deficit = 0  # whoever comes later had no part in it
    realise, haircut = arena.view(
        "policy:deleverage", _GOAL + _words(signed(exposure[side]), exposure[2 + side], deficit)
    )
    (list_rule,) = arena.view("policy:deleverage", _LIST_RULE)
    if deficit > 0 and haircut > 0:
        return Goal(min(haircut, deficit), True, list_rule)
    return Goal(realise, False, list_rule)


def rank_of(arena: Arena, state: Snapshot, account: int, m: int, side: int) -> Rank:
    """Profit and score of an account at the price at which it would close."""
    position = state.positions[account][m]
    size = abs(position.size)
    if size == 0 or (position.size > 0) != (side == LONG):
        return Rank(0, 0)
    price = state.prices[arena.facts.markets[m].feed]
    profit = (
        size * price.low // WAD - position.booked if side == LONG else position.booked - -(-size * price.high // WAD)
    )
    if profit <= 0:
        return Rank(0, 0)
    notional = size * (price.low if side == LONG else price.high) // WAD
    data = _words(profit, position.booked, notional, state.health[account].equity)
    return Rank(profit, arena.view("policy:deleverage", _SCORE + data)[0])


def requirement_of(arena: Arena, notionals: Sequence[int], open_interest: Sequence[int]) -> tuple[int, int]:
    """(initial, maintenance) margin that the policy asks for."""
    rows = [(*row, *[0] * (_MARKETS - len(row))) for row in (notionals, open_interest)]
    initial, maintenance = arena.view("policy:margin", _REQUIREMENT + _words(*rows[0], *rows[1]))
    return initial, maintenance


def weight_fee_of(
    arena: Arena, kind: int, k: int, other: int, current: int, target: int, delta: int, increases: bool
) -> int:
    """The weight-fee policy's share, WAD; the largest number where it refuses."""
    data = _words(kind, k, other, current, target, delta, int(increases))
    return signed(arena.view("policy:weight_fee", _FEE + data)[0])


def _market(arena: Arena, function: str, *arguments: int) -> list[int]:
    return arena.view("market", encode_call(artifact("Market.vy"), function, arguments))


def _liquidator(arena: Arena, function: str, *arguments: int) -> int:
    return arena.view("liquidator", encode_call(artifact("Liquidator.vy"), function, arguments))[0]


def _words(*values: int) -> bytes:
    return b"".join((value % 2**256).to_bytes(32, "big") for value in values)
