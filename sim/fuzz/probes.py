"""Properties that need a second future: calls that are made, looked at, and undone (kind M).

A probe that finds something leaves its calls on the tape, where verbs can say it: a donation is no verb.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from sim.fuzz.arena import Arena
from sim.fuzz.facts import LONG, OK, WAD
from sim.fuzz.properties import Broken, expect, violation
from sim.fuzz.snapshot import Snapshot

#: Roundings between the pool's value and exact reckoning: one for each asset and five for each market
#: (profit and pending fees of two sides, the protocol's share of the fees).
_AUM_ROUNDING_WEI = 8 + 5 * 8
_MARGIN_USD = 1_000_000
_PO_01 = "a position opened and closed in one block costs at least both fees"
_TA_02 = "tokens sent to the market past its verbs change nothing but its balance"
_LP_03 = (
    "the pool's value is its tokens and its share of pending borrow fees, minus traders' profits and the funding pot"
)
_LP_06 = "mint and redeem in one block do not enrich"

STATEMENTS = {"PO-01": _PO_01, "TA-02": _TA_02, "LP-03": _LP_03, "LP-06": _LP_06}


@dataclass(frozen=True, slots=True)
class Prober:
    """Runs the probes of one arena; `turn` counts its steps, so that each probe meets every market, side and asset."""

    arena: Arena
    hits: Counter[str]

    def look(self, state: Snapshot, turn: int) -> None:
        """Run the probes whose turn it is.

        Raises:
            Violation: of the first that finds something.
        """
        self._run("LP-03", turn, state, every=1)
        self._run("PO-01", turn, state, every=3)
        self._run("LP-06", turn, state, every=3)
        self._run("TA-02", turn, state, every=11)

    def _run(self, id_: str, turn: int, state: Snapshot, every: int) -> None:
        if turn % every:
            return
        probe = {"LP-03": self._value, "PO-01": self._round_trip, "LP-06": self._in_and_out, "TA-02": self._donation}
        with self.arena.probe():
            try:
                if probe[id_](state, turn // every):
                    self.hits[id_] += 1
            except Broken as finding:
                raise violation(id_, STATEMENTS[id_], str(finding)) from finding

    def _value(self, state: Snapshot, turn: int) -> bool:
        if any(side.size for sides in state.sides for side in sides):
            for account in {account for account, *_ in state.held()}:
                expect(self.arena.assess(account), "account {} cannot be brought to now", account)
            accrued = self.arena.reader.after_accrual(state)
            expect(accrued.aum == state.aum, "accrual moves it: {} -> {}", state.aum, accrued.aum)
            state = accrued
        for name in ("low", "mid", "high"):
            exact = max(_exact_value(state, self.arena, name), Fraction(0))
            told = getattr(state.aum, name)
            expect(abs(told - exact) <= _AUM_ROUNDING_WEI, "{}: {} but {}", name, told, int(exact))
        return any(True for _ in state.held())

    def _round_trip(self, state: Snapshot, turn: int) -> bool:
        arena, facts = self.arena, self.arena.facts
        m = turn % len(facts.markets)
        is_long = turn // len(facts.markets) % 2 == 0
        idle = [a for a in facts.trader_ids if not state.positions[a][m].size and not state.claims[a][m]]
        if not idle:
            return False
        account = idle[turn % len(idle)]
        price = state.prices[facts.markets[m].feed]
        usd = facts.markets[m].min_position_usd_wad * (2, 100, 2_000)[turn % 3]
        size = usd * WAD // price.low * (1 if is_long else -1)
        k = facts.markets[m].assets[1]
        deposit = _MARGIN_USD * WAD // facts.assets[k].scale
        if not arena.call("deposit_collateral", "traders", account, k, deposit).accepted:
            return False
        before = arena.reader.collateral(account)
        opened = arena.call("trade", "traders", account, m, size, 2**127 if is_long else 0)
        closed = arena.call("trade", "traders", account, m, -size, 0 if is_long else 2**127)
        if not (opened.accepted and closed.accepted):
            expect(not opened.accepted, "opened, but the close was refused: {}", closed)
            return False
        after = arena.reader.collateral(account)
        fees = opened.returns["fee_usd"] + closed.returns["fee_usd"]
        least = 2 * abs(size) * price.low * facts.markets[m].trade_fee_wad // WAD**2
        expect(fees >= least > 0, "fees {} for {}", fees, usd)
        expect(arena.reader.position(account, m).size == 0, "a position is left")
        for which in ("low", "high"):
            lost = _worth(before, state, arena, which) - _worth(after, state, arena, which)
            expect(lost >= fees, "{}: lost {} at fees {}", which, int(lost), fees)
        return True

    def _in_and_out(self, state: Snapshot, turn: int) -> bool:
        arena, facts = self.arena, self.arena.facts
        if state.aum.status != OK or state.aum.low == 0:
            return False
        k = turn % len(facts.assets)
        asset = facts.assets[k]
        usd = state.aum.low >> (turn % 24)
        amount = usd * WAD // (state.prices[asset.feed].low * asset.scale) + 1
        receiver = facts.actor("arbitrageur")
        minted = arena.call("mint", "arbitrageur", k, amount, 0, receiver)
        if not minted.accepted:
            return False
        got = arena.call("redeem", "arbitrageur", k, minted.returns["shares"], 0, receiver)
        expect(not got.accepted or got.returns["tokens"] <= amount, "{} for {} of asset {}", got, amount, k)
        return got.accepted

    def _donation(self, state: Snapshot, turn: int) -> bool:
        arena = self.arena
        k = turn % len(arena.facts.assets)
        amount = 10 ** (turn % 19)
        arena.donate(k, amount)
        after = arena.snapshot()
        ours = after.tokens[k][0] - state.tokens[k][0]
        expect(ours == amount, "balance changed by {} instead of {}", ours, amount)
        for name in ("prices", "buckets", "aum", "health", "collateral", "positions", "sides", "shares", "claims"):
            was, now = getattr(state, name), getattr(after, name)
            expect(was == now, "{}: {} -> {}", name, was, now)
        return True


def _worth(collateral: tuple[int, ...], state: Snapshot, arena: Arena, which: str) -> Fraction:
    """Collateral in USD WAD, exactly."""
    return sum(
        (
            Fraction(units * asset.scale * getattr(state.prices[asset.feed], which), WAD)
            for units, asset in zip(collateral, arena.facts.assets, strict=True)
        ),
        Fraction(0),
    )


def _exact_value(state: Snapshot, arena: Arena, which: str) -> Fraction:
    """The pool in rationals, position by position; indices must be of now."""
    facts = arena.facts
    total = Fraction(0)
    for bucket, asset in zip(state.buckets, facts.assets, strict=True):
        total += Fraction(bucket.pool * asset.scale * getattr(state.prices[asset.feed], which), WAD)
    opposite = {"low": "high", "mid": "mid", "high": "low"}[which]
    for _, m, position in state.held():
        side = LONG if position.size > 0 else 1 - LONG
        # Worst for the pool: longs at the high price, shorts at the low one.
        price = getattr(state.prices[facts.markets[m].feed], opposite if side == LONG else which)
        direction = 1 if side == LONG else -1
        total -= direction * (Fraction(abs(position.size) * price, WAD) - position.cost)
        pending = Fraction(position.cost * state.sides[m][side].borrow_index, WAD) - position.borrow_debt
        total += pending * Fraction(WAD - facts.protocol_fee_wad, WAD)
    return total - sum(clock.pot for clock in state.clocks)
