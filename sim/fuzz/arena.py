"""One chain under test: exact calls in, receipts and snapshots out, everything on the tape.

Words are written with `int.to_bytes`: nothing passes through a float.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
from eth_utils import keccak

from sim.actions import VERBS
from sim.chain.compiler import artifact
from sim.chain.deployment import Cast, Opening, Venue, encode_call
from sim.chain.encode import selector_of
from sim.chain.evm import EvmChain
from sim.chain.failures import OK, name_of
from sim.chain.protocol import Calls, Receipts
from sim.design import Design
from sim.fuzz.facts import Facts, facts_of
from sim.fuzz.snapshot import Reader, Snapshot, signed, words
from sim.tape import Head, Recorder, Tape

START_S = 1_760_000_000
BASE_PRICES_USD = {"BTC": 100_000.0, "ETH": 4_000.0, "SOL": 200.0, "USDC": 1.0}
SEED_USD = 2_000_000.0
VENUES = tuple(Venue(name, weight) for name, weight in zip("abcdefgh", (3, 2, 2, 1, 1, 1, 1, 1), strict=True))
_PROVIDERS = ("lp0", "lp1")
_ACTORS = ("reporter", "traders", "keepers", "arbitrageur", *_PROVIDERS)
TRADER_ACCOUNTS = 4
_MODULUS = 1 << 256
_ASSESS = keccak(text="assess(uint256)")[:4]
#: Slots of quotes per feed in a report.
MAX_VENUES = 8


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


@dataclass(slots=True)
class Arena:
    """A deployment with a small cast, and its clock."""

    design: Design
    chain: EvmChain
    facts: Facts
    reader: Reader
    recorder: Recorder = field(default_factory=Recorder)
    step: int = 0
    time_s: int = START_S
    trial: list[tuple[int, int, Calls, Receipts]] | None = None  # calls of the probe that runs

    @classmethod
    def deploy(cls, design: Design) -> Arena:
        """Set the design up on a fresh chain, with first deposits."""
        prices = tuple(BASE_PRICES_USD[feed] for feed in design.feeds)
        cast = Cast(_ACTORS, TRADER_ACCOUNTS, opening=Opening(prices, SEED_USD, _PROVIDERS))
        chain = EvmChain(design, VENUES, cast, paths=1, time_s=START_S)
        facts = facts_of(design, VENUES, cast)
        return cls(design, chain, facts, Reader(chain, facts))

    def advance(self, seconds: int) -> None:
        """Begin a block."""
        self.time_s += seconds
        self.step += 1
        self.chain.advance(self.time_s)

    def call(self, verb: str, actor: str, *values: int) -> Call:
        """Send one call of a verb with exact integers; actors are arguments by their index."""
        spec = VERBS[verb]
        names = [name for name, _ in spec.arguments]
        body = b"".join(self._word(kind, value) for (_, kind), value in zip(spec.arguments, values, strict=True))
        return self._send(verb, actor, selector_of(verb) + body, dict(zip(names, values, strict=True)))

    def report(self, quotes: list[list[int]]) -> Call:
        """Report quote words, (feeds, venues)."""
        flat = [word for row in quotes for word in (*row, *[0] * (MAX_VENUES - len(row)))]
        body = b"".join(word.to_bytes(32, "big") for word in (32, len(flat), *flat))
        return self._send("report", "reporter", selector_of("report") + body, {})

    def snapshot(self) -> Snapshot:
        """The state as of now."""
        return self.reader.take(self.time_s)

    @contextmanager
    def probe(self) -> Iterator[None]:
        """Look into a future: calls inside leave no trace. Where an error leaves it, the tape keeps them."""
        if self.trial is not None:
            raise RuntimeError("a probe inside a probe")
        mark = self.chain.snapshot(0)
        self.trial = []
        try:
            yield
        except AssertionError:
            for row in self.trial:
                self.recorder.record(*row)
            raise
        finally:
            self.trial = None
            self.chain.revert(0, mark)

    def assess(self, account: int) -> bool:
        """Bring an account's markets to now, and say whether that went well. For probes: it is no verb of the tape."""
        data = _ASSESS + account.to_bytes(32, "big")
        status, _ = self.chain.send(0, self.chain.deployment.addresses["keepers"], self._market, data)
        return status == OK

    def donate(self, k: int, amount: int) -> None:
        """Send tokens to the market past its verbs. For probes."""
        data = encode_call(artifact("mocks/MockToken.vy"), "transfer", (self._market, amount))
        addresses = self.chain.deployment.addresses
        token = addresses[f"token:{self.facts.assets[k].symbol}"]
        status, _ = self.chain.send(0, addresses["arbitrageur"], token, data)
        if status != OK:
            raise RuntimeError("a donation failed")

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

    @property
    def _market(self) -> str:
        return self.chain.deployment.addresses["market"]

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
