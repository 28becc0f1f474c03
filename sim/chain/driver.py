"""Calls through a Driver contract: many in one transaction, and their results out of its log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import numpy as np
from eth_typing import ABIEvent
from eth_utils import event_abi_to_log_topic

from sim.chain import codec
from sim.chain.failures import OK, code_of_output
from sim.chain.plan import selector
from sim.chain.protocol import Calls
from sim.inputs.compiler import artifact

SOURCE = "Driver.vy"
MAX_CALLS = 64  # what the Driver takes in one transaction
MAX_BYTES = 96_000  # of call data in one transaction: nodes refuse more than 128 kB
WORD = 32
_HEAD_BYTES = 3 * WORD  # of one call: target, where its data is, its length


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call of a batch came to."""

    status: int  # failures.OK, a code, or failures.PANIC
    output: bytes  # returned words, or a revert's data
    is_silent: bool  # refused without a word, as a call is that runs out of gas


def groups(calls: Calls, max_calls: int) -> Iterator[slice]:
    """Runs of rows that one transaction can hold: of one actor, not too many, not too long."""
    row_bytes = _HEAD_BYTES + WORD + _padded(calls.data.shape[1])
    most = max(1, min(max_calls, MAX_CALLS, MAX_BYTES // row_bytes))
    actors = np.asarray(calls.actor)
    ends = [*(np.flatnonzero(actors[1:] != actors[:-1]) + 1).tolist(), len(actors)]
    first = 0
    for end in ends:
        for start in range(first, end, most):
            yield slice(start, min(start + most, end))
        first = end


def encode_run(target: str, data: np.ndarray) -> bytes:
    """Call data of `run` for calls to one target; data (n, bytes) uint8, selectors included."""
    count, width = data.shape
    row_bytes = _HEAD_BYTES + _padded(width)
    rows = np.zeros((count, row_bytes), dtype=np.uint8)
    rows[:, :WORD] = codec.address_words([target])
    rows[:, WORD : 2 * WORD] = _word(2 * WORD)
    rows[:, 2 * WORD : 3 * WORD] = _word(width)
    rows[:, _HEAD_BYTES : _HEAD_BYTES + width] = data
    starts = codec.words_from_integers(count * WORD + row_bytes * np.arange(count))
    head = _word(WORD).tobytes() + _word(count).tobytes()
    return _run_selector() + head + starts.tobytes() + rows.tobytes()


def outcomes(receipt: dict[str, Any]) -> list[Outcome]:
    """Results in the order of the calls, from a transaction's receipt as JSON."""
    found = []
    driver, topic = receipt["to"], _ran_topic()
    for entry in receipt["logs"]:
        if entry["address"] == driver and entry["topics"][0] == topic:
            data = bytes.fromhex(entry["data"][2:])
            length = int.from_bytes(data[2 * WORD : 3 * WORD], "big")
            found.append(_outcome(data[WORD - 1] == 1, data[3 * WORD : 3 * WORD + length]))
    return found


def single(target: str, data: bytes) -> bytes:
    """Call data of `run` for one call."""
    return encode_run(target, np.frombuffer(data, dtype=np.uint8)[None])


def words(results: Sequence[Outcome], count: int) -> tuple[np.ndarray, np.ndarray]:
    """Results as the columns of a receipt: status (n,), output (n, count, 32)."""
    status = np.array([result.status for result in results], dtype=np.int32)
    size = count * WORD
    joined = b"".join(
        result.output[:size].ljust(size, b"\0") if result.status == OK else bytes(size) for result in results
    )
    return status, np.frombuffer(joined, dtype=np.uint8).reshape(len(results), count, WORD).copy()


def _outcome(is_ok: bool, output: bytes) -> Outcome:
    status = OK if is_ok else code_of_output(output)
    return Outcome(status, output, is_silent=not is_ok and not output)


def _padded(width: int) -> int:
    return -(-width // WORD) * WORD


def _word(value: int) -> np.ndarray:
    return codec.words_from_integers(np.array([value]))[0]


@cache
def _run_selector() -> bytes:
    return selector(artifact(SOURCE).function("run"))


@cache
def _ran_topic() -> str:
    return "0x" + event_abi_to_log_topic(cast(ABIEvent, artifact(SOURCE).event("Ran"))).hex()
