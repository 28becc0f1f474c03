"""What stands behind the numbers of a run: which machine ran the contracts, and who checked it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.audit import Audited
from sim.chain.kinds import Kind
from sim.design import Design


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
            audit = (
                f"Audit: {len(audited)} paths ({worst} of them the worst) were played again on bytecode: "
                f"0 differences in {calls:,} calls and {words:,} words of storage."
            )
        else:
            audit = "No path was audited on bytecode."
        return Trust(("The contracts ran as native code compiled from their Vyper source.", audit, *fallbacks))
