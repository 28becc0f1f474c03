"""Why a call was refused: the contracts' numbered codes, by name and sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from eth_utils import keccak

from sim.inputs.compiler import CONTRACTS

#: Status of a call: OK, the code of `Failed(code)`, or PANIC for a revert without one (an overflow, a token's refusal).
OK = 0
PANIC = 9_999

FAILED_SELECTOR = keccak(text="Failed(uint256)")[:4]


@dataclass(frozen=True, slots=True)
class Failure:
    """One row of the table in `contracts/lib/errors.vy`."""

    code: int
    name: str
    sentence: str


@cache
def failures() -> dict[int, Failure]:
    """The table, read from the one file that numbers the codes."""
    source = (CONTRACTS / "lib" / "errors.vy").read_text()
    rows = re.findall(r"^([A-Z_]+): constant\(uint256\) = (\d+)  # - (.+)$", source, re.MULTILINE)
    table = {int(code): Failure(int(code), name, sentence) for name, code, sentence in rows}
    table[PANIC] = Failure(PANIC, "PANIC", "the call reverted without a code: an overflow or a token's refusal")
    return table


@cache
def code_of(name: str) -> int:
    """Number of a named failure."""
    return next(f.code for f in failures().values() if f.name == name)


def name_of(code: int) -> str:
    """Name of a status; `OK` for success."""
    return "OK" if code == OK else failures()[code].name


def code_of_output(output: bytes) -> int:
    """Status that a revert's data stands for."""
    if len(output) == 36 and output[:4] == FAILED_SELECTOR:
        return int.from_bytes(output[4:], "big")
    return PANIC


class ContractError(Exception):
    """A call that had to succeed was refused."""

    def __init__(self, call: str, code: int, detail: str = "") -> None:
        failure = failures()[code]
        super().__init__(f"{call}: {failure.name}: {failure.sentence}{detail}")
        self.call, self.code, self.detail = call, code, detail
        self.name = failure.name

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive the way back from a worker process."""
        return type(self), (self.call, self.code, self.detail)
