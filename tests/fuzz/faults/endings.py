"""Faults of how a market ends."""

from __future__ import annotations

from fuzz.faults.fault import fault

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
        "self.settlements[m] > 0 and price.status == c.HALTED and price.published_at == self.settlements[m],\n",
        "self.settlements[m] > 0,\n",
        "LV-10",
    ),
]
