"""Where the searcher plays: a group and outsiders on one chain, calls in exact integers, everything remembered.

On machine code a call costs some tens of microseconds; on bytecode the same acts confirm what was found.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sim.chain.actions import VERBS
from sim.chain.deployment import Cast, Opening
from sim.chain.encode import selector_of
from sim.chain.failures import OK
from sim.design import Design
from sim.fuzz import draws
from sim.fuzz.arena import VENUES, Arena, NativeLab, opening_prices
from sim.fuzz.facts import WAD
from sim.fuzz.model import Quote
from sim.fuzz.reader import words
from sim.fuzz.session import Act
from sim.native.chain import NativeLimit
from sim.native.context import LIMIT, Call

GROUP = ("traders", "keepers", "provider")  # wallets of the group; "traders" also signs for outsiders' accounts
OUTSIDER = "outsider"
_MAIN, _CROWD, _OUTSIDERS = 3, 15, 4
#: First deposits, at most: a design's own caps may keep them smaller.
SEED_USD = 20_000_000.0
#: Equal deposits that make up the seed; the group made all but one where it is the provider.
_DEPOSITS = 10
_MODULUS = 1 << 256
_ROOM_BYTES, _ANSWER_BYTES = 4_096, 4_096
NO_LIMIT_WAD = 2**160
#: Lists of views whose calls are kept ready.
_MOST_KEPT = 4_096
_Key = tuple[Any, ...]


def cast_of(design: Design, group_deposits: int) -> Cast:
    """The group's actors and accounts, outsiders, and who made how many of the first deposits."""
    room = min(float(design.pool.max_aum_usd_wad) / WAD / 4, SEED_USD)
    providers = ("provider",) * group_deposits + (OUTSIDER,) * (_DEPOSITS - group_deposits)
    return Cast(
        ("reporter", *GROUP, OUTSIDER),
        _MAIN + _CROWD + _OUTSIDERS,
        2,
        opening=Opening(opening_prices(design), room, providers),
    )


class Stage:
    """One chain in the middle of a sequence."""

    def __init__(self, design: Design, machine: str, group_deposits: int) -> None:
        self.arena = Arena.deploy(design, machine, cast_of(design, group_deposits))
        self.design, self.facts = design, self.arena.facts
        traders = self.facts.trader_ids
        self.main = traders[:_MAIN]
        self.crowd = traders[_MAIN : _MAIN + _CROWD]
        self.outsiders = traders[_MAIN + _CROWD :]
        self.keeper, self.honest_keeper = self.facts.keeper_ids
        self.group_ids = (*self.main, *self.crowd, self.keeper)
        self.truth = draws.base_prices(opening_prices(design))
        self.coming: Callable[[], None] | None = None  # brings the price that everybody knows will be next
        self.acts: list[Act] = []
        self.output: list[int] = []  # words that the last accepted call returned
        chain = self.arena.chain
        self._fast = _Fast(self.arena) if isinstance(chain, NativeLab) else None

    @property
    def time_s(self) -> int:
        """Of the block."""
        return self.arena.time_s

    def wait(self, seconds: int) -> None:
        """Begin a block so much later, without a report."""
        self._make(Act(seconds=seconds))

    def report(self, truth: Sequence[int], seconds: int = 0) -> int:
        """All venues agree on prices, in this block or one that begins now; returns the status."""
        at_s = self.time_s + seconds
        quotes = tuple((Quote(price, 0, at_s).word,) * len(VENUES) for price in truth)
        self.truth = tuple(truth)
        return self._make(Act(seconds, "report", "reporter", (), quotes, self.truth))

    def report_wide(self, feed: int, seconds: int, width_bps: int) -> int:
        """A report in which venues disagree about one feed."""
        at_s = self.time_s + seconds
        rows = []
        for f, price in enumerate(self.truth):
            tilt = [(v % 3 - 1) * width_bps if f == feed else 0 for v in range(len(VENUES))]
            rows.append(tuple(Quote(price * (10_000 + t) // 10_000, 0, at_s).word for t in tilt))
        return self._make(Act(seconds, "report", "reporter", (), tuple(rows), self.truth))

    def call(self, verb: str, actor: str, *values: int) -> int:
        """One call; returns its status. Refused calls are not remembered."""
        return self._make(Act(0, verb, actor, values))

    def make(self, act: Act) -> int:
        """An act as it was remembered."""
        if act.truth:
            self.truth = act.truth
        return self._make(act)

    def _make(self, act: Act) -> int:
        if act.seconds:
            self.arena.advance(act.seconds)
        status = OK
        if act.verb:
            status = self._send(act)
        if status == OK or act.seconds:
            self.acts.append(act if status == OK else Act(seconds=act.seconds))
        return status

    def _send(self, act: Act) -> int:
        if self._fast is not None:
            status = self._fast.call(act, self.time_s)
            if status == OK:
                self.output = self._fast.answer(act.verb)
            return status
        call = self.arena.do(act.verb, act.actor, act.values, act.quotes)
        if call is not None and call.accepted:
            self.output = list(call.returns.values())
        return OK if call is None else call.status

    def ask(self, keys: Sequence[_Key]) -> list[list[int]]:
        """Answers of the reader's views (`sim.fuzz.reader`), as words."""
        if self._fast is not None:
            return self._fast.ask(keys, self.time_s)
        reads = self.arena.reader.reads
        return [words(answer) for answer in self.arena.chain.read(0, [reads[key] for key in keys])]

    def mark(self) -> tuple[Any, ...]:
        """Everything that a sequence changes."""
        return self.arena.chain.snapshot(0), self.time_s, self.arena.step, self.truth, len(self.acts)

    def reset(self, mark: tuple[Any, ...]) -> None:
        """Return to a mark of this sequence."""
        state, time_s, step, self.truth, made = mark
        self.arena.chain.revert(0, state)
        if self.time_s != time_s:
            self.arena.time_s, self.arena.step = time_s, step
            self.arena.chain.travel(time_s)
        del self.acts[made:]

    # ------------------------------------------------------------------ natural units

    def units(self, k: int, usd: float) -> int:
        """Token units that are worth so much at mid."""
        asset = self.facts.assets[k]
        return int(usd * 1e18 * 1e18 / (self.truth[asset.feed] * asset.scale))

    def size(self, m: int, usd: float) -> int:
        """Size of a notional at mid, WAD."""
        return int(usd * 1e36 / self.truth[self.facts.markets[m].feed])

    def cash(self, m: int) -> int:
        """The asset that a market settles in."""
        return self.facts.markets[m].assets[1]

    def price_status(self, feed: int) -> int:
        """What the oracle thinks of its price."""
        return self.arena.reader.prices()[feed].status


class _Fast:
    """Calls and views one by one, with as little Python around the machine code as will do."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        chain = arena.chain
        assert isinstance(chain, NativeLab)
        self._world = chain.world
        self._data = np.zeros(_ROOM_BYTES, dtype=np.uint8)
        self._out = np.zeros(_ROOM_BYTES, dtype=np.uint8)
        self._pointer = self._data.ctypes.data
        self._rows = {verb: self._row(verb) for verb in VERBS}
        self._senders = {name: chain.world.id_of(name) for name in arena.facts.actors}
        addresses = chain.deployment.addresses
        self._addresses = [bytes(12) + bytes.fromhex(addresses[name][2:]) for name in arena.facts.actors]
        reads = arena.reader.reads
        self._place = {key: i for i, key in enumerate(reads)}
        targets = [read.target for read in reads.values()]
        data = [read.data for read in reads.values()]
        self._asked = chain.world.batch(targets, ["admin"] * len(data), data, _ANSWER_BYTES)
        self._answers = self._asked.output.reshape(-1).data
        self._told = self._out.data
        self._kept: dict[tuple[_Key, ...], tuple[np.ndarray, list[int]]] = {}
        self._thread = chain.world.thread()  # kept: it owns what the runner points into
        self._runner = self._thread.runner(chain.words, len(reads))

    def _row(self, verb: str) -> np.ndarray:
        row = np.zeros((1, Call.SIZE), dtype=np.int64)
        contract = VERBS[verb].contract
        row[0, Call.TARGET] = self._world.id_of(contract)
        row[0, Call.FUNCTION] = self._world.function(contract, selector_of(verb))
        row[0, Call.DATA], row[0, Call.OUT] = self._pointer, self._out.ctypes.data
        row[0, Call.OUT_ROOM] = 32 * len(VERBS[verb].returns)
        return row

    def call(self, act: Act, time_s: int) -> int:
        verb = act.verb
        if verb == "report":
            flat = [word for row in act.quotes for word in row]
            # Venues that agree say the same.
            known = {word: word.to_bytes(32, "big") for word in {32, len(flat), *flat}}
            parts = [known[word] for word in (32, len(flat), *flat)]
        else:
            parts = [
                self._addresses[value] if kind == "actor" else (value % _MODULUS).to_bytes(32, "big")
                for (_, kind), value in zip(VERBS[verb].arguments, act.values, strict=True)
            ]
        data = selector_of(verb) + b"".join(parts)
        ctypes.memmove(self._pointer, data, len(data))
        row = self._rows[verb]
        row[0, Call.SENDER] = self._senders[act.actor]
        row[0, Call.DATA_LENGTH], row[0, Call.NOW_S] = len(data), time_s
        (status,) = self._runner(row, self._arena.step + 1)
        if status == LIMIT:
            raise NativeLimit(f"{verb} needs more room than the native chain has")
        return status

    def answer(self, verb: str) -> list[int]:
        """What the last call returned."""
        return _words(self._told, 0, 32 * len(VERBS[verb].returns))

    def ask(self, keys: Sequence[_Key], time_s: int) -> list[list[int]]:
        if not keys:
            return []
        known = tuple(keys)
        if known not in self._kept:
            if len(self._kept) > _MOST_KEPT:
                self._kept.clear()
            places = [self._place[key] for key in keys]
            self._kept[known] = self._asked.rows[places], places
        rows, places = self._kept[known]
        rows[:, Call.NOW_S] = time_s
        status = self._runner(rows, self._arena.step + 1)
        if any(status):
            raise RuntimeError(f"{keys[next(i for i, s in enumerate(status) if s)]}: a view was refused")
        lengths = rows[:, Call.OUT_LENGTH].tolist()
        return [_words(self._answers, _ANSWER_BYTES * i, n) for i, n in zip(places, lengths, strict=True)]


def _words(memory: memoryview, start: int, length: int) -> list[int]:
    return [int.from_bytes(memory[i : i + 32], "big") for i in range(start, start + length, 32)]
