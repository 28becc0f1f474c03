"""What enters and leaves the pool: deposits, redemptions and swaps, at once or by request, in tokens of each asset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.chain import codec
from sim.chain.actions import EXECUTED, POSTPONED
from sim.chain.plan import encode_call
from sim.chain.protocol import Chain
from sim.inputs.compiler import artifact

_SHARES = -1  # stands for an asset where shares are asked for
_REQUEST_WORDS = 8
_REWARD = 3  # word of a request (contracts/Entries.vy)


@dataclass(frozen=True, slots=True)
class Moves:
    """Tokens into and out of the pool by calls, a row each; nothing of what reaches keepers or comes back."""

    path: np.ndarray
    actor: np.ndarray
    k: np.ndarray  # asset that came in, and how much of it; where none did the amount is zero
    came: np.ndarray
    j: np.ndarray  # asset that went out
    went: np.ndarray
    is_swap: np.ndarray


class Requests:
    """What stands asked for, by path and actor, until it ends."""

    def __init__(self, chain: Chain) -> None:
        deployment = chain.deployment
        self._chain = chain
        self._units = 10.0 ** np.array([asset.decimals for asset in deployment.design.assets])
        shape = (chain.paths, len(deployment.cast.actors))
        self._reads = [
            encode_call(artifact("Entries.vy"), "requests", (deployment.addresses[actor],))
            for actor in deployment.cast.actors
        ]
        self._given = np.zeros(shape, dtype=int)
        self._wanted = np.full(shape, _SHARES)
        self._exits_in = np.zeros(shape, dtype=int)
        self._unread: list[tuple[np.ndarray, np.ndarray]] = []  # path and actor of what was asked for since
        self.leaving = np.zeros(shape)  # shares of the last request to leave
        self.waiting = np.zeros(shape)  # tokens given and not entered yet, the keeper's reward left out
        self.reward = np.zeros(shape)  # tokens of the last request to enter, for whoever brings it to its end

    def asked(self, verb: str, path: np.ndarray, actor: np.ndarray, columns: Mapping[str, np.ndarray]) -> None:
        """Note requests that were accepted."""
        if verb == "request_exit":
            self._exits_in[path, actor], self.leaving[path, actor] = columns["k"], columns["amount"]
            return
        self._given[path, actor] = columns["k"]
        self._wanted[path, actor] = columns["j"] if verb == "request_swap" else _SHARES
        self.waiting[path, actor] = columns["amount"]
        self._unread.append((path, actor))

    def read(self) -> None:
        """Ask what the keepers of new requests will have of them: before any ends, and all at once."""
        if not self._unread:
            return
        path, actor = (np.concatenate(column) for column in zip(*self._unread, strict=True))
        self._unread.clear()
        words = self._chain.ask(path, "entries", [self._reads[a] for a in actor.tolist()], _REQUEST_WORDS)
        reward = codec.floats_from_words(words[:, _REWARD], 0) / self._units[self._given[path, actor]]
        self.reward[path, actor] = reward
        self.waiting[path, actor] -= reward

    def ended(self, verb: str, path: np.ndarray, holder: np.ndarray, values: Mapping[str, np.ndarray]) -> Moves:
        """What moved when requests were brought to their end; those that wait on, and that returned, move nothing."""
        done = values["outcome"] == EXECUTED
        units = np.where(done, values["units"], 0.0)
        if verb == "execute_exit":
            j = self._exits_in[path, holder]
            nothing = np.zeros(len(path))
            return Moves(path, holder, j, nothing, j, units / self._units[j], np.zeros(len(path), dtype=bool))
        k, j = self._given[path, holder], self._wanted[path, holder]
        is_swap = j != _SHARES
        came = np.where(done, self.waiting[path, holder], 0.0)
        out = np.where(is_swap, j, k)
        ended = values["outcome"] != POSTPONED
        self.waiting[path[ended], holder[ended]] = 0.0
        return Moves(path, holder, k, came, out, np.where(is_swap, units / self._units[out], 0.0), is_swap)

    def given(self, path: np.ndarray, holder: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of requests to swap: (asset given, whether it is a swap)."""
        return self._given[path, holder], self._wanted[path, holder] != _SHARES


def at_once(verb: str, path: np.ndarray, actor: np.ndarray, columns: Mapping, values: Mapping) -> Moves:
    """What moved by deposits, redemptions and swaps that nobody asked for before."""
    nothing, k = np.zeros(len(path)), columns["k"]
    if verb == "redeem":
        return Moves(path, actor, k, nothing, k, values["tokens"], np.zeros(len(path), dtype=bool))
    if verb == "mint":
        return Moves(path, actor, k, columns["amount"], k, nothing, np.zeros(len(path), dtype=bool))
    return Moves(path, actor, k, columns["amount"], columns["j"], values["tokens"], np.ones(len(path), dtype=bool))
