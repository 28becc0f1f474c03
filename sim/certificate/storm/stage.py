"""A design deployed twice, on bytecode and native, and a window through which its state is looked at.

What looks runs on objects without counters: only calls that are compared count as covered.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.certificate.machine import Machine, Sent
from sim.certificate.storm.calldata import forms_of
from sim.certificate.twin import Twin
from sim.chain.deployment import RAW, Cast, Opening, simulation_plan
from sim.chain.evm import EvmChain
from sim.chain.plan import Create
from sim.chain.settings import Venue
from sim.design import Design
from sim.native.chain import NativeChain, genesis
from sim.native.views import View
from sim.native.world import LIMBS

START_S = 1_760_000_000
#: Where a feed begins; one that is not here begins in the middle of its bounds.
_PRICES_USD = {"BTC": 100_000.0, "ETH": 4_000.0, "SOL": 200.0, "USDC": 1.0, "USDE": 1.0, "WBETH": 4_320.0}
_SEED_USD = 2_000_000.0
_WEIGHTS = (3, 2, 2, 1, 1, 1, 1, 1)
PROVIDERS = ("lp0", "lp1")
#: The stranger has tokens, and no right to anything.
ACTORS = ("reporter", "traders", "keepers", "arbitrageur", *PROVIDERS, "stranger")
_TRADERS, _KEEPERS = 10, 2


class Window(NativeChain):
    """A native chain that shows the twin's words, and whose clock follows the twin's, backwards too."""

    def follow(self, twin: Twin) -> None:
        """Look at the twin as it is now."""
        self.words, self._time_s, self._number = twin.words, twin.time_s, twin.number


def rows_of(limbs: np.ndarray) -> list[list[int]]:
    """Words (rows, n, 4) as lists of integers, unsigned."""
    raw, n = limbs.tobytes(), limbs.shape[1]
    words = [int.from_bytes(raw[i : i + 32], "little") for i in range(0, len(raw), 32)]
    return [words[i : i + n] for i in range(0, len(words), n)]


class Stage:
    """A design as a twin, at its beginning."""

    def __init__(self, design: Design) -> None:
        self.design = design
        prices = tuple(_price_usd(design, symbol) for symbol in design.feeds)
        self.prices_wad = [round(price * 10**9) * 10**9 for price in prices]
        self.cast = Cast(ACTORS, _TRADERS, _KEEPERS, opening=Opening(prices, _SEED_USD, PROVIDERS))
        self.venues = _venues(design)
        self._evm = EvmChain(design, self.venues, self.cast, paths=1, time_s=START_S)
        plan = simulation_plan(design, self.venues, self.cast, START_S)
        self.artifacts = {s.name: s.artifact for s in plan if isinstance(s, Create) and s.name not in RAW}
        self.world = genesis(design, self.venues, self.cast, START_S, counts=True).world
        sizes = {name: len(artifact.runtime) for name, artifact in self.artifacts.items()}
        self.twin = Twin(self.world, self._evm.evm(0), sizes, time_s=START_S)
        self.forms = forms_of(self.world, self.artifacts)
        self.names = {self.world.id_of(name): name for name in self.world.addresses}
        self._window = Window(design, self.venues, self.cast, paths=1, time_s=START_S)
        self._views: dict[tuple[str, str], View] = {}
        self._cells: dict[str, np.ndarray] = {}
        self._beginning = self.twin.mark()

    def restart(self) -> None:
        """Return to the first state."""
        self.twin.restore(self._beginning)
        self._beginning = self.twin.mark()

    def plain(self) -> Machine:
        """A machine without counters at the first state: the objects that simulations use."""
        return Machine(self._window.world, self._beginning.words.copy())

    def ask(self, target: str, function: str, *columns: np.ndarray) -> tuple[list[list[int]], list[int]]:
        """Ask for rows of arguments, or try them where a verb is asked: (words of each answer, statuses)."""
        self._window.follow(self.twin)
        key = (target, function)
        if key not in self._views:
            self._views[key] = self._window.view(target, function)
        view = self._views[key]
        rows = len(columns[0]) if columns else 1
        results, status = view.attempt(np.zeros(rows, dtype=np.int64), *columns)
        return rows_of(results), status.tolist()

    def stored(self, name: str) -> np.ndarray:
        """A variable, by contract and name without its module: (keys..., words, 4) limbs, a window and no copy."""
        if name not in self._cells:
            contract, _, variable = name.partition(".")
            layout, sizes = self.world.contracts[contract].object.layout, self.world.sizes
            cell = next(cell for cell in layout.cells if cell.name.rpartition(".")[2] == variable)
            start = self.world.bases[contract]
            start += cell.offset if cell.offset is not None else layout.offsets(sizes)[cell.index or 0]
            shape = [sizes[extent] if isinstance(extent, str) else extent for extent in cell.extents]
            words = self.twin.words[0, start : start + cell.words(sizes)]
            self._cells[name] = words.reshape(*shape, cell.item.words, LIMBS)
        return self._cells[name]

    def sent(self, sender: str, target: str, function: str, *words: int) -> Sent:
        """A call."""
        return Sent(sender, target, self.forms[target, function].data(words))

    def close(self) -> None:
        """Drop the EVM."""
        self._evm.close()


def _price_usd(design: Design, symbol: str) -> float:
    known = _PRICES_USD.get(symbol)
    if known is not None:
        return known
    feed = design.oracle.feeds[design.feed_id(symbol)]
    return float(round((feed.min_usd * feed.max_usd).sqrt(), 6))


def _venues(design: Design) -> tuple[Venue, ...]:
    """Eight venues, the heaviest one named as the design wants it."""
    first, *rest = [Venue(name, weight) for name, weight in zip("abcdefgh", _WEIGHTS, strict=True)]
    return (replace(first, name=design.oracle.venue or first.name), *rest)
