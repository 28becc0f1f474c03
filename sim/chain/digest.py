"""Everything that a path's contracts remember about value, in one hash: equal digests mean equal balances.

The digest names accounts, actors and assets, never addresses: the same history gives the same digest on any chain.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from sim.chain.deployment import HOMES, Deployment
from sim.chain.encode import CONTRACT_SOURCES
from sim.chain.plan import encode_call
from sim.chain.protocol import Chain, Read
from sim.design import SLOTS
from sim.inputs.compiler import artifact

#: Rules that remember something of a market, and where.
MEMORIES = {slot: HOMES[slot] for slot in ("borrow_rate", "funding_rate", "price_impact", "circuit")}


def state(chain: Chain, path: int = 0) -> dict[str, bytes]:
    """Named words of storage: balances of every token and share, accounts, positions, sums, indices, memos, prices."""
    reads = _reads(chain.deployment)
    answers = chain.read(path, list(reads.values()))
    return dict(zip(reads, answers, strict=True))


def digest(chain: Chain, path: int = 0) -> str:
    """SHA-256 of `state`, in hexadecimal."""
    hasher = hashlib.sha256()
    for name, answer in state(chain, path).items():
        hasher.update(name.encode())
        hasher.update(answer)
    return hasher.hexdigest()


@lru_cache(maxsize=4)
def _reads(deployment: Deployment) -> dict[str, Read]:
    market, pool, oracle, token = (
        artifact("Market.vy"),
        artifact("Pool.vy"),
        artifact("Oracle.vy"),
        artifact("mocks/MockToken.vy"),
    )
    liquidator, book = artifact("Liquidator.vy"), artifact("OrderBook.vy")
    reads: dict[str, Read] = {}

    def ask(name: str, target: str, source, function: str, *arguments: object) -> None:
        reads[name] = Read(target, encode_call(source, function, arguments))

    holders = ("market", "entries", *deployment.cast.actors)
    for asset in deployment.design.assets:
        for holder in holders:
            address = deployment.addresses[holder]
            ask(f"{asset.symbol} of {holder}", f"token:{asset.symbol}", token, "balanceOf", address)
    ask("shares", "pool", pool, "totalSupply")
    ask("rebate budget", "pool", pool, "rebate_budget_usd_wad")
    ask("mode", "market", market, "mode")
    ask("restriction", "market", market, "reduce_only_until_s")
    ask("epoch loss", "liquidator", liquidator, "epoch_loss_usd_wad")
    for holder in deployment.cast.actors:
        ask(f"exit of {holder}", "exits", artifact("Exits.vy"), "requests", deployment.addresses[holder])
        ask(f"entry of {holder}", "entries", artifact("Entries.vy"), "requests", deployment.addresses[holder])
    for holder in ("pool", "exits", *deployment.cast.actors):
        ask(f"shares of {holder}", "pool", pool, "balanceOf", deployment.addresses[holder])
    for k, asset in enumerate(deployment.design.assets):
        ask(f"bucket {asset.symbol}", "market", market, "buckets", k)
    for m, listed in enumerate(deployment.design.markets):
        ask(f"clock {listed.symbol}", "market", market, "clocks", m)
        for side in range(2):
            ask(f"side {listed.symbol} {side}", "market", market, "sides", m, side)
            ask(f"deficit {listed.symbol} {side}", "liquidator", liquidator, "deficits", m, side)
            if deployment.design.is_cut_by_index:
                ask(f"haircuts {listed.symbol} {side}", "cohorts", artifact("Cohorts.vy"), "owed_by_side", m, side)
        ask(f"claim of the pool {listed.symbol}", "market", market, "funding_claims", 0, m)
        for slot, home in MEMORIES.items():
            ask(f"memo {slot} {listed.symbol}", home, artifact(CONTRACT_SOURCES[home]), "memo_of", SLOTS.index(slot), m)
    for f, feed in enumerate(deployment.feeds):
        ask(f"price {feed}", "oracle", oracle, "cached", f)
    for account in range(1, deployment.cast.accounts + 3):
        for k, asset in enumerate(deployment.design.assets):
            ask(f"collateral {account} {asset.symbol}", "market", market, "collateral", account, k)
        for m, listed in enumerate(deployment.design.markets):
            ask(f"position {account} {listed.symbol}", "market", market, "positions", account, m)
            ask(f"claim {account} {listed.symbol}", "market", market, "funding_claims", account, m)
        ask(f"life of {account}", "market", market, "life_of", account)
        ask(f"memo of {account}", "liquidator", liquidator, "memo_of", account)
        ask(f"orders of {account}", "order_book", book, "open_orders", account)
    return reads
