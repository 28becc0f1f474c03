"""Paired statistics: how much better one design is than another on the same paths, and how sure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

from sim.inputs.errors import InputError
from sim.risk import intervals, measures, paired, tail
from sim.risk.looks import Looks
from sim.risk.measures import Measure
from sim.risk.opening import Opening, opening_of
from sim.risk.paired import Difference, Estimate
from sim.risk.records import Records
from sim.risk.sensitivity import Neighbour


@dataclass(frozen=True, slots=True)
class Revert:
    """Mean count per path of one reason for which the contracts refused one verb, by design."""

    verb: str
    error: str
    means: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Designs on the same paths; every difference is against the baseline."""

    designs: tuple[str, ...]  # the baseline first
    n_paths: int
    feeds: tuple[str, ...]  # that all designs have: what averages over feeds are taken of
    measures: tuple[Measure, ...]
    estimates: dict[tuple[str, str], Estimate]  # by (measure key, design)
    differences: dict[tuple[str, str], Difference]
    tails: tuple[tail.Tail, ...]  # of the LPs' loss in %
    reverts: tuple[Revert, ...]
    n_tests: int  # size of the family that Holm's correction covers
    looks: Looks | None = None  # how often it was looked at, where paths were added until it was sure
    step_s: tuple[int, int] = (0, 0)  # shortest and longest
    openings: tuple[Opening, ...] = ()  # of each design
    neighbours: tuple[Neighbour, ...] = ()  # what the headline is where the scenario is a little different

    @property
    def baseline(self) -> str:
        """The design that the others are compared with."""
        return self.designs[0]

    def widest(self, measure: str) -> float:
        """Full width of the widest interval of a measure's differences; infinite where one has none.

        Equal by construction is width zero.
        """
        found = [d for (key, _), d in self.differences.items() if key == measure]
        return max((d.high - d.low if np.isfinite(d.low) else np.inf for d in found), default=np.inf)

    def to_frame(self) -> pd.DataFrame:
        """One row per measure and design; the baseline's difference columns are NaN."""
        return pd.DataFrame([self._row(m, d) for m in self.measures for d in self.designs])

    def to_json(self) -> str:
        """Everything as JSON, with null for NaN."""
        content = {
            "designs": self.designs,
            "baseline": self.baseline,
            "n_paths": self.n_paths,
            "feeds": self.feeds,
            "n_tests": self.n_tests,
            "step_s": self.step_s,
            "confidence": intervals.CONFIDENCE,
            "looks": None if self.looks is None else asdict(self.looks) | {"confidence": self.looks.confidence},
            "measures": [self._row(m, d) for m in self.measures for d in self.designs],
            "openings": [asdict(row) for row in self.openings],
            "neighbours": [asdict(row) for row in self.neighbours],
            "tails": [asdict(row) for row in self.tails],
            "reverts": [asdict(row) for row in self.reverts],
        }
        return json.dumps(_without_nan(content), indent=1, allow_nan=False)

    def _row(self, measure: Measure, design: str) -> dict[str, object]:
        estimate = self.estimates[measure.key, design]
        difference = self.differences.get((measure.key, design))
        row: dict[str, object] = {
            "group": measure.group,
            "measure": measure.key,
            "label": measure.label,
            "unit": measure.unit,
            "better": measure.better,
            "kind": measure.kind,
            "feeds": " ".join(self.feeds) if measure.by_feed else "",
            "design": design,
            **{name: getattr(estimate, name) for name in _ESTIMATE_COLUMNS},
        }
        for name in _DIFFERENCE_COLUMNS:
            row[_column(name)] = None if difference is None else getattr(difference, name)
        return row


_ESTIMATE_COLUMNS = tuple(f.name for f in fields(Estimate) if f.name not in ("measure", "design"))
_DIFFERENCE_COLUMNS = tuple(f.name for f in fields(Difference) if f.name not in ("measure", "design"))


def _column(name: str) -> str:
    clashes = {"mean": "difference", "low": "difference_low", "high": "difference_high"}
    return clashes.get(name, f"difference_{name}" if name.startswith("n") else name)


def compare(
    records: Sequence[Records],
    baseline: str | None = None,
    *,
    shown: Sequence[Measure] | None = None,
    fingerprints: Mapping[str, str] | None = None,
    looks: Looks | None = None,
) -> Comparison:
    """Compare designs that ran on the same paths; the first design is the baseline unless named.

    What is assumed:

    - Paths are independent draws of one scenario, and path i is the same world for every design
      (common random numbers). Rows are matched by path id, never by position.
    - A mean, and the mean of paired differences, has an interval where docs/coverage.md shows that it covers, which
      depends on the kind of the measure and on the number of paths (`sim.risk.rules`). Elsewhere there is none, and no
      test.
      Shares have exact and score intervals, differences of shares Tango's score interval and McNemar's exact test.
    - A difference below the rounding of floats is none (`sim.risk.resolution`).
    - Intervals are for one measure at a time. Of many true zeros 1 in 20 would still look like a
      difference, so p-values are also adjusted by Holm over all (measure x design) tests shown;
      that holds for dependent tests, which these are. `survives_holm` is the claim to rely on.
    - Differences that are equal on every path but not zero have no spread to judge by: they count
      as shown only if a sign test agrees (six paths or more), and have no interval.
    - An average over feeds is taken over those that all designs have, matched by symbol (`feeds`).
    - A path on which a measure is not finite is left out of that measure (`n_missing`); for a
      difference a path is left out when either design has no number. With one path there is no
      interval and no verdict.

    Nothing is drawn at random: the same records give the same comparison, in whatever order.

    Args:
        shown: measures; default: all that mean something in the world of these records.
        fingerprints: of the deployed designs, by name; only equal ones make designs identical.
        looks: that the comparison was made after some of these numbers of paths, and its intervals have to hold at all.
    """
    ordered = _ordered(records, baseline)
    shown = measures.suited(ordered) if shown is None else shown
    names = tuple(record.design for record in ordered)
    aligned = [np.argsort(record.paths, kind="stable") for record in ordered]
    confidence = looks.confidence if looks else intervals.CONFIDENCE
    same = _same(names, fingerprints or {})
    feeds = tuple(sorted(set.intersection(*(set(record.feeds) for record in ordered))))
    alike = [record.over(feeds) for record in ordered]
    estimates, differences = {}, {}
    for measure in shown:
        values = [
            np.asarray(measure.per_path(record), dtype=float)[index]
            for record, index in zip(alike if measure.by_feed else ordered, aligned, strict=True)
        ]
        for name, row in zip(names, values, strict=True):
            estimates[measure.key, name] = paired.estimate(measure, name, row, confidence)
        for name, row in zip(names[1:], values[1:], strict=True):
            differences[measure.key, name] = paired.difference(
                measure, name, row, values[0], is_same=name in same, confidence=confidence
            )
    losses = {
        record.design: measures.lp_loss_pct(record)[index] for record, index in zip(ordered, aligned, strict=True)
    }
    adjusted = paired.adjust(differences, confidence)
    return Comparison(
        designs=names,
        n_paths=len(ordered[0].paths),
        feeds=feeds,
        measures=tuple(shown),
        estimates=estimates,
        differences=adjusted,
        tails=tail.tails(losses, names[0], confidence=confidence, same=same),
        reverts=_reverts(ordered),
        step_s=_steps(ordered[0].time_s),
        openings=tuple(opening_of(record) for record in ordered),
        n_tests=int(sum(np.isfinite(d.p_value) for d in adjusted.values())),
        looks=looks,
    )


def _same(names: Sequence[str], fingerprints: Mapping[str, str]) -> frozenset[str]:
    """Designs whose fingerprint is known and that of the first."""
    first = fingerprints.get(names[0])
    return frozenset(name for name in names[1:] if first is not None and fingerprints.get(name) == first)


def _ordered(records: Sequence[Records], baseline: str | None) -> list[Records]:
    """The baseline first, the others as given; all on the same paths and clock."""
    names = [record.design for record in records]
    if not names:
        raise InputError(file="compare", key="designs", expected="at least one design")
    if len(set(names)) < len(names):
        raise InputError(file="compare", key="designs", expected="distinct names", got=names)
    if baseline is not None and baseline not in names:
        raise InputError(file="compare", key="baseline", expected=f"one of {', '.join(names)}", got=baseline)
    first = records[names.index(baseline or names[0])]
    for record in records:
        same_paths = np.array_equal(np.sort(record.paths), np.sort(first.paths))
        if not same_paths or not np.array_equal(record.time_s, first.time_s):
            key = "time_s" if same_paths else "paths"
            got = f"{len(record.paths)} paths, {len(record.time_s)} steps"
            raise InputError(file=record.design, key=key, expected=f"the {key} of {first.design}", got=got)
    return [first, *(record for record in records if record is not first)]


def _steps(time_s: np.ndarray) -> tuple[int, int]:
    lasts = np.diff(time_s)
    return (int(lasts.min()), int(lasts.max())) if len(lasts) else (0, 0)


def _reverts(records: Sequence[Records]) -> tuple[Revert, ...]:
    """The most frequent reason first."""
    reasons = sorted({reason for record in records for reason in record.reverts})
    rows = [Revert(*reason, tuple(float(np.mean(r.reverts.get(reason, 0.0))) for r in records)) for reason in reasons]
    return tuple(sorted(rows, key=lambda row: -max(row.means)))


def _without_nan(content: object) -> object:
    if isinstance(content, dict):
        return {key: _without_nan(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_without_nan(value) for value in content]
    return None if isinstance(content, float) and not np.isfinite(content) else content
