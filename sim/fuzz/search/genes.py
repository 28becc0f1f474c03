"""Genes: what a group does next, as a kind and small numbers that the state turns into a call.

Any list of genes is a sequence; a gene that makes no sense where it stands is refused and costs nothing. Verbs are
those of `sim.chain.actions.VERBS`, arguments are read by their names and kinds: a new verb comes in by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from sim.chain.actions import VERBS

PICKS = 6
#: Shares of the most that a verb may move, as powers of two: 0 is all of it, the last ones stand for the least.
SIZES = (0.0, 0.0, 0.0, 0.5, 1.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 30.0, 30.0)
_LARGE = (0.0, 0.0, 0.0, 0.0, 0.3, 0.7, 1.0, 2.0, 3.0, 5.0)
#: What comes together, and what happens by itself.
MACROS = ("open", "straddle", "close", "crowd", "sweep", "again", "leave_all")
WORLD = ("wait", "move", "leave")
MOST_GENES = 12
#: What changes little by itself, and what may turn that into a gain.
_PREPARE = ("open", "straddle", "crowd", "mint", "swap", "redeem", "place", "deposit_collateral")
_EXPLOIT = ("close", "sweep", "liquidate", "redeem", "swap", "mint", "deleverage", "claim_funding", "execute", "open")
_LIQUIDITY = ("mint", "redeem", "swap")
#: Shares of what is drawn without any form, and of circles through the pool.
_ANY, _CIRCLES = 0.25, 0.25
_KINDS = tuple(verb for verb in VERBS if verb != "report")


@dataclass(frozen=True, slots=True)
class Gene:
    """One thing to do."""

    kind: str  # a verb, a macro, or something that happens in the world
    picks: tuple[int, ...]  # choices, each modulo what there is
    size: float  # share of the most: 2**-size


Genome = tuple[Gene, ...]


#: Macros by the marks that they leave.
_SHOWN_AS = {"crowd": "open", "straddle": "open", "sweep": "liquidate", "leave_all": "close"}
#: What a kind that is always refused keeps of its weight.
_LEAST = 0.4


@dataclass(slots=True)
class Pool:
    """Kinds that a search draws from, and how often: what is accepted more often is tried more often."""

    kinds: tuple[str, ...]
    base: tuple[float, ...]
    tried: dict[str, int] = field(default_factory=dict)
    accepted: dict[str, int] = field(default_factory=dict)
    factors: dict[str, float] = field(default_factory=dict)

    def learn(self, marks: Sequence[str], genome: Genome) -> None:
        """Take what became of a genome into account."""
        done = {mark.split(":")[0] for mark in marks if " " not in mark}
        for kind in {gene.kind for gene in genome}:
            self.tried[kind] = self.tried.get(kind, 0) + 1
            self.accepted[kind] = self.accepted.get(kind, 0) + (_SHOWN_AS.get(kind, kind) in done)

    def renew(self) -> None:
        """Weigh the kinds anew."""
        self.factors = {
            kind: max(_LEAST, (1 + self.accepted.get(kind, 0)) / (1 + self.tried.get(kind, 0))) for kind in self.kinds
        }

    def choose(self, rng: Random, kinds: Sequence[str]) -> str:
        """One of these kinds."""
        own = dict(zip(self.kinds, self.base, strict=True))
        weights = [own[kind] * self.factors.get(kind, 1.0) for kind in kinds]
        return rng.choices(kinds, weights)[0]


def pool(world: Sequence[str], *, but: Sequence[str] = ()) -> Pool:
    """All verbs and macros, and these events."""
    heavy = {"open": 5.0, "close": 3.0, "mint": 2.0, "redeem": 2.0, "swap": 2.0, "liquidate": 2.0, "deleverage": 2.0}
    heavy |= {"straddle": 2.0, "sweep": 3.0, "crowd": 4.0, "again": 2.0, "wait": 4.0, "move": 5.0, "leave": 3.0}
    kinds = tuple(kind for kind in (*_KINDS, *MACROS, *world) if kind not in but)
    return Pool(kinds, tuple(heavy.get(kind, 1.0) for kind in kinds))


def draw_gene(rng: Random, pool: Pool) -> Gene:
    """Any gene."""
    return _one(rng, pool, pool.kinds)


def draw(rng: Random, pool: Pool) -> Genome:
    """Any genome; mostly one that prepares, lets something happen, and takes the profit."""
    if rng.random() < _ANY:
        return tuple(draw_gene(rng, pool) for _ in range(rng.randint(1, 5)))
    if rng.random() < _CIRCLES and "mint" in pool.kinds:
        return _circle(rng, pool)
    genes = [_one(rng, pool, _PREPARE) for _ in range(rng.randint(1, 3))]
    genes += [_one(rng, pool, (kind,)) for kind in WORLD if kind in pool.kinds and rng.random() < 0.8]
    genes += [_one(rng, pool, _EXPLOIT) for _ in range(rng.randint(0, 3))]
    if rng.random() < 0.3:
        genes.append(_one(rng, pool, ("again",)))
    return tuple(genes)


def _circle(rng: Random, pool: Pool) -> Genome:
    """Into the pool and out of it by another door, perhaps again and again."""
    kinds = rng.sample(_LIQUIDITY, 3)[: rng.choice((2, 3, 3))]
    first, *rest = (_one(rng, pool, (kind,)) for kind in kinds)
    genes = [first]
    for gene in rest:
        size = 0.0 if rng.random() < 0.8 else gene.size
        genes.append(Gene(gene.kind, (*gene.picks[:-1], gene.picks[-1] | 1), size))
    if rng.random() < 0.5:
        genes.append(Gene("again", (len(genes) - 1, *_one(rng, pool, ("again",)).picks[1:]), 0.0))
    return tuple(genes)


def _one(rng: Random, pool: Pool, kinds: Sequence[str]) -> Gene:
    kind = pool.choose(rng, [each for each in kinds if each in pool.kinds])
    sizes = _LARGE if kind in _LIQUIDITY else SIZES
    return Gene(kind, tuple(rng.randrange(256) for _ in range(PICKS)), rng.choice(sizes))


def mutate(rng: Random, pool: Pool, genome: Genome, other: Genome) -> Genome:
    """A genome that differs a little, or takes a part of another one."""
    genes = list(genome)
    for _ in range(1 + (rng.random() < 0.4)):
        i = rng.randrange(len(genes)) if genes else 0
        choice = rng.random()
        if choice < 0.25 or not genes:
            genes.insert(rng.randint(0, len(genes)), draw_gene(rng, pool))
        elif choice < 0.37:
            del genes[i]
        elif choice < 0.60:
            picks = list(genes[i].picks)
            picks[rng.randrange(PICKS)] = rng.randrange(256)
            genes[i] = replace(genes[i], picks=tuple(picks))
        elif choice < 0.80:
            step = rng.choice((-3.0, -1.0, -0.5, 0.5, 1.0, 3.0)) if rng.random() < 0.7 else rng.uniform(-0.3, 0.3)
            sizes = _LARGE if genes[i].kind in _LIQUIDITY else SIZES
            size = rng.choice(sizes) if rng.random() < 0.2 else max(0.0, genes[i].size + step)
            genes[i] = replace(genes[i], size=size)
        elif choice < 0.86:
            genes.insert(rng.randint(0, len(genes)), genes[i])
        elif choice < 0.92:
            j = rng.randrange(len(genes))
            genes[i], genes[j] = genes[j], genes[i]
        elif other:
            a, b = rng.randint(0, len(genes)), rng.randint(0, len(other))
            genes = [*genes[:a], *other[b:]]
    return tuple(genes[:MOST_GENES])
