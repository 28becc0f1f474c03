"""docs/validation.md: every check with its verdict, misses first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import sim
from sim.inputs.errors import InputError
from sim.validation.assembly import Found
from sim.validation.checks import Check, Plan
from sim.validation.facts import load_facts
from sim.validation.table import MEANING, summary

PAGE = Path(sim.__file__).resolve().parents[1] / "docs" / "validation.md"


def check_folder() -> None:
    """There is a folder to write the page into.

    Raises:
        InputError: there is none, as where the package is installed without its repository.
    """
    if not PAGE.parent.is_dir():
        raise InputError(file="--write", expected="a repository with a folder docs", got=str(PAGE.parent))


def page(plan: Plan, found: Found, more: Sequence[str] = ()) -> str:
    """The page; `more`: sections of others, each with its heading."""
    return "\n".join([*_head(plan, found), *_missed(found), *_parts(found), *_inputs(plan), *more]) + "\n"


def _head(plan: Plan, found: Found) -> Iterator[str]:
    yield "# What the market world is believed for"
    yield ""
    flags = f"--scenario {plan.market} --paths {plan.paths} --seed {plan.seed}{' --full' if plan.is_full else ''}"
    yield f"Written by `breakwater validate {flags} --write`. {summary(found).capitalize()}."
    yield "A miss is a result: it stays on this page until the world changes."
    yield ""
    for verdict, meaning in MEANING.items():
        yield f"- {verdict}: {meaning}"
    yield ""
    yield "The world is run by itself, without pools of the chain; the hedge channel has a stand-in."


def _missed(found: Found) -> Iterator[str]:
    yield ""
    yield "## Missed"
    yield ""
    for title, checks in found.checks.items():
        missed = [check for check in checks if check.verdict == "missed"]
        if missed:
            yield f"- {title}: {len(missed)} of {len(checks)}"
            for check in missed:
                yield f"  - {check.name}: {check.measured} for {check.target}"


def _parts(found: Found) -> Iterator[str]:
    for title, checks in found.checks.items():
        yield ""
        yield f"## {title}"
        yield ""
        yield found.about[title]
        yield ""
        yield "| check | target | measured | tolerance | verdict | note |"
        yield "|---|---|---|---|---|---|"
        for check in checks:
            yield _row(check)


def _row(check: Check) -> str:
    cells = (check.name, check.target, check.measured, check.tolerance, check.verdict, check.note)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _inputs(plan: Plan) -> Iterator[str]:
    yield ""
    yield "## Figures that nothing is compared with"
    yield ""
    yield "No independent source confirms them; a scenario may use them as inputs."
    yield ""
    for each in load_facts(plan.market).inputs:
        yield f"- {each.what}: {each.figure} ({each.source})"
