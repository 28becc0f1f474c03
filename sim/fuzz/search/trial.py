"""A trial: one scene, one market, one kind of question; it plays genomes and says what each is worth.

Kinds and what is asked:

- `block`  one block at fixed prices. An outsider may close what he has (`leave`).
- `days`   up to thirty days at fixed prices, a keeper looks in each hour; nobody outside the group holds a position or
           more than dead shares.
- `carry`  the same while outsiders hold positions, without liquidity verbs. What a position like the group's net one
           earns at the highest rate at which any outsider paid is no finding: it is what carrying the skew is worth.
           Nor is, once outsiders left, what the pool was owed for the skew and pays back until the rate has turned.
- `either` the prices move by a fixed share, up or down: the smaller of both gains.
- `known`  the next price is known and comes in this block: what that look is worth.
- `harm`   one block at fixed prices: what an outsider who did nothing loses, beyond what one honest call of a keeper
           would cost him, and which of his ways out are blocked.
- `shut`   a price comes in this block that makes a circuit breaker close verbs: which of them are open all the same.

**Gain** = what the group holds at the end, less what it holds if the same things happen in the world (time, prices,
outsiders who leave) and the group does nothing but settle, before, between or after them. See `sim.fuzz.search.worth`
for *holds*.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sim.chain.failures import OK, name_of
from sim.design import Design
from sim.fuzz.facts import MAX_RATE_WAD_PER_S, WAD
from sim.fuzz.search import scenes
from sim.fuzz.search.attended import is_by_keeper
from sim.fuzz.search.calls import Played, World
from sim.fuzz.search.desk import NEXT_S
from sim.fuzz.search.genes import Genome, Pool, pool
from sim.fuzz.search.harm import Harm, honest_costs, ways_out
from sim.fuzz.search.idle import idle_worth
from sim.fuzz.search.play import SHORTEST_WAIT_S, Player
from sim.fuzz.search.scenes import BLOCK, CARRY, DAYS, EITHER, HARM, KNOWN, SHUT, Scene
from sim.fuzz.search.stage import Stage
from sim.fuzz.search.worth import group_worth, outsiders_worth, settle
from sim.fuzz.session import Act

#: Gains up to this are rounding: tokens have six to eighteen decimals, a sequence some tens of calls.
ROUNDING_USD_WAD = WAD // 10
_EVENTS = {
    BLOCK: ("leave",),
    DAYS: ("wait",),
    CARRY: ("wait", "leave"),
    EITHER: ("move",),
    KNOWN: ("move",),
    SHUT: ("move",),
}
_NO_LIQUIDITY = (
    *("mint", "redeem", "swap", "request_mint", "request_exit", "request_swap", "execute_exit", "execute_entry"),
)
#: No blocking: what traders borrow cannot be redeemed meanwhile, and they pay for it.
_LENT = ("POOL_RESERVED",)
#: A blocked way out counts as much as a loss of so many USD.
BLOCKED_USD_WAD = 100_000 * WAD

#: Worth of a sequence of which no call was accepted.
NOTHING_DONE = -(10**30)

_Events = tuple[tuple[int, str, int], ...]


@dataclass(frozen=True, slots=True)
class Place:
    """What is asked where."""

    scene: str
    m: int
    kind: str
    bps: int  # of the move, where there is one

    def __str__(self) -> str:
        move = f", move {self.bps / 100:g} %" if self.bps else ""
        return f"{self.scene}, market {self.m}, {self.kind}{move}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a genome came to. Lists of acts begin where the scene ends."""

    usd_wad: int
    marks: tuple[str, ...]
    acts: tuple[Act, ...]  # until the end of the sequence, settlement left out
    played: Played
    sign: int = 1  # of the move
    harms: tuple[Harm, ...] = ()


@dataclass(slots=True)
class Trial:
    """A scene that is ready to be played from."""

    place: Place
    stage: Stage
    world: World
    scene_acts: tuple[Act, ...]
    held: frozenset[int]  # accounts of the group with something in them
    genes: Pool
    begun_s: int
    group_deposits: int
    fresh: Callable[[], Stage] | None = None
    _mark: Any = None
    _idle: dict[tuple[_Events, int, int], int] = field(default_factory=dict)
    _notionals: dict[int, int] = field(default_factory=dict)
    _others: dict[str, int] = field(default_factory=dict)
    _ways: dict[str, int] = field(default_factory=dict)
    _honest: dict[str, int] = field(default_factory=dict)
    _waited: dict[int, tuple[dict[str, int], dict[str, int]]] = field(default_factory=dict)

    def play(self, genome: Genome) -> Outcome:
        """Play a genome from the scene."""
        first = self._once(genome, 1)
        if self.place.kind != EITHER or first.usd_wad <= 0:
            return first  # the smaller gain is not above it
        second = self._once(genome, -1)
        return min(first, second, key=lambda outcome: outcome.usd_wad)

    def _once(self, genome: Genome, sign: int) -> Outcome:
        stage = self._restarted()
        made = len(stage.acts)
        player = Player(stage, self.world, set(self.held), sign)
        played = player.run(genome)
        if self.place.kind == SHUT:
            player.move()  # the price comes, whatever was done before
        acts = tuple(stage.acts[made:])
        if not any(" " not in mark for mark in played.marks):
            return Outcome(NOTHING_DONE, tuple(played.marks), acts, played, sign)
        return self._measured(acts, played, sign)

    def elsewhere(self, fresh: Callable[[], Stage]) -> Trial:
        """The same trial on stages that are made anew each time, with the scene on them."""
        return replace(self, fresh=fresh, _idle={})

    def _restarted(self) -> Stage:
        if self.fresh is None:
            self.stage.reset(self._mark)
        else:
            self.stage = self.fresh()
        return self.stage

    def replay(self, acts: Sequence[Act], like: Outcome) -> Outcome:
        """Measure acts of an outcome, some of them left out; a keeper comes by himself, when he has something to do."""
        stage = self._restarted()
        made = len(stage.acts)
        player = Player(stage, self.world, set(like.played.touched), like.sign)
        for act in acts:
            if act.verb == "report" and act.seconds >= SHORTEST_WAIT_S:
                player.wait(act.seconds)
            elif not is_by_keeper(act):
                stage.make(act)
        played = replace(like.played, net_usd_wad=player.played.net_usd_wad)
        return self._measured(tuple(stage.acts[made:]), played, like.sign)

    def remake(self, acts: Sequence[Act], like: Outcome) -> Outcome:
        """Measure the acts of an outcome as they are."""
        stage = self._restarted()
        for act in acts:
            stage.make(act)
        return self._measured(tuple(acts), like.played, like.sign)

    def _measured(self, acts: tuple[Act, ...], played: Played, sign: int) -> Outcome:
        """What stands on the stage after the acts."""
        stage, kind, marks = self.stage, self.place.kind, tuple(played.marks)
        if kind in (HARM, SHUT):
            harms = tuple(self._harms(stage.time_s - self.begun_s))
            return Outcome(sum(harm.usd_wad for harm in harms), marks, acts, played, sign, harms)
        if kind == KNOWN:
            stage.report(stage.truth, NEXT_S)  # what is open is closed when the block of the move is over
        net, carried = (played.net_usd_wad, played.carried_usd_wad) if kind == CARRY else (0, 0)
        settle(stage, played.touched)
        held = group_worth(stage, played.touched)
        allowed = net * self._paid_rate() // WAD if net else 0
        end_s = stage.time_s - self.begun_s
        idle = self._nothing(tuple(played.events), end_s, sign)
        return Outcome(held - allowed - carried - idle, marks, acts, played, sign)

    def _nothing(self, events: _Events, end_s: int, sign: int) -> int:
        """What the group holds if it only looks on."""
        key = events, end_s, sign
        if key not in self._idle:
            player = Player(self._restarted(), self.world, set(), sign)
            self._idle[key] = idle_worth(player, self.held, events, end_s)
        return self._idle[key]

    def _paid_rate(self) -> int:
        """The highest share of its notional that an outsider's account paid since the scene, WAD."""
        now = outsiders_worth(self.stage)
        rates = [0]
        for account in self.stage.outsiders:
            lost = self._others[f"account {account}"] - now[f"account {account}"]
            if self._notionals[account] and lost > 0:
                rates.append(lost * WAD // self._notionals[account])
        return max(rates)

    def _harms(self, seconds: int) -> list[Harm]:
        """What became of those who did nothing, in the seconds that the group's requests took."""
        stage = self.stage
        harms = []
        worth = outsiders_worth(stage) if self.place.kind == HARM else {}
        ways = ways_out(stage, shut=self.place.kind == SHUT)
        others, idle_ways = self._meanwhile(seconds)
        for name, usd in worth.items():
            # Rates follow who else is in the market: for so long anybody's may be the highest.
            carry = 2 * self._notional_of(name) * MAX_RATE_WAD_PER_S * seconds // WAD
            lost = others[name] - usd - self._honest.get(name, 0) - carry
            if lost > ROUNDING_USD_WAD:
                harms.append(Harm(f"{name} loses", lost))
        for name, status in ways.items():
            was = idle_ways.get(name, 0)
            if self.place.kind == HARM and was == OK and status != OK and name_of(status) not in _LENT:
                harms.append(Harm(f"{name} is blocked", BLOCKED_USD_WAD, status))
            if self.place.kind == SHUT and was != OK and status == OK:
                harms.append(Harm(f"{name} is open", BLOCKED_USD_WAD, was))
        return harms

    def _notional_of(self, name: str) -> int:
        """Of an outsider's account; nought of what has no positions."""
        return next((usd for account, usd in self._notionals.items() if name == f"account {account}"), 0)

    def _meanwhile(self, seconds: int) -> tuple[dict[str, int], dict[str, int]]:
        """What others have, and which ways out, where only time passes; what a breaker closes opens again one day."""
        if not seconds:
            return self._others, self._ways
        if seconds not in self._waited:
            stage = self._restarted()
            if self.place.kind == SHUT:
                Player(stage, self.world, set()).move()
            stage.report(stage.truth, seconds)
            self._waited[seconds] = outsiders_worth(stage), ways_out(stage, shut=self.place.kind == SHUT)
        return self._waited[seconds]

    def begin(self) -> None:
        """Take the scene as it stands for the start."""
        stage = self.stage
        self._mark = stage.mark()
        self._others = outsiders_worth(stage)
        self._notionals = {a: sum(stage.ask([("health", a)])[0][6:14]) for a in stage.outsiders}
        if self.place.kind == HARM:
            self._ways = ways_out(stage, shut=False)
            self._honest = honest_costs(stage, self._others)
        if self.place.kind == SHUT:
            Player(stage, self.world, set()).move()
            self._ways = ways_out(stage, shut=True)
        stage.reset(self._mark)


def prepare(design: Design, place: Place, machine: str = "native") -> Trial | None:
    """Build a scene; None if the design has no such state."""
    scene = next(each for each in scenes.SCENES if each.name == place.scene)
    stage = Stage(design, machine, scene.group_deposits)
    if not scene.build(stage, place.m):
        return None
    if place.kind == SHUT:
        bps = scenes.shutting_bps(stage, place.m)
        if not bps:
            return None
        place = Place(place.scene, place.m, place.kind, bps)
    events: tuple[str, ...] = _EVENTS.get(place.kind, ())
    if not any(any(stage.ask([("health", a)])[0][6:14]) for a in stage.outsiders):
        events = tuple(event for event in events if event != "leave")
    genes = pool(events, but=_NO_LIQUIDITY if place.kind == CARRY else ())
    held = frozenset(a for a in stage.main if any(stage.ask([("health", a)])[0]))
    world = scenes.world_of(stage, place.m, place.kind, place.bps)
    trial = Trial(place, stage, world, tuple(stage.acts), held, genes, stage.time_s, scene.group_deposits)
    trial.begin()
    return trial


def places(design: Design, kinds: Sequence[str]) -> list[Place]:
    """Everything that is asked of a design, of its first market and its last."""
    markets = sorted({0, len(design.markets) - 1})
    found = []
    for scene in scenes.SCENES:
        for kind in scene.kinds:
            if kind in kinds:
                moves = {EITHER: (20, 100), KNOWN: (50, 100)}.get(kind, (0,))
                found += [Place(scene.name, m, kind, bps) for m in markets for bps in moves]
    return found


__all__ = ["Outcome", "Place", "Scene", "Trial", "places", "prepare"]
