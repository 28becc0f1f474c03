"""One chain under test: exact calls in, receipts and snapshots out, everything on the tape.

Words are written with `int.to_bytes`: nothing passes through a float.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sim.chain.actions import VERBS
from sim.chain.deployment import Cast, Opening, feeds_of
from sim.chain.encode import CONTRACT_SOURCES, selector_of
from sim.chain.evm import ADMIN, EvmChain
from sim.chain.failures import OK, name_of
from sim.chain.plan import encode_call
from sim.chain.protocol import Calls, Read, Receipts
from sim.chain.settings import Venue
from sim.chain.tape import Head, Recorder, Tape
from sim.design import Design
from sim.fuzz.facts import Facts, facts_of
from sim.fuzz.reader import Reader, signed, words
from sim.fuzz.snapshot import Snapshot
from sim.inputs.compiler import artifact
from sim.native.chain import NativeChain

START_S = 1_760_000_000
#: Where a feed begins; one that is not here begins between its bounds.
BASE_PRICES_USD = {"BTC": 100_000.0, "ETH": 4_000.0, "SOL": 200.0, "USDC": 1.0, "USDE": 1.0, "WBETH": 4_320.0}
SEED_USD = 2_000_000.0
VENUES = tuple(Venue(name, weight) for name, weight in zip("abcdefgh", (3, 2, 2, 1, 1, 1, 1, 1), strict=True))
_PROVIDERS = ("lp0", "lp1")
_ACTORS = ("reporter", "traders", "keepers", "arbitrageur", *_PROVIDERS)
TRADER_ACCOUNTS = 4
_MODULUS = 1 << 256
#: Slots of quotes per feed in a report.
MAX_VENUES = 8
_SOURCES = {**CONTRACT_SOURCES, "controller": "RiskController.vy"}


@dataclass(frozen=True, slots=True)
class Call:
    """One call and what became of it."""

    verb: str
    actor: int
    arguments: dict[str, int]
    status: int
    returns: dict[str, int]

    @property
    def accepted(self) -> bool:
        """It changed the state."""
        return self.status == OK

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
        told = ", ".join(f"{name}={value}" for name, value in self.returns.items())
        return f"{self.verb}({given}) by actor {self.actor}: {name_of(self.status)} {told}".rstrip()


class LabChain(EvmChain):
    """The chain in process, whose clock may also go back: for futures that are undone."""

    def travel(self, time_s: int) -> None:
        """Set the time of the block."""
        self._time_s = time_s
        self._number += 1
        self._set_block()


class NativeLab(NativeChain):
    """The same on machine code."""

    def travel(self, time_s: int) -> None:
        """Set the time of the block."""
        self._time_s = time_s
        self._number += 1


#: Machines that can go back in time; a node cannot.
LABS: dict[str, type[LabChain] | type[NativeLab]] = {"evm": LabChain, "native": NativeLab}


def base_price_usd(design: Design, symbol: str) -> float:
    """Where a feed begins."""
    known = BASE_PRICES_USD.get(symbol)
    if known is not None:
        return known
    feed = design.oracle.feeds[design.feed_id(symbol)]
    return float(round((feed.min_usd * feed.max_usd).sqrt(), 6))


def opening_prices(design: Design) -> tuple[float, ...]:
    """Where every feed begins, in the order of their ids."""
    return tuple(base_price_usd(design, feed) for feed in feeds_of(design))


def venues_of(design: Design) -> tuple[Venue, ...]:
    """The venues, the heaviest one named as the design wants it."""
    first, *rest = VENUES
    return (replace(first, name=design.oracle.venue or first.name), *rest)


@dataclass(slots=True)
class Arena:
    """A deployment with a small cast, and its clock."""

    design: Design
    chain: LabChain | NativeLab
    facts: Facts
    reader: Reader
    recorder: Recorder = field(default_factory=Recorder)
    step: int = 0
    time_s: int = START_S
    trial: list[tuple[int, int, Calls, Receipts]] | None = None  # calls of the probe that runs

    @classmethod
    def deploy(cls, design: Design, machine: str = "evm", cast: Cast | None = None) -> Arena:
        """Set the design up on a fresh chain of `LABS`, with first deposits; a cast of its own if one is given."""
        if cast is None:
            cast = Cast(_ACTORS, TRADER_ACCOUNTS, opening=Opening(opening_prices(design), SEED_USD, _PROVIDERS))
        venues = venues_of(design)
        chain = LABS[machine](design, venues, cast, paths=1, time_s=START_S)
        facts = facts_of(design, venues, cast)
        return cls(design, chain, facts, Reader(chain, facts))

    def advance(self, seconds: int) -> None:
        """Begin a block."""
        self.time_s += seconds
        self.step += 1
        self.chain.travel(self.time_s)

    def call(self, verb: str, actor: str, *values: int) -> Call:
        """Send one call of a verb with exact integers; actors are arguments by their index."""
        spec = VERBS[verb]
        names = [name for name, _ in spec.arguments]
        body = b"".join(self._word(kind, value) for (_, kind), value in zip(spec.arguments, values, strict=True))
        return self._send(verb, actor, selector_of(verb) + body, dict(zip(names, values, strict=True)))

    def report(self, quotes: Sequence[Sequence[int]]) -> Call:
        """Report quote words, (feeds, venues)."""
        flat = [word for row in quotes for word in (*row, *[0] * (MAX_VENUES - len(row)))]
        body = b"".join(word.to_bytes(32, "big") for word in (32, len(flat), *flat))
        return self._send("report", "reporter", selector_of("report") + body, {})

    def do(self, verb: str, actor: str, values: Sequence[int], quotes: Sequence[Sequence[int]]) -> Call | None:
        """A call of any verb; a report has quotes for values. Nothing without a verb."""
        if verb == "report":
            return self.report(quotes)
        return self.call(verb, actor, *values) if verb else None

    def trial_of(self, verb: str, actor: str, *values: int) -> Call:
        """What would become of a call; it leaves no trace."""
        with self.probe():
            return self.call(verb, actor, *values)

    def snapshot(self) -> Snapshot:
        """The state as of now."""
        return self.reader.take(self.time_s)

    @contextmanager
    def probe(self) -> Iterator[None]:
        """Look into a future: calls inside leave no trace. Where an error leaves it, the tape keeps them."""
        if self.trial is not None:
            raise RuntimeError("a probe inside a probe")
        self.trial = []
        try:
            with self._undone():
                yield
        except AssertionError:
            for row in self.trial:
                self.recorder.record(*row)
            raise
        finally:
            self.trial = None

    @contextmanager
    def fork(self) -> Iterator[None]:
        """Inside a probe: one of several futures, undone before the next."""
        if self.trial is None:
            raise RuntimeError("a fork outside a probe")
        made = len(self.trial)
        with self._undone():
            yield
        del self.trial[made:]

    @contextmanager
    def _undone(self) -> Iterator[None]:
        mark: Any = self.chain.snapshot(0)
        now = self.step, self.time_s
        try:
            yield
        finally:
            self.chain.revert(0, mark)
            if now != (self.step, self.time_s):
                self.step, self.time_s = now
                self.chain.travel(self.time_s)

    # What is no verb of the tape: for probes.

    def assess(self, account: int) -> bool:
        """Bring an account's markets to now, and say whether that went well."""
        return self.send("keepers", "market", "assess", account) == OK

    def accrue(self) -> None:
        """Bring all markets to now."""
        self.send("keepers", "market", "accrue")

    def set_mode(self, mode: int) -> None:
        """Change the mode as the admin."""
        if self.send("admin", "controller", "set_mode", mode) != OK:
            raise RuntimeError("the mode could not be set")

    def donate(self, k: int, amount: int, target: str) -> None:
        """Send tokens to a contract past its verbs."""
        token = f"token:{self.facts.assets[k].symbol}"
        if self.send("arbitrageur", token, "transfer", self.chain.deployment.addresses[target], amount) != OK:
            raise RuntimeError("a donation failed")

    def send(self, sender: str, target: str, function: str, *arguments: object) -> int:
        """Any function of a contract of the deployment; returns its status."""
        source = "mocks/MockToken.vy" if target.startswith("token:") else _SOURCES[target]
        return self.send_data(sender, target, encode_call(artifact(source), function, arguments))

    def send_data(self, sender: str, target: str, data: bytes) -> int:
        """Any call data; returns the status."""
        addresses = self.chain.deployment.addresses
        address = ADMIN if sender == "admin" else addresses[sender]
        status, _ = self.chain.send(0, address, addresses[target], data)
        return status

    def view(self, target: str, data: bytes) -> list[int]:
        """Words that a view answers."""
        return words(self.chain.read(0, [Read(target, data)])[0])

    def ask_market(self, function: str, *arguments: object) -> list[int]:
        """Words that a view of Market answers, of any account."""
        return self.view("market", encode_call(artifact("Market.vy"), function, arguments))

    def tape(self, note: str) -> Tape:
        """Everything that was called, as a tape."""
        deployment = self.chain.deployment
        head = Head(
            design=self.design.to_dict(),
            venues=deployment.venues,
            cast=deployment.cast,
            start_s=START_S,
            note=note,
        )
        return self.recorder.tape(0, head)

    def _word(self, kind: str, value: int) -> bytes:
        if kind == "actor":
            address = self.chain.deployment.addresses[self.facts.actors[value]]
            return bytes(12) + bytes.fromhex(address[2:])
        return (value % _MODULUS if kind == "signed" else value).to_bytes(32, "big")

    def _send(self, verb: str, actor: str, data: bytes, arguments: dict[str, int]) -> Call:
        index = self.facts.actor(actor)
        calls = Calls(
            verb=verb,
            path=np.zeros(1, dtype=np.int64),
            actor=np.array([index], dtype=np.int64),
            data=np.frombuffer(data, dtype=np.uint8).reshape(1, -1),
        )
        receipts = self.chain.apply(calls)
        row = (self.step, self.time_s, calls, receipts)
        if self.trial is None:
            self.recorder.record(*row)
        else:
            self.trial.append(row)
        status = int(receipts.status[0])
        returns: dict[str, int] = {}
        if status == OK:
            for (name, kind), word in zip(VERBS[verb].returns, words(receipts.output[0].tobytes()), strict=True):
                returns[name] = signed(word) if kind == "signed" else word
        return Call(verb, index, arguments, status, returns)
