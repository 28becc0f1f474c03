"""How one deposits or swaps: at once where the pool lets it, else by a request that is executed at the next price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.chain.actions import EXECUTED
from sim.chain.failures import code_of
from sim.fuzz.arena import Call
from sim.fuzz.facts import Facts
from sim.fuzz.properties import Lab

#: What stands for the refusal of a deposit or swap whose request was returned.
RETURNED = code_of("ENTRY_BY_REQUEST")


def is_by_request(facts: Facts) -> bool:
    """One enters this pool by request."""
    return facts.pool.entry_wait_s > 0


def enter(lab: Lab, verb: str, actor: str, *values: int) -> Call:
    """A `mint` or a `swap` in a probe, as a call of it. By request: venues report once more what they show."""
    (call,) = enter_all(lab, verb, [actor], *values)
    return call


def enter_all(lab: Lab, verb: str, actors: Sequence[str], *values: int) -> list[Call]:
    """The same by several actors, at one price."""
    requested = [ask(lab, verb, actor, *values) for actor in actors]
    if is_by_request(lab.facts) and any(call.accepted for call in requested):
        lab.later(lab.facts.pool.entry_wait_s + 1)
    return [finish(lab, call) for call in requested]


def ask(lab: Lab, verb: str, actor: str, *values: int) -> Call:
    """Call it, or request it."""
    by_request = f"request_{verb}" if is_by_request(lab.facts) else verb
    return lab.arena.call(by_request, actor, *values)


def finish(lab: Lab, asked: Call) -> Call:
    """What became of it at the prices of now: as a call of `mint` or `swap`."""
    if not asked.accepted or not is_by_request(lab.facts):
        return asked
    call = lab.arena.call("execute_entry", "keepers", asked.actor)
    told = call.returns
    if not call.accepted or told["outcome"] != EXECUTED:
        return replace(asked, status=call.status or RETURNED, returns={})
    returns = {"shares": told["shares"], "tokens": told["units"], "fee_usd": told["fee_usd"]}
    return replace(asked, returns=returns)
