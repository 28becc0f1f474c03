"""Compare our policies and books with recorded states of live protocols; prints what was measured.

    python scripts/check_live.py --gmx-v2 MINUTES.parquet --glp MINUTES.parquet

Without options it reads the extracts that the tests keep (tests/data, MIT, zelos-alpha/demeter).
"""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from sim.fidelity import glp, gmx_v2
from sim.inputs.errors import InputError

DATA = Path(__file__).resolve().parents[1] / "tests" / "data"
DAY = "2025-11-11"


@click.command()
@click.option("--gmx-v2", "gmx_v2_file", type=Path, default=DATA / "gmx_v2_eth_usdc_2025-11-11.parquet")
@click.option("--glp", "glp_file", type=Path, default=DATA / "glp_avalanche_2024-10-15.parquet")
@click.option("--every", type=click.IntRange(min=1), default=1, help="Take every so many rows of the GLP file.")
def main(gmx_v2_file: Path, glp_file: Path, every: int) -> None:
    """Print growth of GMX v2's factors and GLP's pool value, recorded and ours."""
    try:
        _print(gmx_v2_file, glp_file, every)
    except InputError as error:
        raise SystemExit(_refused(error)) from error


def _print(gmx_v2_file: Path, glp_file: Path, every: int) -> None:
    console = Console(width=120)
    states = gmx_v2.read_states(gmx_v2_file, DAY)
    table = Table("factor", "parameters", "recorded", "ours", "error", title=f"GMX v2 ETH/USDC on {DAY}")
    rows = [("as published", growth) for growth in gmx_v2.borrowing(states)]
    rows += [("defaults", growth) for growth in gmx_v2.funding(states)]
    fitted_s = gmx_v2.fitted_increase_s(states)
    rows += [(f"increase in {fitted_s / 3_600:.1f} h", growth) for growth in gmx_v2.funding(states, fitted_s)]
    half = len(states) // 2
    parts = {"morning": states.iloc[:half], "evening": states.iloc[half:]}
    halves = {name: part.reset_index(drop=True) for name, part in parts.items()}
    for told, by in (("evening", "morning"), ("morning", "evening")):
        fitted_s = gmx_v2.fitted_increase_s(halves[by])
        rows.append((f"{told}, by the {by}'s {fitted_s / 3_600:.1f} h", gmx_v2.funding(halves[told], fitted_s)[0]))
    for parameters, growth in rows:
        error = "exact" if growth.recorded == growth.ours else f"{growth.error:+.2%}"
        table.add_row(growth.factor, parameters, f"{growth.recorded:.4e}", f"{growth.ours:.4e}", error)
    console.print(table)
    values = list(glp.pool_values(glp.read_states(glp_file, every)))
    worst = max(values, key=lambda value: abs(value.error))
    console.print(
        f"GLP on Avalanche, {len(values)} states: pool value {values[0].recorded_usd:,.2f} recorded, "
        f"{values[0].ours_usd:,.2f} ours at first; share {values[0].ours_share_usd:.6f}; "
        f"largest relative error {abs(worst.error):.1e}"
    )


def _refused(error: InputError) -> int:
    Console(stderr=True).print(f"error: {error}", highlight=False)
    return 2


if __name__ == "__main__":
    main()
