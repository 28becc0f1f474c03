"""The contracts' bytecode on a node, over JSON-RPC: a private Anvil, or any local node that lets its clock be set.

Every actor is a Driver contract, and calls travel in batches: up to 64 in a transaction, all transactions of a batch in
one request, mined together. Blocks of one step share a timestamp: a call sees the time that it sees in process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from eth_typing import HexAddress, HexStr
from eth_utils import to_checksum_address
from web3.types import Nonce
from web3.utils.address import get_create_address

from sim.chain import codec, driver
from sim.chain.actions import VERBS
from sim.chain.addresses import from_nominal
from sim.chain.anvil import Anvil
from sim.chain.deployment import Cast, Deployment, driver_plan, feeds_of, simulation_plan
from sim.chain.failures import OK, PANIC, ContractError, code_of_output
from sim.chain.plan import Create, Send, encode_call, initcode, refused_constructor, resolve
from sim.chain.protocol import Calls, Read, Receipts, Sent
from sim.chain.rpc import Node, NodeError
from sim.chain.settings import Venue
from sim.design import Design
from sim.inputs.errors import InputError

#: Gas that a call through a Driver may use: several times what the dearest verb needs in a cold block.
CALL_GAS = 2_000_000
#: Gas of a transaction: the most that the newest forks allow (EIP-7825), or no real limit on our own Anvil.
TRANSACTION_GAS = 16_777_216
PRIVATE_TRANSACTION_GAS = 10**9
READ_GAS = 10**9
#: A call that runs out of gas takes 63/64 of what is left; refunds give back a fifth at most.
_EXHAUSTED = 0.75
_SUCCESS = "0x1"


#: A step of the plan, and the transaction that carries it out.
_Sent = tuple[Create | Send, dict[str, str]]


class DevnetChain:
    """See `sim.chain.protocol.Chain`. It has one path."""

    def __init__(
        self,
        design: Design,
        venues: Sequence[Venue],
        cast: Cast,
        *,
        paths: int = 1,
        time_s: int,
        url: str | None = None,
        port: int | None = None,
    ) -> None:
        """Deploy a design; `url` is a node of the user's own, else an Anvil is started and ended with this chain.

        Args:
            port: where that Anvil listens (default: any free one).

        Raises:
            InputError: there is no usable node, or a policy refuses its parameters.
            ContractError: a call that sets up the protocol is refused.
        """
        if paths != 1:
            raise ValueError(f"a devnet has one path, not {paths}")
        self.paths = 1
        self._anvil = None
        if url is None:
            self._anvil = Anvil(time_s=time_s, port=port)
            url = self._anvil.url
        self._node = Node(url)
        self._restore_automine = False
        self._beginning: tuple[str, int] | None = None
        self._time_s = time_s
        self._block_time_s = -1  # of the newest block
        self._gas = TRANSACTION_GAS if self._anvil is None else PRIVATE_TRANSACTION_GAS
        try:
            self._admin = self._open()
            plan = [*driver_plan(cast), *simulation_plan(design, venues, cast, time_s)]
            addresses = self._deploy(plan)
        except BaseException:
            self.close()
            raise
        self.deployment = Deployment(design, cast, tuple(venues), feeds_of(design), addresses)
        self._actors = [addresses[name] for name in cast.actors]
        self._targets = {verb: addresses[spec.contract] for verb, spec in VERBS.items()}

    @property
    def url(self) -> str:
        """Where the node answers."""
        return self._node.url

    def advance(self, time_s: int) -> None:
        """Begin a block at a time."""
        if time_s < self._time_s:
            raise ValueError(f"time cannot go back from {self._time_s} to {time_s}")
        self._time_s = time_s

    def apply(self, calls: Calls) -> Receipts:
        """Run calls in order at the current time, in as few transactions as hold them."""
        if (calls.path != 0).any():
            raise ValueError("a devnet has one path")
        words = len(VERBS[calls.verb].returns)
        calls = from_nominal(calls, self.deployment)
        target = self._targets[calls.verb]
        parts = list(driver.groups(calls, self._gas // CALL_GAS))
        transactions = [
            self._transaction(self._actors[calls.actor[part.start]], driver.encode_run(target, calls.data[part]))
            for part in parts
        ]
        results: list[driver.Outcome] = []
        for part, receipt in zip(parts, self._mine(transactions), strict=True):
            found = driver.outcomes(receipt)
            if len(found) != part.stop - part.start or self._is_exhausted(receipt, found):
                raise RuntimeError(f"{calls.verb}: a batch of {part.stop - part.start} calls ran out of gas")
            results += found
        return Receipts(*driver.words(results, words))

    def foretell(self, calls: Calls) -> Receipts:
        """What each of the calls would answer now; nodes tell in ways of their own why they refuse one: PANIC."""
        words = len(VERBS[calls.verb].returns)
        calls = from_nominal(calls, self.deployment)
        status = np.zeros(len(calls.path), dtype=np.int32)
        answers = []
        for i in range(len(calls.path)):
            try:
                answers += self.read(0, [Read(VERBS[calls.verb].contract, calls.data[i].tobytes())])
            except NodeError:
                status[i] = PANIC
                answers.append(b"")
        return Receipts(status, codec.words_from_answers(answers, words))

    def read(self, path: int, reads: Sequence[Read]) -> list[bytes]:
        """Answers of views as of the current time."""
        if path != 0:
            raise ValueError("a devnet has one path")
        if self._block_time_s != self._time_s:
            self._mine([])  # views see the time of the newest block
        addresses = self.deployment.addresses
        views = [self._view(addresses[read.target], read.data) for read in reads]
        answers = self._node.batch([("eth_call", [view, "latest"]) for view in views])
        return [bytes.fromhex(answer[2:]) for answer in answers]

    def ask(self, path: np.ndarray, target: str, data: Sequence[bytes], words: int) -> np.ndarray:
        """Answers of a view, one row per call: (n, words, 32); all of them in as few requests as hold them."""
        if path.any():
            raise ValueError("a devnet has one path")
        answers = self.read(0, [Read(target, each) for each in data])
        if len(data) == 1:
            answers *= len(path)
        return codec.words_from_answers(answers, words)

    def endow(self, address: str) -> None:
        """Give an address Ether, and let it send transactions though nobody has its key. For measuring, on Anvil."""
        self._node.call("anvil_impersonateAccount", address)
        self._node.call("anvil_setBalance", address, hex(10**24))

    def transact(self, calls: Calls) -> Sent:
        """Send one call as its actor's own transaction. For measuring, on Anvil."""
        (actor,) = calls.actor.tolist()
        transaction = {
            "from": self._actors[actor],
            "to": self._targets[calls.verb],
            "data": "0x" + calls.data.tobytes().hex(),
            "gas": hex(self._gas),
            "gasPrice": hex(self._price),
        }
        (receipt,) = self._mine([transaction])
        status = OK if receipt["status"] == _SUCCESS else code_of_output(self._output(receipt))
        return Sent(int(receipt["gasUsed"], 16), status)

    def begin(self) -> None:
        """Return to the state in which this was called first. For measuring, on Anvil."""
        if self._beginning is not None:
            identity, self._time_s = self._beginning
            self._node.call("evm_revert", identity)
        self._beginning = self._node.call("evm_snapshot"), self._time_s

    def close(self) -> None:
        """End the node that was started, or leave the user's as it was found."""
        if self._anvil is not None:
            self._anvil.close()
        elif self._restore_automine:
            self._restore_automine = False
            with suppress(InputError, NodeError):
                self._node.call("evm_setAutomine", True)

    # ------------------------------------------------------------------ the node

    def _open(self) -> str:
        """Make the node mine only when told, at our time; returns the account that sends everything."""
        accounts = self._node.call("eth_accounts")
        if not accounts:
            raise self._unfit("unlocked accounts (eth_accounts)")
        for method in ("evm_setNextBlockTimestamp", "evm_setAutomine"):
            # Without its parameter it is refused by a node that knows it, and changes nothing.
            if not self._node.offers(method):
                raise self._unfit(method)
        if self._anvil is None:
            self._restore_automine = self._is_mining_itself()
            self._node.call("evm_setAutomine", False)
        block = self._newest_block()
        if int(block["gasLimit"], 16) < TRANSACTION_GAS:
            raise self._unfit(f"a block gas limit of {TRANSACTION_GAS}", int(block["gasLimit"], 16))
        if int(block["timestamp"], 16) > self._time_s:
            self._turn_back(int(block["timestamp"], 16))
        self._price = 10 * int(block.get("baseFeePerGas") or "0x0", 16)
        admin = to_checksum_address(accounts[0])
        self._nonce = int(self._node.call("eth_getTransactionCount", admin, "latest"), 16)
        return admin

    def _is_mining_itself(self) -> bool:
        try:
            return bool(self._node.call("anvil_getAutomine"))
        except NodeError:
            return True

    def _turn_back(self, newest_s: int) -> None:
        try:
            self._node.call("anvil_setTime", self._time_s)
        except NodeError as error:
            wanted = f"a newest block not after {self._time_s} (anvil: --timestamp {self._time_s})"
            raise self._unfit(wanted, newest_s) from error

    def _newest_block(self) -> dict[str, Any]:
        return self._node.call("eth_getBlockByNumber", "latest", False)

    def _unfit(self, wanted: str, got: object = None) -> InputError:
        return InputError(file=self._node.url, expected=f"a local node with {wanted}", got=got)

    def _view(self, target: str, data: bytes) -> dict[str, str]:
        return {"from": self._admin, "to": target, "data": "0x" + data.hex(), "gas": hex(READ_GAS)}

    def _transaction(self, target: str, data: bytes) -> dict[str, str]:
        """The next transaction of the account that sends everything; an empty target creates a contract."""
        transaction = {
            "from": self._admin,
            "data": "0x" + data.hex(),
            "gas": hex(self._gas),
            "gasPrice": hex(self._price),
            "nonce": hex(self._nonce),
        }
        self._nonce += 1
        return transaction | ({"to": target} if target else {})

    def _mine(self, transactions: Sequence[dict[str, str]]) -> list[dict[str, Any]]:
        """Mine transactions in order in blocks of the current time; returns their receipts."""
        unsent = [("eth_sendTransaction", [each]) for each in transactions]
        hashes: list[str] = []
        receipts: list[dict[str, Any]] = []
        while True:
            try:
                # In one request: in whatever order the node takes these, they all come before the block.
                answers = self._node.batch([*unsent, ("evm_setNextBlockTimestamp", [self._time_s])])
                self._node.call("evm_mine")
            except NodeError as error:
                if error.method == "eth_sendTransaction":
                    raise
                raise self._unfit("evm_mine, and blocks that may share a time", str(error)) from error
            hashes += answers[:-1]
            unsent = []
            asked = [("eth_getTransactionReceipt", [each]) for each in hashes[len(receipts) :]]
            *found, block = self._node.batch([*asked, ("eth_getBlockByNumber", ["latest", False])])
            self._block_time_s = int(block["timestamp"], 16)
            if self._block_time_s != self._time_s:
                raise self._unfit(f"a block at {self._time_s} when it was told so", self._block_time_s)
            self._price = 10 * int(block.get("baseFeePerGas") or "0x0", 16)
            mined = [receipt for receipt in found if receipt is not None]
            receipts += mined
            if len(receipts) == len(hashes):
                return receipts
            if not mined:
                raise self._unfit("blocks that take every transaction sent", f"{len(found)} left")

    def _is_exhausted(self, receipt: dict[str, Any], found: Sequence[driver.Outcome]) -> bool:
        used = int(receipt["gasUsed"], 16)
        return used > _EXHAUSTED * self._gas and any(each.is_silent for each in found)

    # ------------------------------------------------------------------ setting up

    def _deploy(self, plan: Sequence[Create | Send]) -> dict[str, str]:
        """Carry out the plan; addresses are known before anything is sent, so that all of it goes at once."""
        addresses = {"admin": self._admin}
        sent = list(self._steps(plan, addresses))
        receipts = self._mine([transaction for _, transaction in sent])
        for (step, _), receipt in zip(sent, receipts, strict=True):
            self._check(step, receipt)
        return addresses

    def _steps(self, plan: Sequence[Create | Send], addresses: dict[str, str]) -> Iterator[_Sent]:
        artifacts = {}
        for step in plan:
            if isinstance(step, Create):
                code = initcode(step, addresses)
                addresses[step.name] = get_create_address(HexAddress(HexStr(self._admin)), Nonce(self._nonce))
                artifacts[step.name] = step.artifact
                yield step, self._transaction("", code)
                continue
            target = addresses[step.target]
            arguments = resolve(step.arguments, addresses)
            data = encode_call(artifacts[step.target], step.function, arguments)
            if step.sender == "admin":
                yield step, self._transaction(target, data)
            else:
                yield step, self._transaction(addresses[step.sender], driver.single(target, data))

    def _check(self, plan: Create | Send, receipt: dict[str, Any]) -> None:
        if receipt["status"] != _SUCCESS:
            output = self._output(receipt)
            if isinstance(plan, Create):
                raise refused_constructor(plan, output)
            raise ContractError(f"{plan.target}.{plan.function}", code_of_output(output))
        if isinstance(plan, Send) and plan.sender != "admin":
            status = driver.outcomes(receipt)[0].status
            if status != OK:
                raise ContractError(f"{plan.target}.{plan.function}", status)

    def _output(self, receipt: dict[str, Any]) -> bytes:
        """What a failed transaction reverted with; nothing if the node keeps no traces."""
        try:
            options = {"tracer": "callTracer"}
            trace = self._node.call("debug_traceTransaction", receipt["transactionHash"], options)
        except NodeError:
            return b""
        return bytes.fromhex(trace.get("output", "0x")[2:])
