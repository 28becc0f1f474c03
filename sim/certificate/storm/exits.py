"""Recipes of exits by request: who asks, who executes, and what the contract of exits may do in the pool."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.recipes import recipe
from sim.certificate.storm.stage import ACTORS

_IMPATIENT = 0.2  # chance of an execution of anybody's request, whether there is one or not


def _free(p: Hand) -> list[str]:
    return [a for a in ACTORS if p.seen.shares[a] and p.seen.locked_until_s[a] <= p.seen.now_s]


@recipe("exits", "request_exit", 3)
def request_exit(p: Hand) -> list[Sent]:
    """A part of somebody's shares; sometimes for more than they are worth."""
    able = _free(p)
    if not able:
        return [p.sent("lp0", "exits", "request_exit", 0, 1, 0, p.address("lp0"))] if p.dice.chance(0.1) else []
    holder = p.dice.pick(able)
    shares = p.dice.some(p.seen.shares[holder] // 20 + 1)
    k = p.asset()
    least = 0 if p.dice.chance(0.7) else p.dice.some(p.seen.units(k, shares))
    return [p.sent(holder, "exits", "request_exit", k, p.edge(shares), least, p.address(p.actor()))]


@recipe("exits", "execute_exit", 4)
def execute_exit(p: Hand) -> list[Sent]:
    """A request that stands, as found by who has one."""
    standing = p.seen.exits
    if standing and not p.dice.chance(_IMPATIENT):
        return [p.sent(p.actor(), "exits", "execute_exit", p.address(p.dice.pick(standing)))]
    return [p.sent("keepers", "exits", "execute_exit", p.address(p.actor()))] if p.dice.chance(_IMPATIENT) else []


@recipe("pool", "hold", 0.3)
def hold(p: Hand) -> list[Sent]:
    """A few shares of somebody."""
    able = _free(p)
    if not able:
        return []
    holder = p.dice.pick(able)
    return [p.sent("exits", "pool", "hold", p.address(holder), p.edge(p.dice.some(p.seen.shares[holder] // 1_000)))]


@recipe("pool", "give_back", 0.3)
def give_back(p: Hand) -> list[Sent]:
    """A few shares to anybody, as of a window that may be over."""
    shares = p.dice.some(p.seen.held_by_exits // 10)
    return [p.sent("exits", "pool", "give_back", p.address(p.actor()), p.edge(shares), p.dice.below(4))]


@recipe("pool", "redeem_held", 0.3)
def redeem_held(p: Hand) -> list[Sent]:
    """A few shares, in time or late."""
    shares = p.dice.some(p.seen.held_by_exits // 10)
    words = (p.asset(), p.edge(shares), p.dice.some(shares), 0, p.address(p.actor()), p.dice.below(2))
    return [p.sent("exits", "pool", "redeem_held", *words)]
