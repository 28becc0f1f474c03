"""The contracts' bytecode in process: one EVM per path.

A fresh EVM per path keeps memory flat, because the EVM's journal only grows. Transient storage is cleared after each
call, as it is at the end of a transaction; its gas figures are not a transaction's and are not used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from pyrevm import EVM, BlockEnv, JournalCheckpoint

from sim.chain import codec
from sim.chain.actions import VERBS
from sim.chain.deployment import Cast, Deployment, feeds_of, nominal_address, simulation_plan
from sim.chain.failures import OK, ContractError, code_of_output
from sim.chain.plan import Create, Send, encode_call, initcode, refused_constructor, resolve
from sim.chain.protocol import Calls, Read, Receipts
from sim.chain.settings import Venue
from sim.design import Design
from sim.inputs.compiler import CODE_LIMIT_BYTES

SPEC = "Cancun"  # case-sensitive: any other spelling silently means the latest fork
ADMIN = "0x" + "ad" * 20
GAS_LIMIT = 10**9
_OUTPUT = re.compile(r"output: (0x[0-9a-f]*)")


class EvmChain:
    """See `sim.chain.protocol.Chain`."""

    def __init__(self, design: Design, venues: Sequence[Venue], cast: Cast, *, paths: int, time_s: int) -> None:
        plan = simulation_plan(design, venues, cast, time_s)
        self.paths = paths
        self._time_s = time_s
        self._number = 1
        self._evms = [EVM(spec_id=SPEC) for _ in range(paths)]
        self._set_block()
        actors = {name: nominal_address(name) for name in cast.actors}
        addresses: dict[str, str] = {}
        transactions = None
        for evm in self._evms:
            if transactions is None:
                transactions, addresses = _first_deployment(evm, plan, actors)
            else:
                _repeat(evm, transactions)
        self.deployment = Deployment(design, cast, tuple(venues), feeds_of(design), addresses)
        self._actors = [addresses[name] for name in cast.actors]
        self._targets = {verb: addresses[spec.contract] for verb, spec in VERBS.items()}

    def advance(self, time_s: int) -> None:
        """Begin a block at a time, on every path."""
        if time_s < self._time_s:
            raise ValueError(f"time cannot go back from {self._time_s} to {time_s}")
        self._time_s = time_s
        self._number += 1
        self._set_block()

    def apply(self, calls: Calls) -> Receipts:
        """Run calls in order inside the current block."""
        words = len(VERBS[calls.verb].returns)
        status = np.zeros(len(calls.path), dtype=np.int32)
        output = np.zeros((len(calls.path), words, 32), dtype=np.uint8)
        flat = output.reshape(len(calls.path), words * 32)
        target = self._targets[calls.verb]
        width = calls.data.shape[1]
        data = calls.data.tobytes()
        actors = self._actors
        for i, (path, actor) in enumerate(zip(calls.path.tolist(), calls.actor.tolist(), strict=True)):
            evm = self._evms[path]
            try:
                result = evm.message_call(actors[actor], target, data[i * width : (i + 1) * width])
            except RuntimeError as error:
                status[i] = status_of(error)
            else:
                if words:
                    flat[i] = np.frombuffer(result, dtype=np.uint8, count=words * 32)
            evm.reset_transient_storage()
        return Receipts(status, output)

    def foretell(self, calls: Calls) -> Receipts:
        """What each of the calls would answer now, were it the only one."""
        words = len(VERBS[calls.verb].returns)
        status = np.zeros(len(calls.path), dtype=np.int32)
        answers, target = [], VERBS[calls.verb].contract
        for i, path in enumerate(calls.path.tolist()):
            mark = self.snapshot(path)
            status[i], answer = self.send(path, ADMIN, self.deployment.addresses[target], calls.data[i].tobytes())
            self.revert(path, mark)
            answers.append(answer)
        return Receipts(status, codec.words_from_answers(answers, words))

    def read(self, path: int, reads: Sequence[Read]) -> list[bytes]:
        """Answers of views on one path."""
        evm = self._evms[path]
        addresses = self.deployment.addresses
        answers = []
        for read in reads:
            answers.append(bytes(evm.message_call(ADMIN, addresses[read.target], read.data, is_static=True)))
            evm.reset_transient_storage()
        return answers

    def ask(self, path: np.ndarray, target: str, data: Sequence[bytes], words: int) -> np.ndarray:
        """Answers of a view, one row per call: (n, words, 32)."""
        address = self.deployment.addresses[target]
        asked = data if len(data) != 1 else [data[0]] * len(path)
        answers = []
        for p, each in zip(path.tolist(), asked, strict=True):
            evm = self._evms[p]
            answers.append(evm.message_call(ADMIN, address, each, is_static=True))
            evm.reset_transient_storage()
        return codec.words_from_answers(answers, words)

    def send(self, path: int, sender: str, target: str, data: bytes) -> tuple[int, bytes]:
        """Any call by anybody, outside the table of verbs: (status, output). For tests and tools."""
        evm = self._evms[path]
        try:
            return OK, bytes(evm.message_call(sender, target, data))
        except RuntimeError as error:
            return status_of(error), b""
        finally:
            evm.reset_transient_storage()

    def deploy(self, path: int, code: bytes) -> str:
        """Deploy any contract as the admin. For tests and tools."""
        return _create(self._evms[path], code)

    def evm(self, path: int) -> EVM:
        """The machine of a path. For tools that look at storage."""
        return self._evms[path]

    def snapshot(self, path: int) -> JournalCheckpoint:
        """Remember the state of a path."""
        return self._evms[path].snapshot()

    def revert(self, path: int, mark: JournalCheckpoint) -> None:
        """Return a path to a remembered state."""
        self._evms[path].revert(mark)

    def close(self) -> None:
        """Drop every EVM."""
        self._evms.clear()

    def _set_block(self) -> None:
        for evm in self._evms:
            evm.set_block_env(BlockEnv(number=self._number, timestamp=self._time_s, gas_limit=GAS_LIMIT))


def _first_deployment(
    evm: EVM, plan: Sequence[Create | Send], actors: Mapping[str, str]
) -> tuple[list[tuple[str, str, bytes]], dict[str, str]]:
    """Carry out the plan once; return its transactions (sender, target or "", data) for the other paths."""
    addresses = {"admin": ADMIN, **actors}
    artifacts = {}
    transactions = []
    for step in plan:
        if isinstance(step, Create):
            if len(step.artifact.runtime) > CODE_LIMIT_BYTES:
                raise ValueError(f"{step.artifact.name} exceeds {CODE_LIMIT_BYTES} bytes")
            code = initcode(step, addresses)
            try:
                addresses[step.name] = _create(evm, code)
            except RuntimeError as error:
                raise refused_constructor(step, _output(error)) from error
            artifacts[step.name] = step.artifact
            transactions.append((ADMIN, "", code))
        else:
            data = encode_call(artifacts[step.target], step.function, resolve(step.arguments, addresses))
            sender, target = addresses[step.sender], addresses[step.target]
            try:
                evm.message_call(sender, target, data)
            except RuntimeError as error:
                call = f"{step.target}.{step.function}"
                raise ContractError(call, status_of(error)) from error
            evm.reset_transient_storage()
            transactions.append((sender, target, data))
    return transactions, addresses


def _repeat(evm: EVM, transactions: Sequence[tuple[str, str, bytes]]) -> None:
    for sender, target, data in transactions:
        if target:
            evm.message_call(sender, target, data)
            evm.reset_transient_storage()
        else:
            _create(evm, data)


def _create(evm: EVM, code: bytes) -> str:
    address = evm.deploy(ADMIN, code)
    evm.reset_transient_storage()
    return address


def _output(error: RuntimeError) -> bytes:
    """What a refused call returned; the EVM tells it in words only."""
    found = _OUTPUT.search(str(error))
    return bytes.fromhex(found.group(1)[2:]) if found else b""


def status_of(error: RuntimeError) -> int:
    """Status that a refused call's error stands for."""
    return code_of_output(_output(error))
