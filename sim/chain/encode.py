"""Batches of natural units to call data, and receipts back: the boundary where floats become integers."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.actions import VERBS, Batch
from sim.chain import codec
from sim.chain.compiler import artifact
from sim.chain.deployment import Deployment, selector
from sim.chain.protocol import Calls, Receipts

CONTRACT_SOURCES = {
    "market": "Market.vy",
    "pool": "Pool.vy",
    "liquidator": "Liquidator.vy",
    "order_book": "OrderBook.vy",
    "oracle": "Oracle.vy",
}
WAD_DECIMALS = 18


@cache
def selector_of(verb: str) -> bytes:
    """Selector of a verb's function."""
    return selector(artifact(CONTRACT_SOURCES[VERBS[verb].contract]).function(verb))


class Encoder:
    """Encodes batches for one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._decimals = np.array([asset.decimals for asset in deployment.design.assets])
        self._actors = codec.address_words([deployment.addresses[a] for a in deployment.cast.actors])
        self._feeds = len(deployment.feeds)

    def encode(self, batch: Batch) -> Calls:
        """A batch of any verb but `report`."""
        names = [name for name, _ in VERBS[batch.verb].arguments]
        columns = [
            self._column(kind, batch.columns[name], [batch.columns[n] for n in names])
            for name, kind in VERBS[batch.verb].arguments
        ]
        data = codec.calldata(selector_of(batch.verb), *columns)
        return Calls(verb=batch.verb, path=batch.path, actor=batch.actor, data=data)

    def report(self, price_usd: np.ndarray, confidence_usd: np.ndarray, published_s: np.ndarray, actor: int) -> Calls:
        """One report per path, from (paths, feeds, venues) matrices of quotes."""
        paths, feeds, venues = price_usd.shape
        quotes = np.zeros((paths, feeds, 8, 32), dtype=np.uint8)
        words = codec.quote_words(price_usd.ravel(), confidence_usd.ravel(), published_s.ravel())
        quotes[:, :, :venues] = words.reshape(paths, feeds, venues, 32)
        head = codec.words_from_integers(np.full(paths, 32))
        length = codec.words_from_integers(np.full(paths, feeds * 8))
        body = quotes.reshape(paths, feeds * 8 * 32)
        prefix = codec.calldata(selector_of("report"), head, length)
        data = np.concatenate([prefix, body], axis=1)
        return Calls(verb="report", path=np.arange(paths), actor=np.full(paths, actor), data=data)

    def decode(self, batch: Batch, receipts: Receipts) -> dict[str, np.ndarray]:
        """Returned values in natural units, each (n,); zero where a call was refused."""
        names = [name for name, _ in VERBS[batch.verb].arguments]
        values: dict[str, np.ndarray] = {}
        for i, (name, kind) in enumerate(VERBS[batch.verb].returns):
            words = receipts.output[:, i]
            if kind == "id":
                values[name] = codec.integers_from_words(words)
            elif kind.startswith("amount:"):
                decimals = self._decimals[batch.columns[names[int(kind[7:])]]]
                values[name] = codec.floats_from_words(words, 0) / 10.0**decimals
            else:
                values[name] = codec.floats_from_words(words, signed=kind == "signed")
        return values

    def _column(self, kind: str, values: np.ndarray, row: list[np.ndarray]) -> np.ndarray:
        if kind == "id":
            return codec.words_from_integers(values)
        if kind == "actor":
            return self._actors[values]
        if kind.startswith("amount:"):
            return codec.words_from_floats_by_row(values, self._decimals[row[int(kind[7:])]])
        return codec.words_from_floats(values, WAD_DECIMALS)
