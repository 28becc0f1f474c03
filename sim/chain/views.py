"""Reads in natural units: what the Lens answers, as arrays with a leading path axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.chain import codec
from sim.chain.deployment import Deployment
from sim.chain.plan import encode_call, selector
from sim.chain.protocol import Asked
from sim.inputs.compiler import artifact

WAD = 10.0**18
MAX_IDS = 256  # what the Lens takes in one call
_AUM_WORDS = 7
_BUCKET_WORDS = _AUM_WORDS + 1 + 8 * 3
_POOL_WORDS = _BUCKET_WORDS + 8 + 8 + 1 + 4 * 8 * 2 + 1 + 8
_ACCOUNT_WORDS = 6 + 8 + 8 + 8
_PRICE_WORDS = 8


@dataclass(frozen=True, slots=True)
class Prices:
    """The oracle's answer; USD per whole token."""

    low: np.ndarray  # (paths, feeds)
    mid: np.ndarray
    high: np.ndarray
    status: np.ndarray  # (paths, feeds) 0 ok, 1 wide, 2 halted
    observed_from_s: np.ndarray  # (paths, feeds) unix seconds of the oldest quote behind it; 0: none, or long ago


@dataclass(frozen=True, slots=True)
class Pool:
    """State of the pool. Token amounts in whole tokens, sizes in whole units, USD."""

    aum_low: np.ndarray  # (paths,)
    aum_mid: np.ndarray
    aum_high: np.ndarray
    status: np.ndarray  # (paths,) worst price status behind the value
    supply: np.ndarray  # (paths,)
    tokens: np.ndarray  # (paths, assets) in the pool
    reserved: np.ndarray  # (paths, assets)
    collateral: np.ndarray  # (paths, assets) of all accounts, insurance and treasury among them
    insurance: np.ndarray  # (paths, assets)
    treasury: np.ndarray  # (paths, assets)
    lost_usd: np.ndarray  # (paths,) losses that the contracts have booked so far, before winners gave any of it back
    sizes: np.ndarray  # (paths, markets, 2) of the long and the short side, insurance's positions among them
    costs_usd: np.ndarray  # (paths, markets, 2)
    borrow_index: np.ndarray  # (paths, markets, 2) USD for each USD of cost, as of now
    funding_index: np.ndarray  # (paths, markets, 2) USD for each unit of size; below zero: earned
    is_per_unit: np.ndarray  # (paths,) whether the pool stands between the sides of funding
    deltas: np.ndarray  # (paths, feeds) by how much its value at mid moves with each feed's price, whole units


@dataclass(frozen=True, slots=True)
class Accounts:
    """A column per asked account; (n,) or (n, assets) or (n, markets)."""

    equity: np.ndarray
    free: np.ndarray
    initial: np.ndarray
    maintenance: np.ndarray
    safe_move: np.ndarray
    safe_s: np.ndarray
    collateral: np.ndarray
    sizes: np.ndarray
    costs: np.ndarray


class Views:
    """Reads of one chain."""

    def __init__(self, chain: Asked) -> None:
        self._chain = chain
        deployment = chain.deployment
        lens = artifact("Lens.vy")
        market = deployment.addresses["market"]
        self._scale = _scales(deployment)
        self._assets = len(deployment.design.assets)
        self._markets = len(deployment.design.markets)
        self._feeds = len(deployment.feeds)
        self._everywhere = np.arange(chain.paths)
        self._prices = encode_call(artifact("Oracle.vy"), "prices", ())
        self._pool = encode_call(lens, "pool", (market,))
        self._accounts = encode_call(lens, "accounts", (market, ()))[: 4 + 64]
        self._market = codec.address_words([market])[0]
        self._room, self._reward = selector(lens.function("room_for")), selector(lens.function("most_reward"))
        assets, markets = np.arange(self._assets), np.arange(self._markets)
        per_asset, per_market, feeds = np.arange(3 * self._assets), np.arange(2 * self._markets), np.arange(self._feeds)
        starts = _BUCKET_WORDS + np.array([0, 8, 16, 17, 33, 49, 65, 81, 82])
        self._pool_columns = np.concatenate(
            [
                np.arange(_AUM_WORDS + 1),
                _AUM_WORDS + 1 + per_asset,
                starts[0] + assets,
                starts[1] + assets,
                starts[2:3],
                *(start + per_market for start in starts[3:7]),
                starts[7:8],
                starts[8] + feeds,
            ]
        )
        self._columns = np.concatenate([np.arange(6), 6 + assets, 14 + markets, 22 + markets])  # those that are in use

    def prices(self) -> Prices:
        """Every feed on every path."""
        words = self._chain.ask(self._everywhere, "oracle", [self._prices], 8 * _PRICE_WORDS)
        words = words.reshape(-1, 8, _PRICE_WORDS, 32)[:, : self._feeds]
        values = codec.floats_from_words(words[:, :, :3])
        status = codec.integers_from_words(words[:, :, 5])
        observed_from_s = codec.integers_from_words(words[:, :, 6])
        return Prices(values[:, :, 0], values[:, :, 1], values[:, :, 2], status, observed_from_s)

    def pool(self) -> Pool:
        """The pool on every path."""
        words = self._chain.ask(self._everywhere, "lens", [self._pool], _POOL_WORDS)
        used = words.take(self._pool_columns, axis=1)
        values = codec.floats_from_words(used, 0, signed=True)
        n = self._assets
        widths = np.cumsum([8, 3 * n, n, n, 1, 8 * self._markets, 1])
        aum, units, insurance, treasury, lost, sides, per_unit, deltas = np.split(values, widths, axis=1)
        sizes, costs, borrow, funding = np.moveaxis(sides.reshape(-1, 4, self._markets, 2) / WAD, 1, 0)
        usd = aum / WAD
        buckets = units.reshape(-1, n, 3) / self._scale[:, None]
        return Pool(
            aum_low=usd[:, 0],
            aum_mid=usd[:, 1],
            aum_high=usd[:, 2],
            status=codec.integers_from_words(words[:, 3]),
            supply=usd[:, _AUM_WORDS],
            tokens=buckets[:, :, 0],
            reserved=buckets[:, :, 1],
            collateral=buckets[:, :, 2],
            insurance=insurance / self._scale,
            treasury=treasury / self._scale,
            lost_usd=lost[:, 0] / WAD,
            sizes=sizes,
            costs_usd=costs,
            borrow_index=borrow,
            funding_index=funding,
            is_per_unit=per_unit[:, 0] != 0,
            deltas=deltas / WAD,
        )

    def accounts(self, path: np.ndarray, ids: np.ndarray) -> Accounts:
        """Accounts (path[i], ids[i]); `path` must be sorted."""
        values = codec.floats_from_words(self._account_words(path, ids), 0, signed=True)
        wad = values / WAD
        collateral, sizes, costs = np.cumsum([6, self._assets, self._markets])
        return Accounts(
            equity=wad[:, 0],
            free=wad[:, 1],
            initial=wad[:, 2],
            maintenance=wad[:, 3],
            safe_move=_or_forever(wad[:, 4]),
            safe_s=_or_forever(values[:, 5]),
            collateral=values[:, collateral:sizes] / self._scale,
            sizes=wad[:, sizes:costs],
            costs=wad[:, costs:],
        )

    def room(
        self, path: np.ndarray, ids: np.ndarray, m: np.ndarray, size: np.ndarray, acceptable_usd: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """How much of wished positions could open now, (n,) whole units, and why not all of it, (n,) codes; 0: all.

        Less than all is told to 1/4,096 of the wish (Lens.room_for): what there is room for is at most so much more.
        """
        words = np.zeros((len(path), 5, 32), dtype=np.uint8)
        words[:, 0] = self._market
        words[:, 1], words[:, 2] = codec.words_from_integers(ids), codec.words_from_integers(m)
        words[:, 3:] = codec.words_from_floats(np.stack([size, acceptable_usd], axis=1), np.full(2, 18))
        answers = self._chain.ask(path, "lens", _rows(codec.calldata(self._room, words)), 2)
        return codec.floats_from_words(answers[:, 0], signed=True), codec.integers_from_words(answers[:, 1])

    def most_reward(self, path: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """USD that a keeper gets for liquidating accounts at most, (n,)."""
        words = np.zeros((len(path), 2, 32), dtype=np.uint8)
        words[:, 0], words[:, 1] = self._market, codec.words_from_integers(ids)
        answers = self._chain.ask(path, "lens", _rows(codec.calldata(self._reward, words)), 1)
        return codec.floats_from_words(answers[:, 0])

    def given_by_winners(self) -> np.ndarray:
        """USD that winners have given back through an index, (paths,); zeros where the design has none."""
        deployment = self._chain.deployment
        if not deployment.design.is_cut_by_index:
            return np.zeros(self._chain.paths)
        sides = range(2 * len(deployment.design.markets))
        data = [encode_call(artifact("Cohorts.vy"), "given_usd_wad", (s,)) for s in sides]
        words = self._chain.ask(np.repeat(self._everywhere, len(data)), "cohorts", data * self._chain.paths, 1)
        return codec.floats_from_words(words.reshape(self._chain.paths, len(data), 32)).sum(axis=1)

    def shares(self, holders: Sequence[str]) -> np.ndarray:
        """Pool shares of actors, (paths, holders)."""
        addresses = self._chain.deployment.addresses
        pool = artifact("Pool.vy")
        data = [encode_call(pool, "balanceOf", (addresses[h],)) for h in holders]
        path = np.repeat(self._everywhere, len(holders))
        words = self._chain.ask(path, "pool", data * self._chain.paths, 1)
        return codec.floats_from_words(words.reshape(self._chain.paths, len(holders), 32))

    def _account_words(self, path: np.ndarray, ids: np.ndarray) -> np.ndarray:
        """What the Lens answers, (n, columns in use, 32): a call per path, or several if it has many ids."""
        place = np.arange(len(path)) - np.searchsorted(path, path)  # among the ids of its path
        is_first = place % MAX_IDS == 0
        call = np.cumsum(is_first) - 1
        starts, counts = np.flatnonzero(is_first), np.bincount(call)
        longest = int(counts.max(initial=0))
        lengths = codec.words_from_integers(counts).tobytes()
        body = codec.words_from_integers(ids).tobytes()
        data = [
            self._accounts + lengths[32 * i : 32 * (i + 1)] + body[32 * start : 32 * (start + count)]
            for i, (start, count) in enumerate(zip(starts.tolist(), counts.tolist(), strict=True))
        ]
        answers = self._chain.ask(path[starts], "lens", data, 2 + _ACCOUNT_WORDS * longest)
        accounts = answers[:, 2:].reshape(len(data), longest, _ACCOUNT_WORDS, 32)
        return accounts[call, place % MAX_IDS].take(self._columns, axis=1)


def _rows(data: np.ndarray) -> list[bytes]:
    """Call data (n, bytes) as one string of bytes per call."""
    whole, width = data.tobytes(), data.shape[1]
    return [whole[i : i + width] for i in range(0, len(whole), width)]


def _or_forever(values: np.ndarray) -> np.ndarray:
    """The largest word, which reads as minus one, stands for no bound."""
    return np.where(values < 0.0, np.inf, values)


def _scales(deployment: Deployment) -> np.ndarray:
    decimals: Sequence[int] = [asset.decimals for asset in deployment.design.assets]
    return 10.0 ** np.array(decimals)
