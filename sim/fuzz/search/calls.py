"""A gene that is a verb becomes a call: its arguments are read by name and kind, its numbers come from the state."""

from __future__ import annotations

from dataclasses import dataclass, field

from sim.chain.actions import MAX_CANDIDATES, VERBS
from sim.chain.failures import OK
from sim.fuzz.facts import WAD
from sim.fuzz.orders import AT_MARKET
from sim.fuzz.reader import signed
from sim.fuzz.search import desk
from sim.fuzz.search.genes import Gene
from sim.fuzz.search.stage import Stage

_TRIGGERS_BPS = (-300, -50, 50, 300, 10_000)
_OPEN_TO_ALL = ("deposit_collateral", "liquidate", "release", "claim_funding", "release_and_liquidate")
#: Verbs of the pool, whichever way a design has them.
_LIQUIDITY = ("mint", "redeem", "swap")
#: Verbs that move value by themselves.
_MOVING = (*_LIQUIDITY, "trade", "execute", "liquidate", "release_and_liquidate", "deleverage")


@dataclass(slots=True)
class World:
    """What may happen beside the group's moves."""

    m: int  # the market that the scene is about
    moves: dict[int, int]  # feed -> basis points of the price
    moves_in_s: int  # seconds until the price that brings them
    is_known: bool  # that price is the next one
    room_usd: dict[tuple[int, int], float]  # market, side -> notional that still fits
    liquidity_usd: float  # most that a mint or swap moves


@dataclass(slots=True)
class Played:
    """What a genome came to."""

    touched: set[int]
    events: list[tuple[int, str, int]] = field(
        default_factory=list
    )  # of the world: seconds since the start, kind, what
    marks: list[str] = field(default_factory=list)  # what was accepted, in order
    calls: int = 0
    net_usd_wad: int = 0  # net positions of the group, market by market, at cost: the most while time passed
    carried_usd_wad: int = 0  # what the pool was owed for the skew when an outsider left: the most
    moved_usd: float = 0.0  # that positions, deposits of liquidity and swaps were begun with


#: Who calls a contract's verbs; traders, where it is not said.
_ACTORS = dict.fromkeys(("pool", "exits", "entries"), "provider") | {"liquidator": "keepers"}


class Caller:
    """Makes verbs of genes on one stage: what a player may call, and what has become of it."""

    def __init__(self, stage: Stage, world: World, held: set[int], sign: int = 1) -> None:
        self.stage, self.world, self.sign = stage, world, sign
        self.played = Played(set(held))
        self._chain: tuple[int, int, int] | None = None  # assets given and taken last, units of what was taken
        self._begun_s = stage.time_s
        self._thinnest = 0
        self._count = len(stage.facts.assets), len(stage.facts.markets)

    def _verb(self, gene: Gene) -> None:
        verb = VERBS[gene.kind]
        if gene.kind == "deleverage":
            m, side = self._market(gene.picks[0]), gene.picks[1] & 1
            self._call(gene.kind, "keepers", m, side, *desk.members(self._named(gene), MAX_CANDIDATES))
            return
        actor = _ACTORS.get(verb.contract, "traders")
        chosen: dict[str, int] = {}
        for i, (name, kind) in enumerate(verb.arguments):
            chosen[name] = self._argument(gene, i, name, kind, chosen, actor)
        if chosen.get("account") in self.stage.group_ids:
            self.played.touched.add(chosen["account"])
        if chosen.get("target") in self.stage.group_ids:
            self.played.touched.add(chosen["target"])
        if gene.picks[-1] & 1 and self._chain is not None:
            self._go_on(gene.kind, chosen, *self._chain)
        got = 0
        if gene.kind in _LIQUIDITY:
            status, got = desk.liquidity(self.stage, gene.kind, actor, *chosen.values())
            self._count_in(gene.kind, status)
        else:
            status = self._call(gene.kind, actor, *chosen.values())
        if status == OK and gene.kind in _MOVING:
            self.played.moved_usd += self._moved(gene.kind, chosen, got)
        if status == OK and gene.kind in _LIQUIDITY:
            given, taken = chosen["k"], chosen.get("j", chosen["k"])
            if gene.kind != "swap" and self._chain is not None:
                given, taken = self._chain[0], self._chain[1]
            self._chain = given, taken, got if gene.kind == "swap" else self._chain_units()

    def _moved(self, verb: str, chosen: dict[str, int], got: int) -> float:
        """USD that an accepted call moved."""
        stage = self.stage
        if verb in _LIQUIDITY:
            k, units = chosen["k"], got if verb == "redeem" else chosen["amount"]
            asset = stage.facts.assets[k]
            return units * asset.scale * stage.truth[asset.feed] / 1e36
        return self.world.liquidity_usd / 1e3

    def _chain_units(self) -> int:
        return self._chain[2] if self._chain is not None else 0

    @staticmethod
    def _go_on(verb: str, chosen: dict[str, int], given: int, taken: int, units: int) -> None:
        """Do it with what the last swap gave, or take back what was given for it."""
        match verb:
            case "mint":
                chosen["k"] = taken
                chosen["amount"] = units or chosen["amount"]
            case "redeem" | "request_exit":
                chosen["k"] = given
            case "swap":
                chosen["k"], chosen["j"] = taken, given
                chosen["amount"] = units or chosen["amount"]

    def _argument(self, gene: Gene, i: int, name: str, kind: str, chosen: dict[str, int], actor: str) -> int:
        stage, pick = self.stage, gene.picks[i % len(gene.picks)]
        assets, _ = self._count
        if kind == "actor":  # who is paid, or whose request it is: whoever calls
            return stage.facts.actor(actor)
        match name:
            case "account":
                return self._anybody(pick) if gene.kind in _OPEN_TO_ALL else self._own(pick)
            case "target":
                return self._anybody(pick)
            case "keeper":
                return stage.keeper
            case "k" | "asset":
                return pick % assets
            case "j":
                return (chosen["k"] + 1 + pick % max(assets - 1, 1)) % assets
            case "m":
                return self._market(pick)
            case "side":
                return pick & 1
            case "slot":
                return pick % 2
            case "kind":
                return pick % 4
            case "is_reduce_only":
                return pick & 1
            case "expires_at_s":
                return 0
            case "size":
                return self._signed_size(gene, chosen)
            case "acceptable_price_usd":
                return desk.limit_of(chosen["size"])
            case "trigger_price_usd":
                if chosen["kind"] == AT_MARKET:
                    return 0
                price = stage.truth[stage.facts.markets[chosen["m"]].feed]
                return price * (10_000 + _TRIGGERS_BPS[pick % len(_TRIGGERS_BPS)]) // 10_000
            case "margin" | "reward":
                return 0 if pick & 1 else self._held(chosen["account"], chosen["asset"]) >> (2 + 3 * (name == "reward"))
            case "amount":
                return self._amount(gene, chosen)
        if name.startswith("min_"):
            return 0
        return pick % 8 if kind == "id" else int(self.world.liquidity_usd * 2**-gene.size * WAD)

    def _amount(self, gene: Gene, chosen: dict[str, int]) -> int:
        """What is moved: a share of what there is, or of what the pool bears."""
        if gene.kind in ("redeem", "request_exit"):
            (row,) = self.stage.ask([("shares", self.stage.facts.actor("provider") + 1)])
            return int(row[0] * 2**-gene.size) if gene.size else row[0]
        if gene.kind in ("withdraw_collateral", "transfer_collateral"):
            held = self._held(chosen["account"], chosen["k"])
            return int(held * 2**-gene.size) if gene.size else held
        return max(1, self.stage.units(chosen["k"], self.world.liquidity_usd * 2**-gene.size))

    def _signed_size(self, gene: Gene, chosen: dict[str, int]) -> int:
        m, account = chosen["m"], chosen["account"]
        if gene.picks[-1] % 3 == 0 and ("position", account, m) in self.stage.arena.reader.reads:
            (row,) = self.stage.ask([("position", account, m)])
            if row[0]:
                return -int(signed(row[0]) * 2**-gene.size) if gene.size else -signed(row[0])
        side = gene.picks[-1] & 1
        return self.stage.size(m, self._notional(m, side, gene.size)) * (-1 if side else 1)

    def _notional(self, m: int, side: int, size: float) -> float:
        least = 1.06e-18 * self.stage.facts.markets[m].min_position_usd_wad
        return max(least, self.world.room_usd[m, side] * 2**-size)

    def _held(self, account: int, k: int) -> int:
        (row,) = self.stage.ask([("collateral", account, k)])
        return row[0]

    def _market(self, pick: int) -> int:
        return self.world.m if pick < 160 else pick % self._count[1]

    def _own(self, pick: int) -> int:
        return self.stage.main[(0, 0, 0, 0, 1, 1, 2, 0)[pick % 8]]

    def _anybody(self, pick: int) -> int:
        stage = self.stage
        return (*stage.main, *stage.main, *stage.outsiders, stage.crowd[0])[
            pick % (2 * len(stage.main) + len(stage.outsiders) + 1)
        ]

    def _named(self, gene: Gene) -> list[int]:
        """Candidates: everybody, one outsider and the crowd, or some outsiders and everybody of the group."""
        stage, pick = self.stage, gene.picks[2] % 4
        own = sorted(self.played.touched)
        if pick < 2:
            return [*stage.outsiders, *own]
        some = [a for i, a in enumerate(stage.outsiders) if gene.picks[3] >> i & 1]
        return [*(some[:1] if pick == 2 else some), *stage.crowd] if own else some

    def _call(self, verb: str, actor: str, *values: int) -> int:
        status = self.stage.call(verb, actor, *values)
        self._count_in(verb, status)
        return status

    def _count_in(self, kind: str, status: int, more: str = "") -> None:
        self.played.calls += 1
        self.played.marks.append((f"{kind}:{more}" if more else kind) if status == OK else f"{kind} {status}")
