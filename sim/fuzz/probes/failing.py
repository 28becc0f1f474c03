"""Second futures in which a rule fails: it reverts, whatever it is asked, and is replaced by another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyrevm import AccountInfo

from sim.chain.failures import OK, name_of
from sim.chain.plan import Create, encode_call, initcode
from sim.design import SLOTS
from sim.fuzz.arena import Arena, Call, LabChain
from sim.fuzz.facts import WAD
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.trading import trade
from sim.inputs.compiler import artifact

#: What a rule's code becomes: a revert without data.
_REVERTS = bytes.fromhex("5f5ffd")
#: The most modest rule of each slot.
_MODEST: dict[str, tuple[str, tuple[Any, ...]]] = {
    "weight_fee": ("policies/weight_fee/FlatFee.vy", (0, 0)),
    "borrow_rate": ("policies/borrow_rate/LinearBorrow.vy", (0,)),
    "funding_rate": ("policies/funding_rate/NoFunding.vy", ()),
    "price_impact": ("policies/price_impact/NoImpact.vy", ()),
    "margin": ("policies/margin/FlatMargin.vy", ([500] * 8, [50] * 8, 0)),
    "liquidation": ("policies/liquidation/FullLiquidation.vy", (0, 0, 0, 0, False, False, False)),
    "deleverage": ("policies/deleverage/NoDeleverage.vy", ()),
    "circuit": ("policies/circuit/NoCircuit.vy", ()),
}

#: Slots whose rule health depends on.
_OF_HEALTH = ("margin", "borrow_rate", "funding_rate")


def _mend(arena: Arena, chain: LabChain, slot: int, case: tuple[int, ...]) -> int:
    """The admin has a modest rule instead, through the doctor: the status of the call."""
    source, arguments = _MODEST[SLOTS[slot]]
    instead = chain.deploy(0, initcode(Create("", artifact(source), arguments), {}))
    return arena.send_data("admin", "doctor", encode_call(artifact("Doctor.vy"), "mend", (slot, instead, case)))


@probes(
    "LV-11",
    "M",
    "a rule that fails stops nobody for longer than it takes to replace it: at once, and without asking it",
    every=4,
)
def _what_fails_is_replaced(lab: Lab) -> bool:
    arena, chain = lab.arena, lab.arena.chain
    held = [each for each in lab.state.held() if each[0] in lab.facts.trader_ids]
    if not held or not isinstance(chain, LabChain):
        return False
    slot = lab.turn % len(SLOTS)
    account, m, position = held[lab.turn // len(SLOTS) % len(held)]
    k = lab.facts.markets[m].assets[0]
    tries: tuple[Callable[[], Call], ...] = (
        lambda: trade(lab, account, m, -position.size),
        lambda: arena.call("liquidate", "keepers", account, lab.facts.keeper_ids[0]),
    )
    arena.advance(1)
    could = []
    for attempt in tries:
        with arena.fork():
            could.append(attempt().accepted)
    if not any(could):
        return False
    rule, evm = chain.deployment.addresses[f"policy:{SLOTS[slot]}"], chain.evm(0)
    whole = evm.basic(rule)
    try:
        evm.insert_account_info(rule, AccountInfo(nonce=1, code=_REVERTS))
        status = _mend(arena, chain, slot, (account, m, k, int(position.size < 0), WAD))
        for attempt, was_possible in zip(tries, could, strict=True):
            with arena.fork():
                call = attempt()
            # By another rule of margins, or of what is owed since the last block, an account may be healthy.
            is_healthy = SLOTS[slot] in _OF_HEALTH and name_of(call.status) == "LIQUIDATION_HEALTHY"
            goes_on = call.accepted or is_healthy or not was_possible
            expect(goes_on, "{} fails, mended: {}; {}", SLOTS[slot], name_of(status), call)
    finally:
        evm.insert_account_info(rule, whole)
    return status == OK


@probes("LV-12", "M", "a rule that answers is not replaced at once because the one beside it fails", every=6)
def _who_answers_stays(lab: Lab) -> bool:
    arena, chain = lab.arena, lab.arena.chain
    if not any(True for _ in lab.state.held()) or not isinstance(chain, LabChain):
        return False
    pair = [SLOTS.index(name) for name in ("borrow_rate", "funding_rate")]
    failing, whole = pair[lab.turn % 2], pair[1 - lab.turn % 2]
    rule, evm = chain.deployment.addresses[f"policy:{SLOTS[failing]}"], chain.evm(0)
    code = evm.basic(rule)
    arena.advance(1)
    try:
        evm.insert_account_info(rule, AccountInfo(nonce=1, code=_REVERTS))
        status = _mend(arena, chain, whole, (0, 0, 0, 0, 0))
        expect(status != OK, "{} fails, and {} is replaced for it", SLOTS[failing], SLOTS[whole])
    finally:
        evm.insert_account_info(rule, code)
    return name_of(status) == "POLICY_ANSWERS"
