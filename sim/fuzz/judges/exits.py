"""Shares that leave by request: LP."""

from __future__ import annotations

from sim.chain.actions import POSTPONED
from sim.chain.failures import name_of
from sim.fuzz.facts import WAD
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import oldest_of_a_share

ENDS_AT_ITS_PRICE = "a request that has its first price is paid or returns: nothing that a holder can end makes it wait"
#: What brings a keeper, whatever is asked for (contracts/modules/waiting.vy).
_LEAST_USD_WAD = 5 * WAD // 100
#: What may keep a request waiting: a price that is still to come or that nobody stands behind, a mode, a breaker.
WAITS = frozenset(
    ("REQUEST_TOO_SOON", "PRICE_WIDE", "PRICE_HALTED", "ACCESS_CLOSED_BY_MODE", "ACCESS_CLOSED_BY_CIRCUIT")
)


@holds(
    "LP-20",
    "P",
    "where shares leave by request nobody is paid at a price that he could know, and nobody takes a request back",
)
def _exits_wait(step: Step) -> bool:
    before, after, facts = step.before, step.after, step.facts
    if facts.pool.exit_wait_s == 0:
        return False
    call = step.accepted("redeem", "execute_exit")
    ended = call.arguments["holder"] if call is not None and call.verb == "execute_exit" else None
    expect(call is None or call.verb != "redeem", "left at once: {}", call)
    for actor, (was, now) in enumerate(zip(before.exits, after.exits, strict=True)):
        expect(was.shares == 0 or was == now or actor == ended, "{} of actor {} became {}", was, actor, now)
    if call is None or not call.returns["units"]:
        return False
    asked = before.exits[call.arguments["holder"]]
    oldest = oldest_of_a_share(facts, before, asked.k)
    expect(oldest > asked.ends_s, "paid at prices of {}, due {}", oldest, asked.ends_s)
    return True


@holds("LP-26", "P", "a request to leave or to enter sets five cents or more aside for whoever brings it to its end")
def _is_worth_a_keepers_while(step: Step) -> bool:
    call, state = step.accepted("request_exit", "request_mint", "request_swap"), step.before
    if call is None:
        return False
    if call.verb == "request_exit":
        usd = step.after.exits[call.actor].reward * step.after.aum.low // step.after.supply
        if not step.after.aum.low:
            return False
    else:
        asked = step.after.entries[call.actor]
        asset = step.facts.assets[asked.k]
        usd = asked.reward * asset.scale * state.prices[asset.feed].low // WAD
    expect(usd >= _LEAST_USD_WAD - 2, "{} USD WAD for {}", usd, call)
    return usd < 2 * _LEAST_USD_WAD


@holds("LP-21", "P", ENDS_AT_ITS_PRICE)
def _a_request_is_no_option(step: Step) -> bool:
    call = step.tried("execute_exit")
    if call is None or not step.before.exits[call.arguments["holder"]].shares:
        return False
    if not call.accepted:
        expect(name_of(call.status) in WAITS, "it stands: {}", call)
        return False
    stands = step.after.exits[call.arguments["holder"]].shares > 0
    expect(stands == (call.returns["outcome"] == POSTPONED), "{}, and it stands: {}", call, stands)
    return not stands
