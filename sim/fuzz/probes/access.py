"""Second futures in which somebody calls what is not theirs, or the mode is another."""

from __future__ import annotations

from functools import cache
from typing import Any

from eth_abi import encode
from eth_utils.abi import collapse_if_tuple

from sim.chain.failures import OK as ACCEPTED
from sim.chain.failures import name_of
from sim.chain.plan import selector
from sim.fuzz.entering import RETURNED, enter, is_by_request
from sim.fuzz.facts import NORMAL, OK, PAUSED, REDUCE_ONLY, WAD
from sim.fuzz.judges.gates import GATES
from sim.fuzz.privileges import functions
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import units_down
from sim.fuzz.trading import NO_LIMIT_WAD, UNFILLED, market_order, trade

_REFUSALS = ("ACCESS_NOT_", "ORACLE_NOT_", "ACCOUNT_NOT_")


@cache
def _privileged() -> tuple[tuple[str, str, bytes], ...]:
    """(contract, function, call data of zeros) of everything that only a role may call, from the ABIs."""
    found = []
    for target, entry in functions():
        types = [collapse_if_tuple(item) for item in entry["inputs"]]
        zeros = encode(types, [_zero(item) for item in entry["inputs"]])
        found.append((target, entry["name"], selector(entry) + zeros))
    return tuple(found)


def _zero(item: dict[str, Any]) -> object:
    kind = item["type"]
    if kind.endswith("]"):
        inner = {**item, "type": kind[: kind.rindex("[")]}
        length = kind[kind.rindex("[") + 1 : -1]
        return [_zero(inner)] * int(length or 0)
    if kind == "tuple":
        return tuple(_zero(part) for part in item["components"])
    return {"address": "0x" + "00" * 20, "bool": False}.get(kind, 0)


@probes(
    "AC-04", "P", "what only a role may call refuses everybody else, function by function of every contract", every=6
)
def _roles_are_guarded(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    functions = [each for each in _privileged() if each[0] in arena.chain.deployment.addresses]
    target, name, data = functions[lab.turn % len(functions)]
    before = arena.snapshot() if lab.turn % 8 == 0 else None
    for actor in facts.actors[1:]:  # the first one is the oracle's reporter
        status = arena.send_data(actor, target, data)
        guarded = name_of(status).startswith(_REFUSALS)
        expect(guarded, "{}.{} by {}: {}", target, name, actor, name_of(status))
    if before is not None:
        expect(arena.snapshot() == before, "{}.{} changed the state", target, name)
    return True


@probes("AC-05", "P", "nobody trades, withdraws or orders for an account but its owner and its operators", every=7)
def _accounts_are_guarded(lab: Lab) -> bool:
    arena, facts = lab.arena, lab.facts
    account = facts.trader_ids[lab.turn % len(facts.trader_ids)]
    thief = ("keepers", "arbitrageur", "lp0", "reporter")[lab.turn % 4]
    me, k, m = facts.actor(thief), lab.turn % len(facts.assets), lab.turn % len(facts.markets)
    price = lab.state.prices[facts.markets[m].feed].mid
    calls = [
        arena.call("withdraw_collateral", thief, account, k, 1, me),
        arena.call("transfer_collateral", thief, account, k, 1, facts.keeper_ids[0] if thief != "keepers" else account),
        arena.call("place", thief, account, m, 0, WAD, price, NO_LIMIT_WAD, 0, k, 0, 0, 0),
    ]
    if facts.is_by_order:
        calls.append(arena.call("place", thief, *market_order(arena, account, m, WAD, NO_LIMIT_WAD)))
    else:
        calls.append(arena.call("trade", thief, account, m, WAD, NO_LIMIT_WAD))
    for order in lab.orders.values():
        if order.account == account and not order.is_expired(arena.time_s):
            calls.append(arena.call("cancel", thief, account, order.slot))
    for call in calls:
        expect(name_of(call.status) == "ACCOUNT_NOT_AUTHORISED", "{}", call)
    return True


@probes("AC-08", "P", "", every=9)
def _modes_close_what_the_table_says(lab: Lab) -> bool:
    """The same calls in every mode: refused by the mode where the table says so, else as in the normal one."""
    if lab.state.aum.mode != NORMAL:
        return False
    tried = []
    for mode in (NORMAL, REDUCE_ONLY, PAUSED):
        with lab.arena.fork():
            if mode:
                lab.arena.set_mode(mode)
            tried.append(_calls(lab))
    hit = False
    for mode in (REDUCE_ONLY, PAUSED):
        for gate, normal in tried[NORMAL].items():
            if normal != ACCEPTED:
                continue
            hit = True
            status = tried[mode][gate]
            is_open = mode <= GATES[gate][1] if gate in GATES else True
            wanted = {"OK"} if is_open else {"ACCESS_CLOSED_BY_MODE"}
            if gate in ("increase", "decrease") and not is_open and lab.facts.is_by_order:
                wanted.add(name_of(UNFILLED))  # the order ends with its price
            if gate in ("mint", "swap") and not is_open and is_by_request(lab.facts):
                wanted = {name_of(RETURNED)}
            expect(name_of(status) in wanted, "{} in mode {}: {}", gate, mode, name_of(status))
    return hit


def _calls(lab: Lab) -> dict[str, int]:
    """Status of one call through each gate that the state has something for."""
    arena, facts, state = lab.arena, lab.facts, lab.state
    k = lab.turn % len(facts.assets)
    asset = facts.assets[k]
    units = units_down(asset, 100 * WAD, state.prices[asset.feed].low) + 1
    lp, me = facts.actor("lp0"), facts.actor("traders")
    shares = state.shares[lp + 1] // 1_000
    empty = [a for a in facts.trader_ids if not state.health[a].notional and state.collateral[a][k] > units]
    held = [(a, m, p.size) for a, m, p in state.held() if a in facts.trader_ids]
    status = {}
    with arena.fork():
        status["mint"] = enter(lab, "mint", "lp0", k, units, 0, lp).status
    with arena.fork():
        status["redeem"] = arena.call("redeem", "lp1", k, shares, 0, lp + 1).status
    with arena.fork():
        j = (k + 1) % len(facts.assets)
        status["swap"] = enter(lab, "swap", "arbitrageur", k, j, units, 0, me).status
    if empty:
        with arena.fork():
            status["withdraw free"] = arena.call("withdraw_collateral", "traders", empty[0], k, 1, me).status
    if held:
        account, m, size = held[lab.turn % len(held)]
        for gate, amount in (("increase", size // 10), ("decrease", -size)):
            with arena.fork():
                status[gate] = trade(lab, account, m, amount).status
        own = next((i for i, left in enumerate(state.collateral[account]) if left), None)
        if own is not None:
            with arena.fork():
                status["withdraw"] = arena.call("withdraw_collateral", "traders", account, own, 1, me).status
        with arena.fork():
            status["deposit"] = arena.call("deposit_collateral", "traders", account, k, units).status
    claims = [(a, m) for a in facts.trader_ids for m, usd in enumerate(state.claims[a]) if usd]
    if claims:
        with arena.fork():
            status["claim"] = arena.call("claim_funding", "traders", *claims[0]).status
    troubled = [a for a in facts.trader_ids if state.health[a].is_liquidatable and not state.open_orders[a]]
    if troubled and state.health[troubled[0]].status == OK:
        with arena.fork():
            status["liquidate"] = arena.call("liquidate", "keepers", troubled[0], facts.keeper_ids[0]).status
    return status
