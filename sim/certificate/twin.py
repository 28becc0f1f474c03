"""The same contracts twice, as bytecode and as machine code, and what must never happen: a difference.

A twin runs a list of calls on both machines and compares the status, the returned bytes and the events of each call,
and the whole storage when asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from pyrevm import EVM, AccountInfo, BlockEnv, JournalCheckpoint
from pyrevm import Log as LogEntry

from sim.certificate.machine import Answer, Log, Machine, Sent
from sim.chain.deployment import RAW
from sim.chain.evm import GAS_LIMIT, status_of
from sim.chain.failures import OK
from sim.native.context import LIMIT, WORD_BYTES
from sim.native.storage import differences, settle
from sim.native.world import World


@dataclass(slots=True)
class Outcome:
    """Both answers of a batch of calls, and where they differ."""

    bytecode: list[Answer]
    native: list[Answer]
    limits: int  # calls that native refused for want of room: not compared, and undone on the bytecode as well
    differences: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mark:
    """A state of both machines."""

    checkpoint: JournalCheckpoint
    words: np.ndarray
    time_s: int
    number: int


class Twin:
    """Contracts that stand in an EVM, and a native world with their state."""

    def __init__(
        self,
        world: World,
        evm: EVM,
        code_bytes: Mapping[str, int],
        *,
        time_s: int,
        number: int = 1,
        is_kept: bool = True,
    ) -> None:
        """Begin with the state of the EVM.

        Args:
            code_bytes: length of each contract's runtime code.
            is_kept: the ledger of storage is kept on disk.
        """
        self.world, self.ledger, words = settle(world, code_bytes, evm, is_kept=is_kept)
        self.evm = evm
        self.native = Machine(self.world, words[None])
        self.time_s, self.number = time_s, number
        self.seconds_bytecode = 0.0  # inside the EVM
        self._codes: dict[str, AccountInfo] = {}
        self._set_block()

    @property
    def words(self) -> np.ndarray:
        """The native state: (1, words, 4) limbs."""
        return self.native.words

    def advance(self, seconds: int) -> None:
        """Begin a block."""
        self.time_s += seconds
        self.number += 1
        self._set_block()

    def mark(self) -> Mark:
        """Remember the state of both machines, to return to it once."""
        return Mark(self.evm.snapshot(), self.words.copy(), self.time_s, self.number)

    def restore(self, mark: Mark) -> None:
        """Return to a state; marks that were set after it are lost."""
        self.evm.revert(mark.checkpoint)
        self.words[:] = mark.words
        self.time_s, self.number = mark.time_s, mark.number
        self._set_block()

    def run(self, calls: Sequence[Sent]) -> Outcome:
        """Run calls in order on both machines, and compare every answer.

        The EVM refuses a sender that has code. Where a contract sends, its code is taken away for the call: it must not
        be one that the call comes back to.
        """
        native = self.native.run(calls, self.time_s, self.number)
        bytecode, limits, found = [], 0, []
        for i, (call, other) in enumerate(zip(calls, native, strict=True)):
            if other.status == LIMIT:
                # The bytecode would go on where native storage ends: leave both as they were.
                limits += 1
                bytecode.append(other)
                continue
            answer = self._on_bytecode(call)
            bytecode.append(answer)
            if answer != other:
                found.append(f"call {i}, {self._told(call)}: bytecode {_short(answer)}, native {_short(other)}")
        return Outcome(bytecode, native, limits, found)

    def compare_storage(self, *, most: int = 10) -> list[str]:
        """Words that differ, by name."""
        return differences(self.world, self.ledger, self.words[0], self.evm, most=most)

    # ------------------------------------------------------------------ bytecode

    def _set_block(self) -> None:
        self.evm.set_block_env(BlockEnv(number=self.number, timestamp=self.time_s, gas_limit=GAS_LIMIT))

    def _on_bytecode(self, call: Sent) -> Answer:
        if call.sender not in self.world.contracts and call.sender not in RAW:
            return self._message(call)
        address = self.world.addresses[call.sender]
        if call.sender not in self._codes:
            self._codes[call.sender] = AccountInfo(nonce=1, code=self.evm.get_code(address))
        self.evm.insert_account_info(address, AccountInfo(nonce=1, code=b""))
        try:
            return self._message(call)
        finally:
            self.evm.insert_account_info(address, self._codes[call.sender])

    def _message(self, call: Sent) -> Answer:
        sender, target = self.world.addresses[call.sender], self.world.addresses[call.target]
        began = perf_counter()
        try:
            output = bytes(self.evm.message_call(sender, target, call.data))
        except RuntimeError as error:
            self.seconds_bytecode += perf_counter() - began
            return Answer(status_of(error), b"", ())
        else:
            self.seconds_bytecode += perf_counter() - began
            result = self.evm.result
            assert result is not None
            return Answer(OK, output, tuple(_bytecode_log(log) for log in result.logs))
        finally:
            self.evm.reset_transient_storage()

    def _told(self, call: Sent) -> str:
        export = self.world.contracts[call.target].by_selector[call.data[:4]]
        return f"{call.sender} -> {call.target}.{export.signature} at {self.time_s}, data {call.data[4:].hex()[:400]}"


def _bytecode_log(log: LogEntry) -> Log:
    topics, data = log.data
    words = [int.from_bytes(topic, "big") for topic in topics]
    words += [int.from_bytes(data[i : i + WORD_BYTES], "big") for i in range(0, len(data), WORD_BYTES)]
    return log.address.lower(), tuple(words)


def _short(answer: Answer) -> str:
    return f"status {answer.status}, {answer.output.hex()[:200] or 'nothing'}, {len(answer.logs)} events {answer.logs}"[
        :400
    ]


__all__ = ["Answer", "Outcome", "Sent", "Twin"]
