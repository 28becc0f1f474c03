"""What a group holds, and what each outsider holds.

**Worth**, in USD at mid prices of the moment, in exact integers:

- tokens in the wallets, less what was there when the search began (wallets are as deep as a flash loan makes them);
- collateral of the accounts, every token at mid, haircuts left out; the margin of open orders is withdrawn first;
- funding that was earned and can be claimed now: it is claimed; what the pot cannot pay is worth nothing;
- shares at the pool's mid value (`Pool.aum().mid / totalSupply`), whatever lock is on them, those that wait to leave
  by request included, and tokens that wait to enter;
- positions at what closing them brings, all that they owe and the closing itself included (`settle` closes them with
  the contracts' own verb); one that cannot be closed at what the margin rule thinks of it, profit and loss and all
  that it owes (`Market.health`: equity less collateral).

The chain prices everything: nothing here restates a rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sim.fuzz.facts import WAD
from sim.fuzz.reader import signed
from sim.fuzz.search.desk import exit_all
from sim.fuzz.search.stage import GROUP, OUTSIDER, Stage

_Key = tuple[Any, ...]


def settle(stage: Stage, accounts: Iterable[int]) -> None:
    """End a sequence: withdraw the accounts' orders, close their positions, claim their funding."""
    accounts = list(accounts)
    markets = range(len(stage.facts.markets))
    orders = [a for a in accounts if ("orders", a) in stage.arena.reader.reads]
    for account, (count,) in zip(orders, stage.ask([("orders", a) for a in orders]), strict=True):
        for slot in range(8 if count else 0):
            stage.call("cancel", "traders", account, slot)
    keys = [("position", a, m) for a in orders for m in markets]
    for (_, account, m), row in zip(keys, stage.ask(keys), strict=True):
        if row[0]:
            exit_all(stage, account, m, signed(row[0]))
    keys = [("claim", a, m) for a in orders for m in markets]
    for (_, account, m), (owed,) in zip(keys, stage.ask(keys), strict=True):
        if owed:
            stage.call("claim_funding", "keepers", account, m)


def holdings(stage: Stage, accounts: Iterable[int], wallets: Iterable[str]) -> int:
    """USD WAD of accounts and wallets, as above; positions that are open count as the margin rule counts them."""
    facts = stage.facts
    assets = range(len(facts.assets))
    actors = [facts.actor(name) + 1 for name in wallets]
    accounts = list(accounts)
    reads = stage.arena.reader.reads
    keys: list[_Key] = [("supply",), ("aum",)]
    keys += [("shares", h) for h in actors]
    keys += [("exit", h - 1) for h in actors]
    keys += [("entry", h - 1) for h in actors]
    keys += [("token", k, h) for k in assets for h in actors]
    keys += [("collateral", a, k) for k in assets for a in accounts]
    bearers = [a for a in accounts if ("health", a) in reads]
    keys += [("health", a) for a in bearers]
    got = dict(zip(keys, stage.ask(keys), strict=True))
    total = 0
    for k in assets:
        asset = facts.assets[k]
        units = sum(got["token", k, h][0] for h in actors) + sum(got["collateral", a, k][0] for a in accounts)
        asked = (got["entry", h - 1] for h in actors)
        units += sum(amount for given, _, amount, *_ in asked if given == k)
        total += units * asset.scale * stage.truth[asset.feed]
    total //= WAD
    shares = sum(got["shares", h][0] + got["exit", h - 1][1] for h in actors)
    if shares:
        total += shares * got["aum",][1] // got["supply",][0]
    for a in bearers:
        row = got["health", a]
        if any(row[6:14]):
            total += signed(row[0]) - row[14]
    return total


def group_worth(stage: Stage, accounts: Iterable[int]) -> int:
    """What the group holds, USD WAD."""
    return holdings(stage, {*accounts, stage.keeper}, GROUP)


def outsiders_worth(stage: Stage) -> dict[str, int]:
    """What each outsider holds, USD WAD: every account, and the provider."""
    facts = stage.facts
    assets = range(len(facts.assets))
    keys: list[_Key] = [("collateral", a, k) for a in stage.outsiders for k in assets]
    keys += [("health", a) for a in stage.outsiders]
    got = dict(zip(keys, stage.ask(keys), strict=True))
    table = {}
    for a in stage.outsiders:
        usd = 0
        for k in assets:
            asset = facts.assets[k]
            usd += got["collateral", a, k][0] * asset.scale * stage.truth[asset.feed]
        row = got["health", a]
        table[f"account {a}"] = usd // WAD + (signed(row[0]) - row[14] if any(row[6:14]) else 0)
    return table | {OUTSIDER: holdings(stage, (), (OUTSIDER,))}
