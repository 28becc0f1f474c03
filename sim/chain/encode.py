"""Batches of natural units to call data, and receipts back: the boundary where floats become integers."""

from __future__ import annotations

from functools import cache

import numpy as np

from sim.chain import codec
from sim.chain.actions import VERBS, Batch
from sim.chain.deployment import MAX_VENUES, Deployment
from sim.chain.plan import selector
from sim.chain.protocol import Calls, Receipts
from sim.inputs.compiler import artifact

CONTRACT_SOURCES = {
    "market": "Market.vy",
    "desk": "Desk.vy",
    "pool": "Pool.vy",
    "liquidator": "Liquidator.vy",
    "order_book": "OrderBook.vy",
    "exits": "Exits.vy",
    "entries": "Entries.vy",
    "cohorts": "Cohorts.vy",
    "oracle": "Oracle.vy",
    "rates": "Rates.vy",
}
WAD_DECIMALS = 18


@cache
def selector_of(verb: str) -> bytes:
    """Selector of a verb's function."""
    return selector(artifact(CONTRACT_SOURCES[VERBS[verb].contract]).function(verb))


@cache
def _decimals(verb: str) -> np.ndarray:
    """Decimals of a verb's arguments, (arguments,); zero for those that a row decides."""
    return np.array([WAD_DECIMALS if kind in ("wad", "signed") else 0 for _, kind in VERBS[verb].arguments])


@cache
def _scales(verb: str) -> np.ndarray:
    """What the words that a verb returns are divided by, (returns,); one for those that a row decides."""
    return np.array([10.0**WAD_DECIMALS if kind in ("wad", "signed") else 1.0 for _, kind in VERBS[verb].returns])


@cache
def _signed(verb: str) -> np.ndarray:
    """Which of the words that a verb returns may be negative."""
    return np.array([kind == "signed" for _, kind in VERBS[verb].returns])


class Encoder:
    """Encodes batches for one deployment."""

    def __init__(self, deployment: Deployment) -> None:
        self._decimals = np.array([asset.decimals for asset in deployment.design.assets])
        self._actors = codec.address_words([deployment.addresses[a] for a in deployment.cast.actors])

    def encode(self, batch: Batch) -> Calls:
        """A batch of any verb but `report`."""
        arguments = VERBS[batch.verb].arguments
        numbers = np.zeros((len(batch), len(arguments)))  # ids too: a float holds them exactly
        decimals = _decimals(batch.verb)
        for i, (name, kind) in enumerate(arguments):
            if kind != "actor":
                numbers[:, i] = batch.columns[name]
            if kind.startswith("amount:"):
                decimals = decimals if decimals.ndim == 2 else np.tile(decimals, (len(batch), 1))
                decimals[:, i] = self._decimals_of(kind, batch)
        words = codec.words_from_floats(numbers, decimals, f"a number that {batch.verb} is called with")
        for i, (name, kind) in enumerate(arguments):
            if kind == "actor":
                words[:, i] = self._actors[batch.columns[name]]
        data = codec.calldata(selector_of(batch.verb), words)
        return Calls(verb=batch.verb, path=batch.path, actor=batch.actor, data=data)

    def report(self, price_usd: np.ndarray, confidence_usd: np.ndarray, published_s: np.ndarray, actor: int) -> Calls:
        """One report per path, from (paths, feeds, venues) matrices of quotes."""
        paths, feeds, venues = price_usd.shape
        words = np.zeros((paths, 2 + feeds * MAX_VENUES, 32), dtype=np.uint8)
        words[:, :2] = codec.words_from_integers(np.array([32, feeds * MAX_VENUES]))  # an array, and its length
        quotes = codec.quote_words(price_usd.ravel(), confidence_usd.ravel(), published_s.ravel())
        body = words[:, 2:].reshape(paths, feeds, MAX_VENUES, 32)
        body[:, :, :venues] = quotes.reshape(paths, feeds, venues, 32)
        data = codec.calldata(selector_of("report"), words)
        return Calls(verb="report", path=np.arange(paths), actor=np.full(paths, actor), data=data)

    def decode(self, batch: Batch, receipts: Receipts) -> dict[str, np.ndarray]:
        """Returned values in natural units, each (n,); zero where a call was refused."""
        returns = VERBS[batch.verb].returns
        if not returns:
            return {}
        numbers = codec.floats_from_words(receipts.output, 0, signed=_signed(batch.verb)) / _scales(batch.verb)
        values: dict[str, np.ndarray] = {}
        for i, (name, kind) in enumerate(returns):
            if kind == "id":
                values[name] = codec.integers_from_words(receipts.output[:, i])
            elif kind.startswith("amount:"):
                values[name] = numbers[:, i] / 10.0 ** self._decimals_of(kind, batch)
            else:
                values[name] = numbers[:, i]
        return values

    def _decimals_of(self, kind: str, batch: Batch) -> np.ndarray:
        """Decimals of an amount, (n,): those of the asset that a row names."""
        name, _ = VERBS[batch.verb].arguments[int(kind[7:])]
        return self._decimals[batch.columns[name]]
