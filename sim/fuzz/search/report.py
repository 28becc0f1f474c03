"""What a hunt found, in words."""

from __future__ import annotations

from collections.abc import Iterator

from sim.fuzz.search.confirm import Finding
from sim.fuzz.search.hunt import Bag
from sim.fuzz.search.questions import QUESTIONS

_SAYS = {question.id: question.says for question in QUESTIONS.values()}


def told_finding(finding: Finding) -> Iterator[str]:
    """Who gains or loses how much, by which sequence, and where the tape is."""
    listed = f", as {finding.design} says that it breaks {finding.property_id}" if finding.is_listed else ""
    yield f"{finding.design}, {finding.place}: {finding.property_id}: {_SAYS[finding.property_id]}{listed}"
    what = "; ".join(finding.harms) or "the group gains"
    yield f"  {what}: {finding.usd:,.2f} USD after {finding.sequences:,} sequences, the same on bytecode"
    for line in finding.words:
        yield f"    {line}"
    yield f"  tape: {finding.tape}"


def progress_line(bag: Bag) -> str:
    """One line: how far a hunt is."""
    listed = sum(finding.is_listed for finding in bag.findings)
    return (
        f"{bag.sequences:,} sequences in {len(bag.results)} of {bag.searches} searches, {bag.seconds:,.0f} s, "
        f"{len(bag.findings) - listed} findings, {listed} more that the designs list"
    )


def verdict(bag: Bag) -> Iterator[str]:
    """By design: sequences, and the best of what is no finding."""
    for design in dict.fromkeys(each.design for each in bag.results):
        rows = [each for each in bag.results if each.design == design]
        clean = [each.usd for each in rows if each.finding is None and each.sequences]
        seconds = sum(each.seconds for each in rows)
        yield (
            f"{design}: {sum(each.sequences for each in rows):,} sequences, {seconds:,.0f} s of one core, "
            f"{sum(not each.sequences for each in rows)} states that it does not have, "
            f"at most {max(clean, default=0.0):,.4f} USD where nothing was found"
        )
