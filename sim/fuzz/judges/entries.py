"""Deposits and swaps by request: LP, TA."""

from __future__ import annotations

from sim.chain.actions import EXECUTED, POSTPONED
from sim.chain.failures import name_of
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import oldest_of_a_share
from sim.fuzz.snapshot import SHARES

ENDS_AT_ITS_PRICE = "a request to enter that has its first price ends there: nothing but a price to come makes it wait"


@holds("TA-11", "I", "the contract of entries holds the tokens of open requests, to the wei")
def _entries_hold_what_was_asked_with(step: Step) -> bool:
    for k, balances in enumerate(step.after.tokens):
        asked = sum(entry.amount for entry in step.after.entries if entry.k == k)
        expect(balances[-1] == asked, "asset {}: {} of {}", k, balances[-1], asked)
    return any(entry.amount for entry in step.after.entries)


@holds(
    "LP-23",
    "P",
    "where one enters by request nobody has shares or swaps at a price that he could know, and nobody takes a request "
    "back",
)
def _entries_wait(step: Step) -> bool:
    before, after, facts = step.before, step.after, step.facts
    if facts.pool.entry_wait_s == 0:
        return False
    call = step.accepted("mint", "swap", "execute_entry")
    ended = call.arguments["holder"] if call is not None and call.verb == "execute_entry" else None
    expect(call is None or ended is not None, "entered at once: {}", call)
    for actor, (was, now) in enumerate(zip(before.entries, after.entries, strict=True)):
        expect(was.amount == 0 or was == now or actor == ended, "{} of actor {} became {}", was, actor, now)
    if call is None or call.returns["outcome"] != EXECUTED:
        return False
    asked = before.entries[call.arguments["holder"]]
    oldest = oldest_of_a_share(facts, before, *(k for k in (asked.k, asked.j) if k != SHARES))
    expect(oldest > asked.ends_s, "executed at prices of {}, due {}", oldest, asked.ends_s)
    return True


@holds("LP-24", "P", ENDS_AT_ITS_PRICE)
def _a_request_is_no_option(step: Step) -> bool:
    call = step.tried("execute_entry")
    if call is None or not step.before.entries[call.arguments["holder"]].amount:
        return False
    if not call.accepted:
        expect(name_of(call.status) == "REQUEST_TOO_SOON", "it stands: {}", call)
        return False
    stands = step.after.entries[call.arguments["holder"]].amount > 0
    expect(stands == (call.returns["outcome"] == POSTPONED), "{}, and it stands: {}", call, stands)
    return not stands
