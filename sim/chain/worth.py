"""What accounts are worth, and the books of Market: the Lens's answers beside those that every step needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.chain import codec
from sim.chain.plan import encode_call
from sim.chain.protocol import Chain
from sim.chain.views import MAX_IDS, WAD
from sim.inputs.compiler import artifact

_FEEDS = _ASSETS = 8  # places in an answer, in use or not
_NO_PRICES = ((0,) * _FEEDS, (0,) * _FEEDS)


@dataclass(frozen=True, slots=True)
class Worths:
    """Accounts at the oracle's mid, without haircuts; a place per asked account, USD."""

    collateral: np.ndarray
    profit: np.ndarray  # of positions, before any cap
    withheld: np.ndarray  # of that, by the caps on their sides
    borrow: np.ndarray  # owed
    funding: np.ndarray  # owed; below zero: earned
    claims: np.ndarray  # funding that was earned, settled, and is not paid
    units: np.ndarray  # (n, assets, 32) words of the collateral in token units

    @property
    def usd(self) -> np.ndarray:
        """What each account is worth; below zero where its losses exceed what it has."""
        return self.collateral + self.profit - self.withheld - self.borrow - self.funding + self.claims


@dataclass(frozen=True, slots=True)
class Books:
    """What Market holds, and what of it belongs to nobody's position or account."""

    aum_usd: np.ndarray  # (paths,) at mid, the rebate budget included
    pools: np.ndarray  # (paths, assets) object: units
    collaterals: np.ndarray  # (paths, assets) object: units, of all accounts
    withheld_usd: np.ndarray  # (paths,) of sides' profits, by their caps
    impact_usd: np.ndarray  # kept to pay better prices
    funding_usd: np.ndarray  # held for those who earned it; per unit less what is owed
    treasury_usd: np.ndarray  # its share of borrow fees that are not paid yet


class Appraiser:
    """Reads of one chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        design = chain.deployment.design
        self._everywhere = np.arange(chain.paths)
        self._market = chain.deployment.addresses["market"]
        self._assets = [asset.symbol for asset in design.assets]
        lens = artifact("Lens.vy")
        self._worths = encode_call(lens, "worths", (self._market, ()))[:-32]
        self._margins = encode_call(lens, "margins_at", (self._market, (), *_NO_PRICES))[: 4 + 64]
        self._books = encode_call(lens, "books", (self._market,))

    def worths(self, path: np.ndarray, ids: np.ndarray) -> Worths:
        """Accounts (path[i], ids[i]); `path` must be sorted. Fees and funding as of now."""
        calls = _Calls.of(path, ids)
        words = self._ask(path, calls, [self._worths] * len(calls.starts), 6 + _ASSETS)
        collateral, profit, withheld, borrow, funding, claims = codec.floats_from_words(words[:, :6], signed=True).T
        units = words[:, 6 : 6 + len(self._assets)]
        return Worths(collateral, profit, withheld, borrow, funding, claims, units)

    def margins_at(
        self, path: np.ndarray, ids: np.ndarray, low_usd: np.ndarray, high_usd: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Equity and maintenance of accounts (path[i], ids[i]) were prices low_usd, high_usd (paths, feeds)."""
        calls = _Calls.of(path, ids)
        prices = np.zeros((2, len(low_usd), _FEEDS))
        prices[0, :, : low_usd.shape[1]], prices[1, :, : high_usd.shape[1]] = low_usd, high_usd
        words = codec.words_from_floats(np.moveaxis(prices, 0, 1).reshape(len(low_usd), -1), 18)
        heads = [self._margins + words[p].tobytes() for p in path[calls.starts].tolist()]
        values = codec.floats_from_words(self._ask(path, calls, heads, 2), signed=True)
        return values[:, 0], values[:, 1]

    def books(self) -> Books:
        """The books of every path, as of now."""
        n = len(self._assets)
        words = self._chain.ask(self._everywhere, "lens", [self._books], 7 + 2 * _ASSETS + 4)
        usd = codec.floats_from_words(words[:, [1, 23, 24, 25, 26]], signed=True)
        return Books(usd[:, 0], integers(words[:, 7 : 7 + n]), integers(words[:, 15 : 15 + n]), *usd[:, 1:].T)

    def balances(self, holders: Sequence[str]) -> np.ndarray:
        """Units of every asset in the wallets of holders, whoever or whatever they are: (paths, assets) object."""
        addresses = self._chain.deployment.addresses
        token = artifact("mocks/MockToken.vy")
        data = [encode_call(token, "balanceOf", (addresses[holder],)) for holder in holders]
        return self._sums(data)

    def shares(self, holders: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
        """The supply of pool shares, and what holders have of it together: two of (paths, 1) object, WAD."""
        pool, addresses = artifact("Pool.vy"), self._chain.deployment.addresses
        data = [encode_call(pool, "balanceOf", (addresses[holder],)) for holder in holders]
        supply = self._sum("pool", [encode_call(pool, "totalSupply", ())])
        return supply[:, None], self._sum("pool", data)[:, None]

    def supplies(self) -> np.ndarray:
        """Units of every asset that there are: (paths, assets) object."""
        return self._sums([encode_call(artifact("mocks/MockToken.vy"), "totalSupply", ())])

    def _sums(self, data: list[bytes]) -> np.ndarray:
        return np.stack([self._sum(f"token:{symbol}", data) for symbol in self._assets], axis=1)

    def _sum(self, target: str, data: list[bytes]) -> np.ndarray:
        """What calls of a path answer, added up: (paths,) object."""
        words = self._chain.ask(np.repeat(self._everywhere, len(data)), target, data * self._chain.paths, 1)
        return integers(words[:, 0]).reshape(self._chain.paths, len(data)).sum(axis=1)

    def _ask(self, path: np.ndarray, calls: _Calls, heads: Sequence[bytes], width: int) -> np.ndarray:
        """A call per path, or several if it has many ids: (n, width, 32)."""
        longest = int(calls.counts.max(initial=0))
        data = [head + ids for head, ids in zip(heads, calls.ids, strict=True)]
        answers = self._chain.ask(path[calls.starts], "lens", data, 2 + width * longest)
        rows = answers[:, 2:].reshape(len(data), longest, width, 32)
        return rows[calls.call, calls.place % MAX_IDS]


@dataclass(frozen=True, slots=True)
class _Calls:
    """Ids cut into calls: the list of each as it stands in call data, and where each id went."""

    starts: np.ndarray
    counts: np.ndarray
    ids: list[bytes]
    call: np.ndarray  # of each id
    place: np.ndarray  # of each id among those of its path

    @classmethod
    def of(cls, path: np.ndarray, ids: np.ndarray) -> _Calls:
        place = np.arange(len(path)) - np.searchsorted(path, path)
        is_first = place % MAX_IDS == 0
        call = np.cumsum(is_first) - 1
        starts, counts = np.flatnonzero(is_first), np.bincount(call)
        lengths = codec.words_from_integers(counts).tobytes()
        body = codec.words_from_integers(ids).tobytes()
        lists = [
            lengths[32 * i : 32 * (i + 1)] + body[32 * start : 32 * (start + count)]
            for i, (start, count) in enumerate(zip(starts.tolist(), counts.tolist(), strict=True))
        ]
        return cls(starts, counts, lists, call, place)


def integers(words: np.ndarray) -> np.ndarray:
    """Words as Python's own integers: (..., 32) -> (...) object; exact."""
    flat = [int.from_bytes(word.tobytes(), "big") for word in words.reshape(-1, 32)]
    return np.array(flat, dtype=object).reshape(words.shape[:-1])


__all__ = ["WAD", "Appraiser", "Books", "Worths"]
