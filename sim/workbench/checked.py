"""Load designs for a command: what only the compiler and the EVM know about policies is found out, and told, at once.

`sim.design.load_designs` compiles an own policy on the way and deploys none. Here an own policy is compiled and
compared with the interface of its slot, and every policy is put on an EVM, so that whatever its author has to mend is
named by design file and key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eth_utils.abi import collapse_if_tuple

from sim import design as designs
from sim.design.layers import Layers, read_layers
from sim.design.model import SLOTS, Design
from sim.design.overrides import FILE, apply_overrides, parse_override
from sim.design.parameters import parameters_of
from sim.inputs.compiler import CODE_LIMIT_BYTES, CONTRACTS, Artifact, artifact, shipped_policies
from sim.inputs.errors import InputError
from sim.workbench.bench import Bench, Refused

_READS_ONLY = ("view", "pure")


class SourceError(InputError):
    """A policy's source does not compile; `details` is what Vyper said, as it said it."""

    def __init__(self, *, file: str, key: str, source: Path, details: str) -> None:
        super().__init__(file=file, key=key, expected="Vyper source that compiles", got=source.name)
        self.source, self.details = source, details

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive the way back from a worker process."""
        return _source_error, (self.file, self.key, self.source, self.details)


def _source_error(file: str, key: str, source: Path, details: str) -> SourceError:
    return SourceError(file=file, key=key, source=source, details=details)


def load_designs(references: Sequence[str], overrides: Sequence[str] = ()) -> list[Design]:
    """Load designs by name or path, as `sim.design.load_designs` does, with every policy tried.

    Raises:
        SourceError: an own policy does not compile.
        InputError: as `sim.design.load_designs`; or a policy does not fit its slot, or refuses its parameters.
    """
    for own in _own_policies(references, overrides):
        _check_source(own)
    loaded = designs.load_designs(references, overrides)
    for reference, design in zip(references, loaded, strict=True):
        _check_bounds(reference, design)
    return loaded


@dataclass(frozen=True, slots=True)
class _OwnPolicy:
    """A policy that is named by path, and the file that names it."""

    slot: str
    source: Path
    file: str

    @property
    def key(self) -> str:
        return f"{self.slot}.policy"


def _own_policies(references: Sequence[str], overrides: Sequence[str]) -> Iterator[_OwnPolicy]:
    replaced = set()
    for override in (parse_override(text) for text in overrides):
        slot = override.place[0]
        if override.chooses_policy and slot in SLOTS:
            replaced.add(slot)
            if _is_path(override.value):
                yield _OwnPolicy(slot, Path(override.value), FILE)
    for reference in references:
        layers = read_layers(reference)
        table = layers.merged()
        for slot in SLOTS:
            choice = table.get(slot)
            policy = choice.get("policy") if isinstance(choice, Mapping) else None
            if slot not in replaced and _is_path(policy):
                yield _OwnPolicy(slot, Path(str(policy)), layers.blame((slot, "policy")))


def _is_path(policy: Any) -> bool:
    return isinstance(policy, str) and policy.endswith(".vy")


def _check_source(own: _OwnPolicy) -> None:
    if not own.source.is_file():
        expected = "the path of a Vyper source file"
        raise InputError(file=own.file, key=own.key, expected=expected, got=str(own.source))
    try:
        made = artifact(own.source)
    except InputError as error:
        details = str(error.got).rstrip()
        raise SourceError(file=own.file, key=own.key, source=own.source, details=details) from error
    except Exception as error:  # the compiler stumbles over bytes that are no text, and now and then over itself
        details = f"{type(error).__name__}: {error}"
        raise SourceError(file=own.file, key=own.key, source=own.source, details=details) from error
    missing = [signature for signature in interface(own.slot) if signature not in _signatures(made)]
    if missing:
        expected = f"a policy with the views of {_interface_name(own.slot)}.vyi, such as {missing[0]}"
        raise InputError(file=own.file, key=own.key, expected=expected, got=own.source.name)
    if len(made.runtime) > CODE_LIMIT_BYTES:
        expected = f"a policy of at most {CODE_LIMIT_BYTES:,} bytes"
        raise InputError(file=own.file, key=own.key, expected=expected, got=len(made.runtime))


@cache
def interface(slot: str) -> tuple[str, ...]:
    """Functions that a policy of a slot needs, as the shipped ones have them."""
    text = (CONTRACTS / "interfaces" / f"{_interface_name(slot)}.vyi").read_text()
    made = artifact(next(iter(shipped_policies(slot).values())))
    return tuple(_signature(made.function(function)) for function in re.findall(r"^def (\w+)\(", text, re.MULTILINE))


def _interface_name(slot: str) -> str:
    return "I" + "".join(part.title() for part in slot.split("_"))


def _signatures(made: Artifact) -> list[str]:
    readable = (e for e in made.abi if e["type"] == "function" and e["stateMutability"] in _READS_ONLY)
    return [_signature(entry) for entry in readable]


def _signature(entry: Mapping[str, Any]) -> str:
    given = ", ".join(collapse_if_tuple(dict(item)) for item in entry["inputs"])
    answer = ", ".join(collapse_if_tuple(dict(item)) for item in entry["outputs"])
    return f"{entry['name']}({given}) -> ({answer})"


def _check_bounds(reference: str, design: Design) -> None:
    """Let every policy's constructor look at its parameters."""
    for slot in SLOTS:
        choice = design.policies[slot]
        try:
            Bench(choice.source, *choice.arguments)
        except Refused as refused:
            layers = apply_overrides(read_layers(reference), [parse_override(text) for text in design.changes])
            named = [p.key for p in parameters_of(choice.source) if re.search(rf"\b{p.argument}\b", str(refused))]
            key = _set_last(layers, slot, named)
            raise InputError(
                file=layers.blame((slot, key) if key else (slot, "policy")),
                key=f"{slot}.{key}" if key else slot,
                expected=f"what {Path(choice.policy).name} accepts ({refused})",
                got=_shown(choice.parameters[key]) if key else None,
            ) from refused


def _set_last(layers: Layers, slot: str, keys: Sequence[str]) -> str:
    """Of the parameters that a refusal names, the one that the uppermost layer sets."""
    for _, table in layers.tables:
        for key in keys:
            if key in table.get(slot, {}):
                return key
    return ""


def _shown(value: Any) -> Any:
    return value if isinstance(value, Mapping | tuple | bool) else str(value)
