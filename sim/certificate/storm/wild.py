"""Settings that no controller would make, books that nobody would leave so: for a while, and undone afterwards."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.calldata import Form
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.reads import word_for

_ROLES = ("market", "desk", "rates", "pool", "oracle", "token")
_OF_THE_LIQUIDATOR = frozenset(("close_out", "assign", "restrict", "seize", "credit", "pay_from_pool"))
_OF_EXITS = frozenset(("hold", "give_back", "redeem_held"))
_OF_ENTRIES = frozenset(("mint_held", "swap_held"))
_MOST = 4


def wild(p: Hand) -> list[Sent]:
    """Some calls of verbs that change state, by whoever is entitled to them, with any arguments."""
    forms = [form for form in p.stage.forms.values() if not form.is_view and form.role in _ROLES]
    calls = []
    for _ in range(1 + p.dice.below(_MOST)):
        form = p.dice.pick(forms)
        if form.slots and form.slots[-1].kind == "list":
            continue
        words = [p.dice.any_word() if p.dice.chance(0.15) else word_for(p, form, slot) for slot in form.slots]
        calls.append(Sent(_entitled(p, form), form.target, form.data(_narrow(form, words))))
    return calls


def _narrow(form: Form, words: list[int]) -> list[int]:
    """Words that their types allow: others are refused before anything happens."""
    limits = {"bool": 2, "address": 2**160}
    return [word % limits.get(slot.kind, 2**256) for slot, word in zip(form.slots, words, strict=True)]


def _entitled(p: Hand, form: Form) -> str:
    """Who may send it."""
    if form.role == "oracle":
        return "oracle_controller"
    if form.role == "token":
        return p.dice.pick(("market", "pool", "stranger"))
    if form.function.startswith("set_") and form.function != "set_operator":
        return "controller"
    if form.function == "replace_failed":
        return "doctor"
    if form.function == "exchange":
        return "pool"
    if form.function == "settle":
        return "desk"
    if form.function == "fill":
        return "order_book"
    if form.function == "advance":
        return "market"
    if form.function in _OF_THE_LIQUIDATOR:
        return "liquidator"
    if form.function in _OF_EXITS:
        return "exits"
    if form.function in _OF_ENTRIES:
        return "entries"
    return "order_book" if form.role == "market" and p.dice.chance(0.2) else p.actor()
