"""GLP: pool value and share price by our contracts' own books, for recorded states of the live pool.

GLP's value of an asset is guaranteedUsd + (pool - reserved) * price, plus what shorts lost. In our books that is the
pool's tokens less the profit of one long of `reserved` tokens that cost guaranteedUsd, and of one short of the global
short size at the global average price: each state is set up by such trades, and the Pool is asked for its value.

The file is one of minute states (zelos-alpha/demeter, samples of GLP on Avalanche), with columns named as there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from eth_abi import decode

from sim.chain.deployment import MAX_UINT, MAX_VENUES, Cast
from sim.chain.evm import EvmChain
from sim.chain.failures import OK, ContractError
from sim.chain.plan import encode_call
from sim.chain.settings import Venue
from sim.design import load_design
from sim.inputs.compiler import artifact
from sim.inputs.errors import InputError

WAD = 10**18
START_S = 1_760_000_000
DESIGN = Path(__file__).parent / "glp_books.toml"
#: Prefix of an asset's columns in the file, by its symbol in the design; the first four have positions.
COLUMNS = {
    "BTCb": "btc.b", "WETH": "weth", "WBTC": "wbtc", "WAVAX": "wavax", "MIM": "mim", "USDC": "usdc", "USDCe": "usdc.e",
}  # fmt: skip
ASSETS = tuple(COLUMNS.values())
MARKETS = 4
MARGIN_UNITS = 10**9 * 10**6  # a billion dollars, which is in no pool
_VENUES = tuple(Venue(name, 1) for name in "abcd")
_CAST = Cast(("reporter", "traders", "keepers", "lp"), trader_accounts=2 * MARKETS)


@dataclass(frozen=True, slots=True)
class PoolValue:
    """One recorded state and what our books make of it."""

    recorded_usd: float
    ours_usd: float
    recorded_share_usd: float
    ours_share_usd: float

    @property
    def error(self) -> float:
        """Relative error of the pool's value, signed."""
        return self.ours_usd / self.recorded_usd - 1.0


def read_states(file: Path, every: int = 1) -> pd.DataFrame:
    """Recorded states, every so many rows.

    Raises:
        InputError: the file is missing or lacks a column.
    """
    if not file.is_file():
        raise InputError(file=file, expected="a Parquet file of minute states")
    table = pd.read_parquet(file)
    wanted = [f"{asset}_{what}" for asset in ASSETS for what in ("price", "pool")]
    wanted += [f"{a}_{what}" for a in ASSETS[:MARKETS] for what in ("guaranteed", "reserved", "size", "average")]
    for column in (*wanted, "aum", "glp"):
        if column not in table.columns:
            raise InputError(file=file, key=column, expected="a column of this name")
    return table.iloc[::every].reset_index(drop=True)


def pool_values(states: pd.DataFrame) -> Iterator[PoolValue]:
    """Each state's value by our contracts."""
    design = load_design(str(DESIGN))
    chain = EvmChain(design, _VENUES, _CAST, paths=1, time_s=START_S)
    books = _Books(chain)
    try:
        for row in states.to_dict("records"):
            mark = chain.snapshot(0)
            ours = books.value_usd(row)
            chain.revert(0, mark)
            supply = float(row["glp"])
            yield PoolValue(float(row["aum"]), ours, float(row["aum"]) / supply, ours / supply)
    finally:
        chain.close()


class _Books:
    """One chain on which states are set up."""

    def __init__(self, chain: EvmChain) -> None:
        self._chain = chain
        self._time_s = START_S
        design, feeds = chain.deployment.design, chain.deployment.feeds
        self._decimals = [asset.decimals for asset in design.assets]
        self._feeds = [COLUMNS[feed] for feed in feeds]
        self._assets = [COLUMNS[asset.symbol] for asset in design.assets]
        #: Columns of each market, and the place of its feed.
        self._markets = [(COLUMNS[market.symbol], feeds.index(market.feed)) for market in design.markets]
        self._dollar = self._assets.index("usdc")

    def value_usd(self, row: Mapping[Any, Any]) -> float:
        """Set the state up and ask for the pool's value at mid."""
        prices = [float(row[f"{asset}_price"]) for asset in self._feeds]
        self._report(prices)
        lp = self._address("lp")
        for k, asset in enumerate(self._assets):
            units = round(float(row[f"{asset}_pool"]) * 10 ** self._decimals[k])
            if units:
                self._send("lp", "pool", "Pool.vy", "mint", k, units, 0, lp)
        longs, shorts = list(prices), list(prices)
        for asset, feed in self._markets:
            if row[f"{asset}_reserved"] > 0:
                longs[feed] = float(row[f"{asset}_guaranteed"]) / float(row[f"{asset}_reserved"])
            if row[f"{asset}_size"] > 0:
                shorts[feed] = float(row[f"{asset}_average"])
        self._report(longs)
        for m, (asset, _) in enumerate(self._markets):
            self._open(m, m, _wad(float(row[f"{asset}_reserved"])))
        self._report(shorts)
        for m, (asset, feed) in enumerate(self._markets):
            self._open(MARKETS + m, m, -_wad(float(row[f"{asset}_size"]) / shorts[feed]))
        self._report(prices)
        low_mid = self._send("lp", "pool", "Pool.vy", "aum")
        return float(decode(["uint256"] * 7, low_mid)[1]) / WAD

    def _open(self, trader: int, m: int, size_wad: int) -> None:
        if size_wad == 0:
            return
        account = _CAST.trader_ids[trader]
        self._send("traders", "market", "Market.vy", "deposit_collateral", account, self._dollar, MARGIN_UNITS // 10)
        acceptable = MAX_UINT if size_wad > 0 else 0
        self._send("traders", "desk", "Desk.vy", "trade", account, m, size_wad, acceptable)

    def _report(self, prices: list[float]) -> None:
        self._time_s += 1
        self._chain.advance(self._time_s)
        quotes = [
            (_wad(price) << 160) | self._time_s if v < len(_VENUES) else 0
            for price in prices
            for v in range(MAX_VENUES)
        ]
        self._send("reporter", "oracle", "Oracle.vy", "report", quotes)

    def _send(self, sender: str, target: str, source: str, function: str, *arguments: Any) -> bytes:
        data = encode_call(artifact(source), function, arguments)
        status, output = self._chain.send(0, self._address(sender), self._address(target), data)
        if status != OK:
            raise ContractError(f"{target}.{function}", status)
        return output

    def _address(self, name: str) -> str:
        return self._chain.deployment.addresses[name]


def _wad(value: float) -> int:
    return round(value * 10**15) * 1_000
