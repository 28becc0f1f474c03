"""Faults of haircuts by an index: who gives, how much, and when it counts."""

from __future__ import annotations

from pathlib import Path

from fuzz.faults.fault import fault

_JUNIOR = str(Path(__file__).parents[1] / "junior.toml")

FAULTS = [
    fault(
        "a cell gives as soon as it wins in sum, losers in it included",
        "Cohorts",
        "        if cell.edge_wad >= price_wad:\n            return 0\n",
        "        if cell.size_wad == 0:\n            return 0\n",
        "AD-18",
        ("    if cell.edge_wad <= price_wad:\n        return 0\n", "    if cell.size_wad == 0:\n        return 0\n"),
        ("CELLS: constant(uint256) = 256", "CELLS: constant(uint256) = 1"),
        ("low <= cell.edge_wad and cell.edge_wad <= high and cell.keep >= WORN", "cell.keep >= WORN"),
        design=_JUNIOR,
    ),
    fault(
        "whoever comes after a haircut owes it, too",
        "Cohorts",
        "Member(place=place + 1, keep=cell.keep, shift=cell.shift)",
        "Member(place=place + 1, keep=ALL, shift=0)",
        "AD-18",
        ("low <= cell.edge_wad and cell.edge_wad <= high and cell.keep >= WORN", "cell.keep >= WORN"),
        design=_JUNIOR,
    ),
    fault(
        "what was given is forgotten when a position is booked",
        "Cohorts",
        "    if owed > 0:\n        self.due_usd_wad[s] -= owed\n",
        "    if owed > 0:\n        self.due_usd_wad[s] -= 0\n",
        "AD-15",
        design=_JUNIOR,
    ),
    fault(
        "half of a loss is given",
        "Liquidator",
        "haircut(m, winning_side, price_wad, lost_usd_wad)",
        "haircut(m, winning_side, price_wad, lost_usd_wad // 2)",
        "AD-16",
        design=_JUNIOR,
    ),
]

IN_MARKET = [
    fault(
        "a share's value does not see what winners gave",
        "Market",
        "        pnl -= staticcall ICohorts(cohorts).owed_by_side(m, side)\n",
        "        pnl -= 0 * staticcall ICohorts(cohorts).owed_by_side(m, side)\n",
        "LP-03",
        design=_JUNIOR,
    ),
    fault(
        "an account's margin does not see what it gave",
        "Market",
        "            pos: IMarket.Position = markets._booked(account, m, sides)\n",
        "            pos: IMarket.Position = markets.positions[account][m]\n",
        "AD-17",
        design=_JUNIOR,
    ),
]
