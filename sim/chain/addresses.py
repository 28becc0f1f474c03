"""Actors by one name on every chain: call data that names an actor's address can be moved from chain to chain.

In process an actor is a plain address made from its name (its nominal address); on a devnet it is a contract elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.chain import codec
from sim.chain.actions import VERBS
from sim.chain.deployment import Deployment, nominal_address
from sim.chain.protocol import Calls


def to_nominal(calls: Calls, deployment: Deployment) -> Calls:
    """Calls as any chain understands them: what a tape keeps."""
    own, nominal = _both(deployment)
    return _readdress(calls, own, nominal)


def from_nominal(calls: Calls, deployment: Deployment) -> Calls:
    """Calls with the addresses that actors have in this deployment."""
    own, nominal = _both(deployment)
    return _readdress(calls, nominal, own)


def _both(deployment: Deployment) -> tuple[list[str], list[str]]:
    actors = deployment.cast.actors
    return [deployment.addresses[name] for name in actors], [nominal_address(name) for name in actors]


def _readdress(calls: Calls, source: Sequence[str], target: Sequence[str]) -> Calls:
    columns = [i for i, (_, kind) in enumerate(VERBS[calls.verb].arguments) if kind == "actor"]
    if not columns or list(source) == list(target):
        return calls
    old, new = codec.address_words(list(source)), codec.address_words(list(target))
    data = calls.data.copy()
    for i in columns:
        words = data[:, 4 + 32 * i : 36 + 32 * i]
        rows, actors = (words[:, None] == old[None]).all(axis=2).nonzero()
        words[rows] = new[actors]
    return replace(calls, data=data)
