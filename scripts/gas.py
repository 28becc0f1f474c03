"""Gas of every verb of designs, as transactions use it: what the simulator reckons block space with.

python scripts/gas.py                      all shipped designs, measured in process (or found in the cache)
python scripts/gas.py glp mine.toml        these
python scripts/gas.py glp --anvil          as transactions on Anvil, and how far the figures in process are from them
"""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from sim.chain import gas as gauge
from sim.chain.actions import VERBS
from sim.chain.failures import name_of
from sim.chain.nameless import nameless
from sim.design import Design, list_designs, load_designs


@click.command()
@click.argument("designs", nargs=-1)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change a number of the designs.")
@click.option("--anvil", is_flag=True, help="Send the transactions to a private Anvil.")
@click.option("--kinds", is_flag=True, help="Every kind of call of each verb, not the dearest alone.")
def main(designs: tuple[str, ...], overrides: tuple[str, ...], anvil: bool, kinds: bool) -> None:
    """Print gas by verb and design; in brackets what a refused call uses where a design lets none through, and why."""
    loaded = load_designs(list(designs) or list_designs(), overrides)
    found = {str(design): _measured(design, anvil=anvil) for design in loaded}
    table = Table("verb", *(["kind"] if kinds else []), *found)
    for verb in VERBS:
        table.add_row(verb, *(["the dearest"] if kinds else []), *(_cell(gas, verb) for gas in found.values()))
        if kinds:
            seen = dict.fromkeys(kind for gas in found.values() for kind in gas.used.get(verb, {}))
            for kind in seen:
                figures = [gas.used.get(verb, {}).get(kind) for gas in found.values()]
                table.add_row("", kind, *("" if figure is None else f"{figure:,}" for figure in figures))
    Console(width=max(120, 40 + 26 * len(found))).print(table)


def _measured(design: Design, *, anvil: bool) -> gauge.Gas:
    if not anvil:
        return gauge.gas_of(design)
    sent, reckoned = gauge.measure_on_node(nameless(design)), gauge.gas_of(design).table()
    furthest = max(VERBS, key=lambda verb: abs(reckoned[verb] - sent.of(verb)))
    click.echo(f"{design}: in process {reckoned[furthest] - sent.of(furthest):+,} gas at most ({furthest})")
    return sent


def _cell(gas: gauge.Gas, verb: str) -> str:
    closed = gas.closed()
    figure = f"{gas.of(verb):,}"
    return f"({figure}: {name_of(closed[verb])})" if verb in closed else figure


if __name__ == "__main__":
    main()
