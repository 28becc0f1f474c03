"""Second futures in which the controller's admin does what the contracts let him, announced and not.

The calls are made from the ABI: of a setter's struct each field in turn is moved, a little and as far as it goes. What
is refused is no finding here; what is accepted must keep to the table of privileges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sim.chain.failures import OK
from sim.chain.plan import encode_call
from sim.fuzz.facts import WAD
from sim.fuzz.privileges import PRIVILEGES, functions
from sim.fuzz.probes.leaving import leave
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.snapshot import Snapshot
from sim.inputs.compiler import artifact

#: Where a struct that a setter takes can be read, by the setter's argument.
_STRUCTS = {
    "set_asset": ("market", "asset_params"),
    "set_market": ("market", "market_params"),
    "set_pool": ("pool", "params"),
}
#: What one announced change may take: shares of what collateral counts, of the margin, of the notional.
_COLLATERAL, _MARGIN, _NOTIONAL = (12, 100), (1, 2), (1, 200)
#: A share's value, and what a redemption pays.
_SHARE_STEP, _EXIT_STEP = (2, 100), (3, 100)
_LARGE = 2**127
_SUDDEN_TIMES = 6
_SPREAD = 2_654_435_761  # a large prime: times near each other begin far from each other


@dataclass(frozen=True, slots=True)
class Try:
    """A call of the controller by its admin."""

    function: str
    arguments: tuple[Any, ...]

    @property
    def notice(self) -> str:
        """The function that announces it."""
        return "announce_" + self.function.removeprefix("set_")


def _moved(old: int, turn: int) -> int:
    """A number moved, by steps that are allowed somewhere and by steps that are not."""
    tried = (
        *(old + WAD // 20, old - WAD // 20, old + WAD // 100, old - WAD // 100, old * 105 // 100, old * 95 // 100),
        *(old * 3 // 2, old // 2, old * 2, 0, WAD, _LARGE, 1, old + WAD // 1_000, old - WAD // 1_000),
    )
    return max(tried[turn % len(tried)], 0)


def tries() -> list[tuple[dict[str, Any], int]]:
    """What can be tried: every function of the controller, and of a setter that takes a struct each of its fields."""
    return [
        (entry, chosen) for target, entry in functions() if target == "controller" for chosen in range(_times(entry))
    ]


def _times(entry: dict[str, Any]) -> int:
    """As often as a struct has fields; what is done at once, without a notice, as often as a middling struct."""
    if entry["name"] in _STRUCTS:
        return sum(len(item["components"]) for item in entry["inputs"] if item["type"] == "tuple")
    return _SUDDEN_TIMES if PRIVILEGES["controller", entry["name"]].is_safety else 1


def tried_first(time_s: int) -> int:
    """Where a sequence, which has a few turns only, begins among all tries: its time says."""
    return time_s * _SPREAD % 2**32


def _struct(
    lab: Lab, function: str, components: list[dict[str, Any]], i: int, chosen: int, turn: int
) -> tuple[Any, ...]:
    """What is in force, one field moved."""
    target, view = _STRUCTS[function]
    source = {"market": "Market.vy", "pool": "Pool.vy"}[target]
    given = (i,) if artifact(source).function(view)["inputs"] else ()
    words = lab.arena.view(target, encode_call(artifact(source), view, given))
    values: list[Any] = []
    for n, (part, word) in enumerate(zip(components, words, strict=True)):
        if part["type"] == "address":
            values.append(lab.arena.chain.deployment.addresses[f"token:{lab.facts.assets[i].symbol}"])
        elif part["type"] == "bool":
            values.append(bool(word) != (n == chosen))
        else:
            values.append(_moved(word, turn) if n == chosen else word)
    return tuple(values)


def _try(lab: Lab, entry: dict[str, Any], chosen: int, turn: int) -> Try:
    """A call of a function of the controller, from its ABI."""
    facts, name = lab.facts, entry["name"]
    addresses = lab.arena.chain.deployment.addresses
    i = turn % (len(facts.assets) if name.endswith("asset") else len(facts.markets))
    arguments: list[Any] = []
    for item in entry["inputs"]:
        if item["type"] == "tuple":
            arguments.append(_struct(lab, name.replace("announce_", "set_"), item["components"], i, chosen, turn))
        elif item["type"] == "address":
            slots = [slot for slot, _ in facts.policies]
            arguments.append(addresses[f"policy:{slots[turn % len(slots)]}"])
        elif item["type"] == "bool":
            arguments.append(turn % 2 == 0)
        else:
            ids = range(len(facts.assets)) if turn % 2 else reversed(range(len(facts.assets)))
            told = {
                **{"k": i, "m": i, "subject": i, "slot": turn % len(facts.policies), "mode": turn % 3},
                "share_wad": _moved(facts.protocol_fee_wad, turn),
                "order": sum(k << (4 * n) for n, k in enumerate(ids)),
                "cap_usd_wad": _moved(facts.markets[i % len(facts.markets)].min_position_usd_wad, turn),
            }
            arguments.append(told[item["name"]])
    return Try(name, tuple(arguments))


@probes(
    "AC-07",
    "M",
    "what a role does suddenly changes nobody's health and no share's value; what it announced, by a step",
    every=3,
)
def _roles_do_no_more_than_the_table_says(lab: Lab) -> bool:
    every = tries()
    turn, place = divmod(tried_first(lab.state.time_s) + lab.turn, len(every))
    tried = _try(lab, *every[place], turn)
    privilege = PRIVILEGES["controller", tried.function]
    arena = lab.arena
    if privilege.notice_s:
        with arena.fork():
            status = arena.send("admin", "controller", tried.function, *tried.arguments)
            expect(status != OK, "{} was accepted without a notice", tried)
        if arena.send("admin", "controller", tried.notice, *tried.arguments) != OK or not lab.later(privilege.notice_s):
            return False
    before, leaves = arena.snapshot(), _leaving(lab)
    if arena.send("admin", "controller", tried.function, *tried.arguments) != OK:
        return False
    after = arena.snapshot()
    _judge_health(tried, before, after, is_sudden=privilege.is_sudden)
    _judge_shares(tried, before, after, is_sudden=privilege.is_sudden)
    if not privilege.is_safety and leaves:
        paid = _leaving(lab)
        least = 0 if privilege.is_sudden else leaves * _EXIT_STEP[0] // _EXIT_STEP[1]
        expect(paid >= leaves - least - 1, "after {} a redemption pays {} instead of {}", tried, paid, leaves)
    return True


def _leaving(lab: Lab) -> int:
    """Tokens paid for a thousandth of a provider's shares, in the most plentiful asset; 0 if he cannot leave.

    Where shares leave by request it is what he has who asked for it now.
    """
    facts, arena = lab.facts, lab.arena
    shares = lab.state.shares[facts.actor("lp0") + 1] // 1_000
    k = max(range(len(facts.assets)), key=lambda k: lab.state.buckets[k].pool * facts.assets[k].scale)
    with arena.fork():
        return leave(lab, "lp0", k, shares)


def _judge_health(tried: Try, before: Snapshot, after: Snapshot, *, is_sudden: bool) -> None:
    for account, old in before.health.items():
        new = after.health[account]
        lost = (old.equity - old.maintenance) - (new.equity - new.maintenance)
        step = 0
        if not is_sudden:
            # A profit counts in the asset that pays it, and bears that asset's haircut.
            backing = max(old.collateral, old.equity) * _COLLATERAL[0] // _COLLATERAL[1]
            step = (
                max(backing, old.maintenance * _MARGIN[0] // _MARGIN[1], old.notional * _NOTIONAL[0] // _NOTIONAL[1])
                + WAD
            )
        expect(lost <= step, "{} took {} of {} from account {}", tried, lost, old, account)


def _judge_shares(tried: Try, before: Snapshot, after: Snapshot, *, is_sudden: bool) -> None:
    step = 0 if is_sudden else before.aum.low * _SHARE_STEP[0] // _SHARE_STEP[1]
    lost = abs(before.aum.low - after.aum.low)
    expect(lost <= step, "{} moved the value of all shares by {} of {}", tried, lost, before.aum.low)
