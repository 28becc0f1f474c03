"""What the contracts offer to whoever brings a call: rewards of requests as they stand, of liquidations by trying."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.chain import codec
from sim.chain.actions import VERBS, batch
from sim.chain.encode import Encoder
from sim.chain.plan import encode_call, selector
from sim.chain.protocol import Calls, Chain
from sim.inputs.compiler import artifact

_ORDER_WORDS, _REQUEST_WORDS = 12, 8
#: Words of an order (contracts/modules/filling.vy, Terms) and of a request (contracts/Entries.vy, contracts/Exits.vy).
_ORDER_ASSET, _ORDER_REWARD = 6, 8
_ENTRY_ASSET, _ENTRY_REWARD, _EXIT_REWARD = 0, 3, 2


class Offers:
    """Reads of one chain."""

    def __init__(self, chain: Chain) -> None:
        deployment = chain.deployment
        self._chain = chain
        self._encoder = Encoder(deployment)
        self._units = 10.0 ** np.array([asset.decimals for asset in deployment.design.assets])
        self._orders = selector(artifact("OrderBook.vy").function("orders"))
        holders = [deployment.addresses[actor] for actor in deployment.cast.actors]
        self._entries, self._exits = (
            [encode_call(artifact(source), "requests", (holder,)) for holder in holders]
            for source in ("Entries.vy", "Exits.vy")
        )
        actors = np.arange(len(holders))
        self._ends = {
            verb: self._encoder.encode(batch(verb, np.zeros(len(holders)), 0, holder=actors)).data
            for verb in ("execute_entry", "execute_exit")
        }

    def order(self, path: np.ndarray, ids: np.ndarray, slot: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of orders that stand: (asset of the reward, whole tokens of it), each (n,)."""
        words = np.stack([codec.words_from_integers(ids), codec.words_from_integers(slot)], axis=1)
        data = [row.tobytes() for row in codec.calldata(self._orders, words)]
        answers = self._chain.ask(path, "order_book", data, _ORDER_WORDS)
        return self._tokens(answers, _ORDER_ASSET, _ORDER_REWARD)

    def entry(self, path: np.ndarray, holder: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of actors' requests to enter: (asset of the reward, whole tokens of it), each (n,)."""
        return self._tokens(self._requests("entries", self._entries, path, holder), _ENTRY_ASSET, _ENTRY_REWARD)

    def exit(self, path: np.ndarray, holder: np.ndarray) -> np.ndarray:
        """Of actors' requests to leave: shares, (n,)."""
        return codec.floats_from_words(self._requests("exits", self._exits, path, holder)[:, _EXIT_REWARD])

    def outcome(self, verb: str, path: np.ndarray, holder: np.ndarray) -> np.ndarray:
        """What `execute_entry` or `execute_exit` would make of actors' requests now, (n,); zero where it is refused."""
        if len(path) == 0:
            return np.zeros(0, dtype=np.int64)
        receipts = self._chain.foretell(Calls(verb, path, np.zeros_like(path), self._ends[verb][holder]))
        column = [name for name, _ in VERBS[verb].returns].index("outcome")
        return codec.integers_from_words(receipts.output[:, column])

    def liquidation(self, path: np.ndarray, ids: np.ndarray, keeper: int) -> np.ndarray:
        """USD that each liquidation would bring now, were it the only one, (n,); zero where it would be refused."""
        calls = self._encoder.encode(batch("liquidate", path, 0, account=ids, keeper=keeper))
        receipts = self._chain.foretell(calls)
        column = [name for name, _ in VERBS["liquidate"].returns].index("reward_usd")
        return codec.floats_from_words(receipts.output[:, column])

    def _requests(self, target: str, reads: Sequence[bytes], path: np.ndarray, holder: np.ndarray) -> np.ndarray:
        return self._chain.ask(path, target, [reads[actor] for actor in holder.tolist()], _REQUEST_WORDS)

    def _tokens(self, answers: np.ndarray, asset: int, reward: int) -> tuple[np.ndarray, np.ndarray]:
        k = codec.integers_from_words(answers[:, asset])
        return k, codec.floats_from_words(answers[:, reward], 0) / self._units[k]
