"""The calibration in words."""

from __future__ import annotations

from sim.validation.calibration.record import PARTLY, PINNED, TRADED, Record, load_record


def sections(market: str) -> list[str]:
    """Sections for the page; none of a market that was not calibrated."""
    record = load_record(market)
    return [] if record is None else sections_of(record)


def sections_of(record: Record) -> list[str]:
    """What was done, how it does on other seeds, and what the facts do not pin."""
    seeds = " and ".join(str(seed) for seed in record.seeds)
    taken = "It was taken over." if record.is_taken else "It was not taken over."
    lines = [
        "",
        "## Calibration",
        "",
        f"`{record.made_by}`: {record.runs} markets were simulated, the facts marked fit alone were looked at.",
        "The procedure is written down in `sim/validation/calibration/procedure.py`, the priors in `priors.toml`.",
        f"Root mean square miss in tolerances, on {record.paths} paths each of seeds {seeds}, which it has not seen:",
        f"{record.distance_before:g} before, {record.distance_after:g} after. {taken}",
        "",
        "| fact that was fitted | before | after | error of its surrogate |",
        "|---|---|---|---|",
        *(f"| {fit.name} | {fit.before:g} | {fit.after:g} | {fit.unseen:g} |" for fit in record.fits),
        "",
        "### What the facts do not pin",
        "",
        f"Width: deviation of the posterior in that of the prior. Up to {PINNED:g} is pinned, up to {PARTLY:g} partly;",
        "whatever was taken for the rest is what was believed before.",
        "",
        "| parameter | before | taken | posterior, 10 to 90 % | width | |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {each.name} | {each.before:g} | {each.after:g} | {each.low:g} to {each.high:g} | {each.width:.2f} "
        f"| {each.verdict} |"
        for each in sorted(record.widths, key=lambda each: each.width)
    ]
    if record.trades:
        pairs = "; ".join(f"{each.one} and {each.other} ({each.correlation:+.2f})" for each in record.trades)
        lines += ["", f"Stand in for each other (correlation beyond {TRADED:g}): {pairs}."]
    return lines
