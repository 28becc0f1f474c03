"""What stands behind the numbers of a run: which machine ran the contracts, and who checked it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.design import Design
from sim.runs.audit import Audited
from sim.runs.kinds import Kind


@dataclass(frozen=True, slots=True)
class Trust:
    """Sentences for the terminal and the report."""

    sentences: tuple[str, ...]

    @staticmethod
    def of(
        designs: Sequence[Design], chains: Sequence[Kind], audited: Sequence[Audited], fallbacks: Sequence[str]
    ) -> Trust:
        """Say what ran where, and what was compared."""
        native = [str(design) for design, chain in zip(designs, chains, strict=True) if chain == "native"]
        if not native:
            return Trust(("The contracts' bytecode was run.", *fallbacks))
        calls, words = sum(item.calls for item in audited), sum(item.words for item in audited)
        worst = sum(item.why != "sampled" for item in audited)
        if audited:
            paths = "path" if len(audited) == 1 else "paths"
            audit = (
                f"Audit: {len(audited)} {paths} ({worst} of them the worst), played again on bytecode: "
                f"0 differences in {calls:,} calls and {words:,} words of storage."
            )
        else:
            audit = "No path was audited on bytecode."
        ran = "The contracts ran as native code compiled from their Vyper source."
        pairs = zip(designs, chains, strict=True)
        certified = _certificate([design for design, chain in pairs if chain == "native"])
        return Trust((ran, audit, certified, *fallbacks))


def _certificate(designs: Sequence[Design]) -> str:
    """The last certificate that fits the sources, and what it does not cover."""
    from sim.certificate.certificate import last_valid

    found = last_valid()
    if found is None:
        return "There is no certificate for these sources yet: breakwater certify makes one."
    beyond = sorted(set().union(*(found.uncovered(design) for design in designs)))
    rest = f" It did not exercise {', '.join(beyond)}: certify the design for that." if beyond else ""
    return f"Certificate: {found.quote()}.{rest}"
