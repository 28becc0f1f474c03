"""Recipes of entries by request: who asks, who executes, and what the contract of entries may do in the pool."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.liquidity import deposit, exchange
from sim.certificate.storm.recipes import recipe

_IMPATIENT = 0.2  # chance of an execution of anybody's request, whether there is one or not


@recipe("entries", "request_mint", 3)
def request_mint(p: Hand) -> list[Sent]:
    """Ask for shares, for what the pool lacks, or anything."""
    sender, k, units, fewest, receiver = deposit(p)
    return [p.sent(sender, "entries", "request_mint", k, units, fewest, receiver)]


@recipe("entries", "request_swap", 3)
def request_swap(p: Hand) -> list[Sent]:
    """Ask for what the pool has too much of, mostly."""
    k, j, units, fewest, receiver = exchange(p)
    return [p.sent(p.dice.pick(("arbitrageur", "lp0")), "entries", "request_swap", k, j, units, fewest, receiver)]


@recipe("entries", "execute_entry", 5)
def execute_entry(p: Hand) -> list[Sent]:
    """A request that stands, as found by who has one."""
    standing = p.seen.entries
    if standing and not p.dice.chance(_IMPATIENT):
        return [p.sent(p.actor(), "entries", "execute_entry", p.address(p.dice.pick(standing)))]
    return [p.sent("keepers", "entries", "execute_entry", p.address(p.actor()))] if p.dice.chance(_IMPATIENT) else []


@recipe("pool", "mint_held", 0.3)
def mint_held(p: Hand) -> list[Sent]:
    """A little of what is held, once Market may take it."""
    sender, k, units, fewest, receiver = deposit(p)
    words = (k, min(units, p.seen.held_by_entries[k]), fewest, p.address(sender), receiver)
    return [_allowed(p, k), p.sent("entries", "pool", "mint_held", *words)]


@recipe("pool", "swap_held", 0.3)
def swap_held(p: Hand) -> list[Sent]:
    """The same for another token."""
    k, j, units, fewest, receiver = exchange(p)
    words = (k, j, min(units, p.seen.held_by_entries[k]), fewest, receiver)
    return [_allowed(p, k), p.sent("entries", "pool", "swap_held", *words)]


def _allowed(p: Hand, k: int) -> Sent:
    return p.sent("entries", p.token_of(k), "approve", p.address("market"), 10**30)
