"""The certificate for people."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Group, RenderableType
from rich.table import Table

from sim.certificate.certificate import Certificate, Lockstep
from sim.certificate.lockstep import VIEW, LockstepResult, together

_FILES, _DIGITS = 12, 16


def full_table(made: Certificate, results: Mapping[str, LockstepResult]) -> RenderableType:
    """Designs, functions, coverage, faults, and what it is all about."""
    whole = together(results.values())
    return Group(_designs(made), _functions(whole), _coverage(whole), _hashes(made), _about(made, whole))


def _designs(made: Certificate) -> Table:
    table = Table(title="lockstep: the same calls on bytecode and native")
    table.add_column("design")
    for heading in ("actions", "accepted", "checkpoints", "words", "codes", "statements", "branches", "native faster"):
        table.add_column(heading, justify="right")
    for name, part in made.designs.items():
        table.add_row(name, *_cells(part))
    return table


def _cells(part: Lockstep) -> list[str]:
    return [
        f"{part.actions:,}",
        _percent(part.accepted, part.actions),
        str(part.checkpoints),
        f"{part.words:,}",
        str(part.codes),
        _percent(*part.statements),
        _percent(*part.branches),
        f"{part.ratio:.0f} x",
    ]


def _functions(whole: LockstepResult) -> Table:
    """Verbs; the views of a contract in one row."""
    table = Table(title="calls and successes by function")
    for _ in range(3):
        table.add_column("function")
        table.add_column("calls", justify="right")
        table.add_column("accepted", justify="right")
    counts: dict[str, tuple[int, int]] = {}
    for name, (calls, accepted) in whole.calls.items():
        shown = f"{name.partition('.')[0]}, views" if name.endswith(VIEW) else name
        before = counts.get(shown, (0, 0))
        counts[shown] = (before[0] + calls, before[1] + accepted)
    cells = [(name, f"{calls:,}", f"{accepted:,}") for name, (calls, accepted) in sorted(counts.items())]
    third = -(-len(cells) // 3)
    for i in range(third):
        row = [cell for j in (i, i + third, i + 2 * third) if j < len(cells) for cell in cells[j]]
        table.add_row(*row)
    return table


def _coverage(whole: LockstepResult) -> Table:
    """Files of which most was not reached."""
    table = Table(title="statements and branches reached, files with gaps")
    for heading in ("file", "reached", "of"):
        table.add_column(heading, justify="left" if heading == "file" else "right")
    gaps = [(file, *counts) for file, counts in whole.coverage.by_file().items() if counts[0] < counts[1]]
    for file, reached, places in sorted(gaps, key=lambda row: row[1] - row[2])[:_FILES]:
        table.add_row(file, str(reached), str(places))
    return table


def _hashes(made: Certificate) -> Table:
    """The beginning of the hashes of what every design deploys."""
    table = Table(title="SHA-256, beginning")
    for heading in ("contract", "source", "runtime bytecode"):
        table.add_column(heading)
    for name, found in made.bytecode.items():
        if "/" not in name:
            table.add_row(name, made.sources[name][:_DIGITS], found[:_DIGITS])
    return table


def _about(made: Certificate, whole: LockstepResult) -> str:
    caught = sum(made.faults.values())
    used = ", ".join(f"{name} {number}" for name, number in made.versions.items())
    return "\n".join(
        (
            f"statements {_percent(*whole.coverage.share(branches=False))}, "
            f"branches {_percent(*whole.coverage.share(branches=True))} of what these designs deploy",
            f"never accepted: {', '.join(whole.never_accepted) or 'nothing'}",
            f"error codes met: {len(whole.codes)}; beyond native storage, not compared: {whole.limits:,} calls",
            f"planted faults found: {caught} of {len(made.faults)}",
            f"{len(made.sources)} sources, {len(made.bytecode)} contracts (SHA-256 of each in the JSON)",
            f"seed {made.seed}; {used}; {made.processor}",
        )
    )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"
