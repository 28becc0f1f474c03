"""Arguments for any function of an ABI: small numbers, bounds of types, random lengths, known addresses."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from sim.certificate.probe import ACTORS, Bench
from sim.certificate.twin import Sent
from sim.chain.plan import Ref

#: How often a number is one that an index, a divisor or a code could be.
_SMALL_SHARE, _MOST_SMALL = 0.6, 4
_ARRAY = re.compile(r"^(.*)\[(\d*)\]$")
_LONGEST_LIST = 4
#: Draws an integer: bits, whether it is signed, chance.
Numbers = Callable[[int, bool, Random], int]


def calls(bench: Bench, targets: Sequence[str], count: int, seed: int, *, without: Sequence[str] = ()) -> list[Sent]:
    """Random calls of all functions of some contracts, by random actors."""
    random = Random(seed)
    entries = [(target, e) for target in targets for e in bench.functions(target) if e["name"] not in without]
    made = []
    for _ in range(count):
        target, entry = random.choice(entries)
        arguments = [drawn(item, random, (*ACTORS, *bench.parts)) for item in entry["inputs"]]
        made.append(bench.call(target, entry["name"], *arguments, sender=random.choice(ACTORS)))
    return made


def drawn(item: Mapping[str, Any], random: Random, names: Sequence[str], numbers: Numbers | None = None) -> Any:
    """A value of an ABI type.

    Args:
        numbers: draws an integer by its bits and sign; else `number`.
    """
    draw = numbers or number
    array = _ARRAY.match(item["type"])
    if array:
        inner = {**item, "type": array.group(1)}
        length = int(array.group(2)) if array.group(2) else random.randint(0, _LONGEST_LIST)
        return tuple(drawn(inner, random, names, numbers) for _ in range(length))
    if item["type"] == "tuple":
        return tuple(drawn(member, random, names, numbers) for member in item["components"])
    if item["type"] == "address":
        return Ref(random.choice(names))
    if item["type"] == "bool":
        return random.random() < 0.5
    return draw(int(re.sub(r"\D", "", item["type"])), item["type"].startswith("int"), random)


def number(bits: int, is_signed: bool, random: Random) -> int:
    """An integer of a type."""
    low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if is_signed else (0, (1 << bits) - 1)
    if random.random() < _SMALL_SHARE:
        return random.randint(-_MOST_SMALL if is_signed else 0, _MOST_SMALL)
    if random.random() < 0.3:
        return random.choice([low, low + 1, high - 1, high])
    magnitude = random.getrandbits(random.randint(1, bits))
    return max(low, min(high, -magnitude if is_signed and random.random() < 0.5 else magnitude))
