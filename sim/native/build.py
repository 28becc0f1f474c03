"""Compile ahead of time: contracts to bytecode and machine code, the market's loop: `python -m sim.native.build`.

Whatever is not in the cache yet is compiled by two processes at a time; a second run has nothing to do.
"""

from __future__ import annotations

import sys
from pathlib import Path

from joblib import Parallel, delayed

from sim.inputs.compiler import CONTRACTS, artifact
from sim.inputs.errors import InputError
from sim.kernels import loading as kernels
from sim.native.objects import fetch, load_runner
from sim.world.endogenous.world import STEP

PROCESSES = 2
#: Only ever run as bytecode: they make raw calls, a Driver on a devnet, a Doctor to catch the failure of a rule.
BYTECODE_ONLY = ("Driver.vy", "Doctor.vy")


def sources() -> list[Path]:
    """Shells and policies, and the token that every design deploys; the largest first, so that no process waits."""
    found = [*CONTRACTS.glob("*.vy"), *CONTRACTS.glob("policies/*/*.vy"), CONTRACTS / "mocks" / "MockToken.vy"]
    return sorted(found, key=lambda path: (-path.stat().st_size, path))


def compile_all() -> None:
    """Fill the cache."""
    mocks = [path for path in sorted(CONTRACTS.glob("mocks/*.vy")) if path.name != "MockToken.vy"]
    load_runner()
    contracts = [delayed(_compile)(path) for path in [*sources(), *mocks]]
    Parallel(n_jobs=PROCESSES, batch_size=1)([delayed(kernels.fetch)(STEP), *contracts])


def _compile(path: Path) -> None:
    artifact(path)
    if path.name not in BYTECODE_ONLY and (path.parent.name != "mocks" or path.name == "MockToken.vy"):
        fetch(path)


if __name__ == "__main__":
    try:
        compile_all()
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
