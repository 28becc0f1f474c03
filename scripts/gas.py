"""Measure gas per verb of designs as transactions on Anvil, and keep the table that the simulator uses for block space.

python scripts/gas.py            all shipped designs, prints the table
python scripts/gas.py --write    and writes sim/chain/gas.toml
"""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from sim.blockspace import TABLE
from sim.chain import gas as gauge
from sim.design import list_designs, load_design


@click.command()
@click.argument("designs", nargs=-1)
@click.option("--write", is_flag=True, help="Write the table of all shipped designs.")
def main(designs: tuple[str, ...], write: bool) -> None:
    """Print gas by verb, kind and design."""
    if write and designs:
        raise click.UsageError("--write takes all shipped designs: name none")
    names = list(designs) or list_designs()
    measured = {name: gauge.measure(load_design(name)) for name in names}
    kinds = sorted({(verb, kind) for found in measured.values() for verb in found for kind in found[verb]})
    table = Table("verb", "kind", *names)
    for verb, kind in kinds:
        figures = [measured[name].get(verb, {}).get(kind) for name in names]
        table.add_row(verb, kind, *("-" if figure is None else f"{figure:,}" for figure in figures))
    Console(width=200).print(table)
    if write:
        TABLE.write_text(gauge.as_toml(measured))


if __name__ == "__main__":
    main()
