"""A fault to plant, as data: what it stands for, what texts it changes, and which property has to catch it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fuzz.patched import Patch

STRESS = str(Path(__file__).parents[1] / "stress.toml")
SIEGE = str(Path(__file__).parents[1] / "siege.toml")
SHALLOW = str(Path(__file__).parents[1] / "shallow.toml")


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault."""

    name: str
    shell: str  # the contract that it is compiled into
    patches: tuple[Patch, ...]
    caught_by: str
    design: str = STRESS


def fault(
    name: str,
    shell: str,
    old: str,
    new: str,
    caught_by: str,
    *also: tuple[str, str],
    design: str = STRESS,
) -> Fault:
    """A fault of one text, or of several (`also`: old, new) where the old rule stood in more than one place."""
    return Fault(name, f"{shell}.vy", tuple(Patch(*pair) for pair in ((old, new), *also)), caught_by, design)
