"""What a campaign of random programs says at its end."""

from __future__ import annotations

from sim.certificate.programs.running import Finding

_SHOWN = 5


def sentences(found: Finding) -> list[str]:
    """Differences and refusals with their sources, then counts, then the one line that matters."""
    lines = [*found.differences[:_SHOWN]]
    if len(found.differences) > _SHOWN:
        lines.append(f"and {len(found.differences) - _SHOWN} programs more that differ")
    for what, named in (("refused by the translator", found.refused), ("not taken by Vyper itself", found.invalid)):
        if named:
            lines.append(f"{what}: {len(named)} programs, the first: {' '.join(named[0].split())[:300]}")
    accepted = found.calls - found.coded - found.panics
    lines.append(
        f"{found.lines:,} lines of Vyper; {_percent(accepted, found.calls)} of the calls accepted, "
        f"{_percent(found.coded, found.calls)} refused with a code, {_percent(found.panics, found.calls)} without; "
        f"{found.events:,} events and {found.words:,} words of storage compared"
    )
    lines.append(f"{len(found.differences)} differences in {found.programs:,} programs, {found.calls:,} calls")
    return lines


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"
