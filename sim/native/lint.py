"""Which contracts native code can run: `python -m sim.native.lint` translates all of them and prints every refusal.

Exceptions stand in `BYTECODE_ONLY`, each with its reason; one that is needed no more is an error, too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from sim.inputs.compiler import CONTRACTS
from sim.inputs.errors import InputError
from sim.native.refusal import Refusal
from sim.native.translator.adapter import Contract
from sim.native.translator.emitter import translate

#: Contracts that only ever run as bytecode, and why.
BYTECODE_ONLY = {
    "Driver.vy": "forwards raw call data for an actor on a devnet, where there is no native code",
    "Doctor.vy": "catches the failure of a rule in a raw call",
    "mocks/CallbackToken.vy": "calls whoever a test names with whatever bytes the test gave it",
}


def sources() -> list[Path]:
    """Every contract that can be deployed. Modules and libraries are translated with those that use them."""
    found = [*CONTRACTS.glob("*.vy"), *CONTRACTS.glob("policies/*/*.vy"), *CONTRACTS.glob("mocks/*.vy")]
    return sorted(found)


def refusals() -> Iterator[str]:
    """One line for each contract that is refused without being excepted, and for each exception that is none."""
    for path in sources():
        name = str(path.relative_to(CONTRACTS))
        complaint = refusal_of(path)
        if complaint is not None and name not in BYTECODE_ONLY:
            yield complaint
        if complaint is None and name in BYTECODE_ONLY:
            yield f"contracts/{name}:1: compiles, so it must not be among the exceptions"


def refusal_of(path: Path) -> str | None:
    """`file:line: rule` for the first construct that is refused; None where there is none."""
    try:
        translate(Contract(path))
    except Refusal as error:
        remedy = f" ({error.remedy})" if error.remedy else ""
        return f"{_shown(Path(error.path))}:{error.line}: {error.rule}{remedy}"
    except InputError as error:
        return f"{_shown(path)}:1: {error}"
    return None


def _shown(path: Path) -> Path:
    return path.relative_to(CONTRACTS.parent) if path.is_relative_to(CONTRACTS) else path


def main() -> int:
    """Print all refusals; 1 if there are any."""
    found = list(refusals())
    print("\n".join(found) or f"{len(sources()) - len(BYTECODE_ONLY)} contracts compile to machine code")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
