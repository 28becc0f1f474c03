"""What somebody loses who did nothing, and which of his ways out are blocked."""

from __future__ import annotations

from dataclasses import dataclass

from sim.chain.actions import MAX_CANDIDATES, VERBS
from sim.chain.failures import OK
from sim.fuzz.facts import LONG, SHORT
from sim.fuzz.reader import signed
from sim.fuzz.search import desk
from sim.fuzz.search.stage import OUTSIDER, Stage
from sim.fuzz.search.worth import outsiders_worth

#: Share of a holding that is tried to be taken out, one in so many.
_PART = 1_000


@dataclass(frozen=True, slots=True)
class Harm:
    """One thing done to one outsider."""

    what: str
    usd_wad: int
    status: int = OK  # of the refusal, where something is blocked


def honest_costs(stage: Stage, before: dict[str, int]) -> dict[str, int]:
    """The most that one honest call of a keeper, with everybody named, costs each outsider now, USD WAD."""
    costs = dict.fromkeys(before, 0)
    names = desk.members([*stage.outsiders, *stage.main], MAX_CANDIDATES)
    calls: list[tuple[str, tuple[int, ...]]] = [
        ("deleverage", (m, side, *names)) for m in range(len(stage.facts.markets)) for side in (LONG, SHORT)
    ]
    calls += [("liquidate", (a, stage.honest_keeper)) for a in (*stage.outsiders, *stage.main)]
    for verb, values in calls:
        mark = stage.mark()
        if stage.call(verb, "keepers", *values) == OK:
            for name, usd in outsiders_worth(stage).items():
                costs[name] = max(costs[name], before[name] - usd)
        stage.reset(mark)
    return costs


def ways_out(stage: Stage, *, shut: bool) -> dict[str, int]:
    """What outsiders could do now: the status of each way, tried and undone; with `shut` what a breaker closes."""
    facts = stage.facts
    found: dict[str, int] = {}
    me = facts.actor(OUTSIDER)
    assets, markets = range(len(facts.assets)), range(len(facts.markets))

    def attempt(name: str, verb: str, actor: str, *values: int) -> None:
        mark = stage.mark()
        status = stage.call(verb, actor, *values)
        stage.reset(mark)
        if found.get(name) != OK:  # one asset in which it goes is enough
            found[name] = status

    cash = facts.markets[0].assets[1]
    if shut:
        other = facts.markets[0].assets[0]
        attempt(f"mint by {OUTSIDER}", "mint", OUTSIDER, cash, stage.units(cash, 1_000.0), 0, me)
        attempt(f"swap by {OUTSIDER}", "swap", OUTSIDER, cash, other, stage.units(cash, 1_000.0), 0, me)
        if facts.pool.entry_wait_s:  # a request is taken all the same, and returned
            margin = stage.outsiders[0], cash, stage.units(cash, 1.0)
            attempt(f"withdraw by account {margin[0]}", "withdraw_collateral", "traders", *margin, me)
    shares = stage.ask([("shares", me + 1)])[0][0]
    for k in assets:
        attempt(f"redeem by {OUTSIDER}", "redeem", OUTSIDER, k, shares // _PART, 0, me)
    if shut:
        return found
    held = [("collateral", a, k) for a in stage.outsiders for k in assets]
    for (_, account, k), (units, *_) in zip(held, stage.ask(held), strict=True):
        if units >= _PART:
            attempt(f"withdraw by account {account}", "withdraw_collateral", "traders", account, k, units // _PART, me)
    open_ = [("position", a, m) for a in stage.outsiders for m in markets]
    for (_, account, m), row in zip(open_, stage.ask(open_), strict=True):
        if row[0]:
            mark = stage.mark()
            found[f"close by account {account} in market {m}"] = desk.exit_all(stage, account, m, signed(row[0]))
            stage.reset(mark)
    verb = "release_and_liquidate" if "release_and_liquidate" in VERBS else "liquidate"
    for account in stage.main:
        row = stage.ask([("health", account)])[0]
        if any(row[6:14]) and signed(row[0]) < row[3]:
            attempt(f"liquidation of account {account}", verb, "keepers", account, stage.honest_keeper)
    return found
