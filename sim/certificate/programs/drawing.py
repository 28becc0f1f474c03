"""Values of a program's types, as the ABI library takes them."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from sim.certificate.programs.kinds import PERSON, Fixed, Flag, Kind, Listing, Number, Record, edge

NOBODY = "0x" + "00" * 20
#: How often a list is longer than its type allows.
_TOO_LONG_SHARE = 0.04


def drawn(kind: Kind, random: Random, people: Sequence[Any]) -> Any:
    """A value as the ABI library takes it."""
    if isinstance(kind, Number):
        return edge(kind, random)
    if isinstance(kind, Flag):
        return random.randrange(1 << len(kind.members))
    if isinstance(kind, Record):
        return tuple(drawn(member, random, people) for _, member in kind.members)
    if isinstance(kind, Fixed):
        return tuple(drawn(kind.item, random, people) for _ in range(kind.length))
    if isinstance(kind, Listing):
        is_long = random.random() < _TOO_LONG_SHARE
        count = kind.capacity + 1 if is_long else random.randint(0, kind.capacity)
        return tuple(drawn(kind.item, random, people) for _ in range(count))
    return random.choice(people) if kind == PERSON else random.random() < 0.5
