"""Conservation, asserted at the end of every run: nothing is made, nothing is lost, and every claim has its tokens.

Of each asset, to the unit:
  - what was ever minted is in the wallets of actors, in Market, or with a request that waits to enter
  - what Market has is in the pool or in an account, and the accounts add up
  - every share of the pool is somebody's
In USD at the oracle's mid, within a ten-thousandth of a dollar for each million that Market holds (a double keeps that
to a thousandth of it): the pool's tokens are what shareholders, the rebate budget, every position, price impact that is
kept, funding that is held and the treasury's part of unpaid fees have a claim to. Losses that nobody has booked yet
stand on both sides: on the traders' with their sign, in the pool's value as if they were paid. A pool that is worth
nothing owes more than it has: there claims may exceed tokens.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.chain.protocol import Chain
from sim.chain.views import Views
from sim.chain.worth import Appraiser, integers

TOLERANCE_USD = 1e-4
SCALE_USD = 1e6


class ConservationError(Exception):
    """The books of a path do not close: no number of the run can be trusted."""

    def __init__(self, design: str, path: int, message: str, row: int, task: str = "") -> None:
        """`row`: of the path among those that ran beside it, in the task of this name."""
        super().__init__(f"{design}, path {path}: the books do not close: {message}")
        self.design, self.path, self.message, self.row, self.task = design, path, message, row, task

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        """Survive the way back from a worker process."""
        return type(self), (self.design, self.path, self.message, self.row, self.task)


class _Break(Exception):
    """On the path of this index, with what does not close."""


def check(chain: Chain, paths: Sequence[int]) -> None:
    """Look at every path of a chain, whose ids are these.

    Raises:
        ConservationError: of the first path whose books do not close, with by how much.
    """
    try:
        _check(chain)
    except _Break as found:
        index, message = found.args
        raise ConservationError(str(chain.deployment.design), int(paths[index]), message, index) from None


def _check(chain: Chain) -> None:
    appraiser = Appraiser(chain)
    cast, assets = chain.deployment.cast, chain.deployment.design.assets
    symbols = [asset.symbol for asset in assets]
    books = appraiser.books()
    wallets = appraiser.balances([*cast.actors, "market", "entries"])
    _expect_units("what was minted", symbols, appraiser.supplies(), "what is somewhere", wallets)
    held = books.pools + books.collaterals
    _expect_units("Market's tokens", symbols, appraiser.balances(["market"]), "pool and accounts", held)
    everywhere, ids = np.arange(chain.paths), np.arange(1, cast.keeper_ids[-1] + 1)
    path, ids = np.repeat(everywhere, len(ids)), np.tile(ids, chain.paths)
    worths = appraiser.worths(path, ids)
    collateral = integers(worths.units).reshape(chain.paths, -1, len(assets)).sum(axis=1)
    _expect_units("collateral", symbols, books.collaterals, "that of all accounts", collateral)
    supply, owned = appraiser.shares([*cast.actors, "pool", "exits"])
    _expect_units("the supply", ["shares"], supply, "all holders", owned)

    prices = Views(chain).prices()
    feeds = [chain.deployment.feeds.index(asset.feed) for asset in assets]
    mid = prices.mid[:, feeds] / 10.0 ** np.array([asset.decimals for asset in assets])
    tokens = (books.pools.astype(float) * mid).sum(axis=1)
    positions = (worths.profit - worths.borrow).reshape(chain.paths, -1).sum(axis=1) - books.withheld_usd
    claims = books.aum_usd + positions + books.impact_usd + books.funding_usd + books.treasury_usd
    scale = np.maximum((held.astype(float) * mid).sum(axis=1) / SCALE_USD, 1.0)
    off = claims - tokens
    is_off = np.where(books.aum_usd > 0.0, np.abs(off), -off) > TOLERANCE_USD * scale
    for index in np.flatnonzero(is_off)[:1].tolist():
        raise _Break(
            index, f"claims to the pool's tokens are {claims[index]:,.6f} USD at mid, the tokens {tokens[index]:,.6f}"
        )


def _expect_units(what: str, symbols: list[str], units: np.ndarray, other: str, others: np.ndarray) -> None:
    """Units of each asset, (paths, assets) of whole numbers, are the same."""
    for index, k in np.argwhere(units != others)[:1].tolist():
        raise _Break(index, f"{symbols[k]}: {what} {units[index, k]:,} units, {other} {others[index, k]:,}")
