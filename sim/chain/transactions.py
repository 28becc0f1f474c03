"""The contracts' bytecode in process, a transaction at a time: each finds all state cold, and pays for that.

Between two transactions nothing stays warm (EIP-2929), and what a slot held before is what the transaction before left
in it (EIP-2200, 3529). The EVM in process has no such boundary: its journal keeps what calls touched. So a transaction
is played on a database of all storage, read out of the journal, taken back from it, and written to the database: then
the journal knows nothing again. What the EVM says of a call's gas is then what a transaction uses: 21,000, its data
(EIP-2028) and what was refunded (EIP-3529) are in it. A floor for data (EIP-7623) is of a later fork than ours.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from pyrevm import EVM, AccountInfo, BlockEnv

from sim.chain import codec
from sim.chain.actions import VERBS
from sim.chain.deployment import Cast
from sim.chain.evm import ADMIN, GAS_LIMIT, SPEC, EvmChain, status_of
from sim.chain.failures import OK
from sim.chain.protocol import Calls, Sent
from sim.chain.settings import Venue
from sim.design import Design

#: How the EVM writes its journal: the state of accounts, each with its code and storage, and then other things.
_STATE, _ACCOUNT, _STORAGE, _END = (
    "JournaledState { state: {",
    ": Account { info: ",
    "storage: {",
    "}, transient_storage: ",
)
_ADDRESS = len("0x") + 40
_SLOT = re.compile(r"(\d+): StorageSlot \{ previous_or_original_value: (\d+), present_value: (\d+) \}")
#: Address -> slot -> value.
_Storage = dict[str, dict[int, int]]


class TransactionChain:
    """One path of a design. Reads are those of `sim.chain.protocol.Chain`; what changes state is a transaction."""

    def __init__(self, design: Design, venues: Sequence[Venue], cast: Cast, *, time_s: int) -> None:
        """Deploy a design, open its pool, and remember that state as the beginning."""
        chain = EvmChain(design, venues, cast, paths=1, time_s=time_s)
        self.paths = 1
        self.deployment = chain.deployment
        self._actors = [chain.deployment.addresses[name] for name in cast.actors]
        self._targets = {verb: chain.deployment.addresses[spec.contract] for verb, spec in VERBS.items()}
        evm = chain.evm(0)
        self._codes = {address: code for address in evm.journal_state if (code := evm.get_code(address))}
        self._opened = _storage(evm.journal_str)
        self._opened_at_s = time_s
        chain.close()
        self.begin()

    def begin(self) -> None:
        """Return to the state in which the pool has just opened."""
        self._evm = EVM(spec_id=SPEC)
        for address, code in self._codes.items():
            self._evm.insert_account_info(address, AccountInfo(nonce=1, code=code))
        for address, slots in self._opened.items():
            self._write(address, slots)
        self._number = 1
        self.advance(self._opened_at_s)

    def advance(self, time_s: int) -> None:
        """Begin a block at a time."""
        self._number += 1
        self._evm.set_block_env(BlockEnv(number=self._number, timestamp=time_s, gas_limit=GAS_LIMIT))

    def transact(self, calls: Calls) -> Sent:
        """Send one call as its actor's own transaction."""
        (actor,) = calls.actor.tolist()
        mark = self._evm.snapshot()
        status = OK
        try:
            self._evm.message_call(self._actors[actor], self._targets[calls.verb], calls.data.tobytes())
        except RuntimeError as error:
            status = status_of(error)
        result = self._evm.result
        assert result is not None  # a call has just ended
        changed = _storage(self._evm.journal_str)
        self._evm.revert(mark)
        self._evm.reset_transient_storage()
        for address, slots in changed.items():
            self._write(address, slots)
        return Sent(result.gas_used, status)

    def ask(self, path: np.ndarray, target: str, data: Sequence[bytes], words: int) -> np.ndarray:
        """Answers of a view, one row per call: (n, words, 32)."""
        address = self.deployment.addresses[target]
        answers = []
        mark = self._evm.snapshot()
        for each in data if len(data) != 1 else [data[0]] * len(path):
            answers.append(self._evm.message_call(ADMIN, address, each, is_static=True))
            self._evm.reset_transient_storage()
        self._evm.revert(mark)
        return codec.words_from_answers(answers, words)

    def close(self) -> None:
        """Drop the EVM."""
        del self._evm

    def _write(self, address: str, slots: dict[int, int]) -> None:
        """Write to the database: that is where storage goes while the journal does not know the account."""
        for slot, value in slots.items():
            mark = self._evm.snapshot()
            self._evm.insert_account_storage(address, slot, value)
            self._evm.revert(mark)


def _storage(journal: str) -> _Storage:
    """What a journal says that accounts hold now, where that is not what they held before."""
    if not journal.startswith(_STATE):
        raise RuntimeError("the EVM writes its journal in another way than it did")
    # By the fixed words between the numbers: codes are long, and a pattern would walk through all of them.
    head, *accounts = journal[: journal.rindex(_END)].split(_ACCOUNT)
    found: _Storage = {}
    for account in accounts:
        written = _SLOT.findall(account, account.index(_STORAGE))
        slots = {int(slot): int(now) for slot, before, now in written if now != before}
        if slots:
            found[head[-_ADDRESS:]] = slots
        head = account
    return found
