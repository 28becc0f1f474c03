"""Evolution over sequences. What is new is kept, what gains is bred from.

A cell is what a sequence did: the kinds of its accepted calls in the order in which they came first. Each cell keeps
its best genome, so that the search is pulled to new behaviour and not only up the nearest hill. Parents come from the
cells that gain most, or from those that were least often tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from sim.fuzz.search.genes import Genome, draw, mutate
from sim.fuzz.search.trial import NOTHING_DONE, ROUNDING_USD_WAD, Outcome, Trial
from sim.native.chain import NativeLimit

_ELITE = 20
_FRESH, _BEST = 0.25, 0.45
#: Sequences between two looks at which cells are best, and which were tried least.
_RENEW = 50
#: Sequences without a better one after which the cells are forgotten and the search begins anew.
_PATIENCE = 6_000


@dataclass(slots=True)
class _Cell:
    rank: float
    genome: Genome
    tried: int = 0


@dataclass(slots=True)
class Search:
    """One search on one trial, to be continued at will. The same seed finds the same."""

    trial: Trial
    rng: Random
    played: int = 0
    best: tuple[Outcome, Genome] | None = None
    best_at: int = 0  # sequences until then
    cells: dict[tuple[str, ...], _Cell] = field(default_factory=dict)
    _elite: list[_Cell] = field(default_factory=list)
    _rare: list[_Cell] = field(default_factory=list)
    _since: int = 0

    def run(self, sequences: int, is_over: Callable[[], bool] = lambda: False) -> None:
        """Play so many sequences more."""
        for _ in range(sequences):
            if is_over():
                return
            self._step()

    def _step(self) -> None:
        genome = self._next()
        self.played += 1
        self._since += 1
        try:
            outcome = self.trial.play(genome)
        except NativeLimit:
            return
        self.trial.genes.learn(outcome.marks, genome)
        done = [mark for mark in outcome.marks if " " not in mark or mark.split()[0] in _EVENTS]
        done = [mark for mark in done if not mark.startswith(_IDLE)]
        name = tuple(dict.fromkeys(done))
        cell, rank = self.cells.get(name), _rank(outcome)
        if cell is None:
            self.cells[name] = _Cell(rank, genome)
        else:
            cell.tried += 1
            if rank > cell.rank:
                cell.rank, cell.genome = rank, genome
        if self.best is None or outcome.usd_wad > self.best[0].usd_wad:
            self.best, self.best_at = (outcome, genome), self.played
            self._since = 0
        if self._since > _PATIENCE:
            self.cells, self._since = {}, 0

    def _next(self) -> Genome:
        rng, genes = self.rng, self.trial.genes
        if self.played % _RENEW == 0:
            genes.renew()
            cells = list(self.cells.values())
            self._elite = sorted(cells, key=lambda cell: -cell.rank)[:_ELITE]
            self._rare = sorted(cells, key=lambda cell: cell.tried)[: len(cells) // 2 + 1]
        choice = rng.random()
        if choice < _FRESH or not self._elite:
            return draw(rng, genes)
        other = rng.choice(self._elite)
        if choice < _FRESH + _BEST:
            parent = self._elite[min(rng.randrange(len(self._elite)), rng.randrange(len(self._elite)))]
        else:
            parent = rng.choice(self._rare)
        return mutate(rng, genes, parent.genome, other.genome)


def _rank(outcome: Outcome) -> float:
    """How promising an outcome is: its gain in USD; a loss per USD that was moved, and nothing moved is last."""
    usd, moved = outcome.usd_wad / 1e18, outcome.played.moved_usd
    if usd > ROUNDING_USD_WAD / 1e18:
        return usd
    return usd / moved if moved > 1.0 and outcome.usd_wad > NOTHING_DONE else -1e9


#: Calls that move nothing out of anybody's hands: they do not tell cells apart.
_IDLE = ("deposit", "withdraw", "transfer", "place", "cancel", "release", "claim")
_EVENTS = ("move", "wait", "leave")
