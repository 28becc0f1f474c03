"""Call data that no honest program writes: cut short, with dirty words, with lists that point elsewhere."""

from __future__ import annotations

from sim.certificate.storm.calldata import SELECTOR_BYTES, Form
from sim.certificate.storm.dice import Dice

_WORD = 32


def spoil(form: Form, data: bytes, dice: Dice) -> bytes:
    """Change call data in one way."""
    body = len(data) - SELECTOR_BYTES
    kind = dice.roll()
    if not body or kind < 0.15:
        return data + bytes(dice.below(256) for _ in range(dice.pick((1, 31, 32, 64))))
    if kind < 0.35:
        return data[: SELECTOR_BYTES + dice.below(body)]
    head = min(len(form.slots), body // _WORD)
    at = dice.below(head)
    narrow = [i for i, slot in enumerate(form.slots[:head]) if slot.kind in ("bool", "address", "list")]
    if narrow and kind < 0.7:
        at = dice.pick(narrow)
    return _with_word(data, at, _wrong(form.slots[at].kind, data, at, dice))


def _wrong(kind: str, data: bytes, at: int, dice: Dice) -> int:
    """A word that does not belong there."""
    start = SELECTOR_BYTES + _WORD * at
    word = int.from_bytes(data[start : start + _WORD], "big")
    if kind == "bool":
        return dice.pick((2, 3, 255, 256, 2**128, 2**255, 2**256 - 1))
    if kind == "address":
        return dice.pick((word | 1 << 160, word | 1 << 255, 2**160, 2**256 - 1, 0))
    if kind == "list":
        return dice.pick((0, 1, word - 32, word + 32, len(data), 2**32, 2**64, 2**64 - 32, 2**255, 2**256 - 32))
    return dice.any_word()


def _with_word(data: bytes, at: int, word: int) -> bytes:
    start = SELECTOR_BYTES + _WORD * at
    return data[:start] + (word % 2**256).to_bytes(_WORD, "big") + data[start + _WORD :]
