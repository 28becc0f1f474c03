"""Calls of a program's functions: boundary arguments, in an order in which storage matters."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

from eth_abi.abi import encode
from eth_utils.abi import collapse_if_tuple

from sim.certificate import arguments
from sim.certificate.machine import Sent
from sim.certificate.probe import ACTORS
from sim.certificate.programs.drawing import NOBODY, drawn
from sim.certificate.programs.kinds import PERSON, Kind, edge, is_static, number, scalars
from sim.certificate.programs.stand import Stand
from sim.certificate.programs.tree import Program
from sim.chain.plan import Ref, resolve, selector

#: How often a word is no value of its type, and call data ends too early.
_WILD_SHARE, _SHORT_SHARE = 0.05, 0.01
_WORD = 32


def calls(program: Program, stand: Stand, count: int, seed: str) -> list[Sent]:
    """Random calls of all functions of all contracts, by random people."""
    random = Random(seed)
    kinds = {r.name: tuple(kind for _, kind in r.arguments) for file in program.files for r in file.routines}
    people = (*(Ref(name) for name in (*ACTORS, *stand.artifacts)), NOBODY)
    offered = [
        (target, entry)
        for target, made in stand.artifacts.items()
        for entry in made.abi
        if entry["type"] == "function" and (target == "main" or random.random() < 0.7)
    ]
    # A getter is asked less often than a function.
    weights = [3 if entry["name"] in kinds else 1 for _, entry in offered]
    chosen = random.choices(offered, weights, k=count) if offered else []
    return [_sent(stand, target, entry, kinds.get(entry["name"]), random, people) for target, entry in chosen]


def _sent(
    stand: Stand,
    target: str,
    entry: Mapping[str, Any],
    kinds: tuple[Kind, ...] | None,
    random: Random,
    people: tuple[Any, ...],
) -> Sent:
    types = [collapse_if_tuple(item) for item in entry["inputs"]]
    if kinds is None:  # a getter
        given = [arguments.drawn(item, random, (*ACTORS, *stand.artifacts), _edge) for item in entry["inputs"]]
    else:
        given = [drawn(kind, random, people) for kind in kinds]
    body = encode(types, list(resolve(tuple(given), stand.addresses)))
    if kinds is not None and all(is_static(kind) for kind in kinds):
        body = _wild(body, [each for kind in kinds for each in scalars(kind)], random)
    return Sent(random.choice(ACTORS), target, selector(entry) + body)


def _edge(bits: int, is_signed: bool, random: Random) -> int:
    return edge(number(bits, is_signed), random)


def _wild(body: bytes, kinds: list[Kind], random: Random) -> bytes:
    """Call data as no encoder would write it, now and then."""
    choice = random.random()
    if choice < _SHORT_SHARE:
        return body[: random.randint(0, len(body))]
    if choice < _SHORT_SHARE + _WILD_SHARE and kinds:
        i = random.randrange(len(kinds))
        word = random.getrandbits(random.randint(1, 256))
        if kinds[i] == PERSON:  # one that both machines refuse: native knows the addresses of its world alone
            word |= 1 << random.randint(160, 255)
        return body[: i * _WORD] + word.to_bytes(_WORD, "big") + body[(i + 1) * _WORD :]
    return body
