"""Faults of how a market ends."""

from __future__ import annotations

from pathlib import Path

from fuzz.faults.fault import fault

_WAITS = str(Path(__file__).parents[1] / "waiting.toml")

FAULTS = [
    fault(
        "a market is never unlisted while the pool holds what backs it",
        "RiskController",
        "    err.check(long.size_wad + short.size_wad == 0, err.MARKET_NOT_EMPTY)\n",
        "    backing: IMarket.Buckets = staticcall roles.market.buckets(params.long_asset)\n"
        "    err.check(long.size_wad + short.size_wad + backing.pool == 0, err.MARKET_NOT_EMPTY)\n",
        "LV-09",
    ),
    fault(
        "a settlement outlives the price that comes back",
        "Liquidator",
        "self.settlements[m] > 0 and price.status == c.HALTED and price.published_at == self.settlements[m]\n",
        "self.settlements[m] > 0\n",
        "LV-10",
    ),
    fault(
        "a market that is wound up is left at any price that is still good",
        "Liquidator",
        "price.status == c.OK and block.timestamp <= price.published_at + FRESH_S\n",
        "price.status == c.OK\n",
        "LV-13",
    ),
    fault(
        "a market is wound up after a day",
        "RiskController",
        "return WIND_UP_NOTICE_S if kind == WIND_UP_MARKET else NOTICE_S\n",
        "return NOTICE_S\n",
        "LV-13",
    ),
    fault(
        "owners have no way out of a market that is wound up",
        "OrderBook",
        "        is_market = listing.has_market(market)\n",
        "        is_market = listing.is_open(market)\n",
        "LV-13",
        design=_WAITS,
    ),
]
