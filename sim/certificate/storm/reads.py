"""Views of every contract, policies included, with arguments that fit their names, or of any magnitude."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.calldata import Form, Slot
from sim.certificate.storm.hand import Hand
from sim.native.extents import EXTENTS

_ACCOUNTS = frozenset(("account", "source", "target", "keeper"))
_IDS = {"m": 9, "k": 9, "j": 9, "market": 9, "side": 3, "slot": 9, "kind": 4, "other": 9}
_LIST_OFFSET, _MOST_LISTED, _INDICES = 64, 3, 3


def read(p: Hand) -> list[Sent]:
    """A view, asked by anybody."""
    form = p.dice.pick(p.reads)
    words = [word_for(p, form, slot) for slot in form.slots]
    if form.slots and form.slots[-1].kind == "list":
        ids = [p.account() for _ in range(p.dice.below(_MOST_LISTED + 1))]
        words = [*words[:-1], _LIST_OFFSET, len(ids), *ids]
    return [Sent(p.actor(), form.target, form.data(words))]


def word_for(p: Hand, form: Form, slot: Slot) -> int:
    """A word for an argument."""
    if slot.kind == "address":
        return p.address("market" if form.role == "lens" and p.dice.chance(0.95) else p.anybody())
    if slot.kind == "bool":
        return p.dice.below(2)
    if slot.name in _ACCOUNTS:
        return p.account()
    if form.function in EXTENTS and form.role != "policy":
        extents, at = EXTENTS[form.function], int(slot.name.removeprefix("arg"))
        extent = extents[at] if at < len(extents) else _INDICES
        return p.account() if isinstance(extent, str) else p.dice.below(extent)
    if slot.name in _IDS or slot.name.startswith("arg"):
        return p.dice.below(_IDS.get(slot.name, 9))
    if p.dice.chance(0.04):
        return p.dice.any_word()
    value = p.dice.amount(10**26)
    return -value if slot.kind == "int256" and p.dice.chance(0.5) else value
