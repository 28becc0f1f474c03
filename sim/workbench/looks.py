"""How the bench's tables look: plain, narrow, and with nothing in a cell taken for markup."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

NONE = "-"
_GAP = 2


def table(*columns: str, folds: Sequence[str] = ()) -> Table:
    """An empty table; the columns in `folds` share what room is left."""
    made = Table(box=box.SIMPLE_HEAD, padding=(0, _GAP, 0, 0), pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        made.add_column(Text(column), overflow="fold", ratio=1 if column in folds else None)
    return made


def add(made: Table, *cells: str) -> None:
    """Add a row of plain text: a key such as asset[BTC] is no markup."""
    made.add_row(*(Text(cell) for cell in cells))
