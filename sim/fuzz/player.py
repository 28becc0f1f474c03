"""Who plays: the moves that rules are made of, each judged when it is made."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from sim.fuzz import draws, solve
from sim.fuzz.arena import Call
from sim.fuzz.draws import CALM, STAKE, Amount, Chaos, Move
from sim.fuzz.facts import WAD
from sim.fuzz.judges.gates import GATES
from sim.fuzz.properties import Lab
from sim.fuzz.rules import Rule, chosen, rules_of
from sim.fuzz.session import Act, Session
from sim.fuzz.snapshot import Snapshot
from sim.fuzz.tally import Tally
from sim.fuzz.trading import limit_of, market_order, trade

#: An index at which a verb is tried although nothing is there for it.
IDLY = 7
_DEPOSIT_USD_WAD = 20_000 * WAD
#: With less free equity than this an account is given collateral before it trades.
_POOR_USD_WAD = 5 * WAD
#: Probes take their subjects in turn; sequences begin at different ones.
_TURNS = 10_000
#: How often its owner would rather not have asked, when he sees its price.
_REGRETTED = 0.05
#: How often a trade is tried at once where it has to be asked for.
_DIRECTLY = 0.03
#: How often a market order is brought to its end at once: others wait, for keepers, for a cancel, or for ever.
_EXECUTED = 0.85
#: How often an amount is halved that would be refused.
_HALVINGS = 3


class Player:
    """A session, a source of chance, and what can be done with both."""

    def __init__(self, session: Session, rng: Random, tally: Tally) -> None:
        self.session, self.rng, self.tally = session, rng, tally
        self.arena, self.facts = session.arena, session.facts
        self.base = session.truth
        session.turn = rng.randrange(_TURNS)
        tally.examples += 1
        self._report(CALM, 1)

    def run(self, rules: int) -> None:
        """Apply so many rules, and look at the end.

        Raises:
            Violation: a property does not hold.
        """
        kept, weights = chosen([each for each in rules_of(type(self)) if self._has_use_of(each)], self.rng)
        for _ in range(rules):
            self.rng.choices(kept, weights)[0].apply(self, self.rng)
        self.session.finish()

    def _has_use_of(self, each: Rule) -> bool:
        """Whether the design has what a rule is about."""
        pool = self.facts.pool
        if each.name in ("request_mint", "request_swap", "execute_entry"):
            return pool.entry_wait_s > 0
        return pool.exit_wait_s > 0 or not each.name.endswith("_exit")

    @property
    def state(self) -> Snapshot:
        """The state of the contracts now."""
        return self.session.state

    def _is_slow(self) -> bool:
        """The oracle lets a price go only so far at a time."""
        return self.facts.oracle.max_step_wad > 0 or self.facts.oracle.max_average_distance_wad > 0

    def _within_reach(self, truth: tuple[int, ...], seconds: int) -> tuple[int, ...]:
        """Prices no further than the oracle lets them go; beyond, once in a while."""
        if not self._is_slow() or self.rng.random() < 0.04:
            return truth
        ranges = [solve.reachable(self.session.oracle, f, self.arena.time_s + seconds) for f in range(len(truth))]
        return tuple(min(max(price, low), high) for price, (low, high) in zip(truth, ranges, strict=True))

    def _moved(self, move: Move, seconds: int) -> tuple[int, ...]:
        truth = draws.moved(self.session.truth, self.base, move, self.facts)
        return self._within_reach(truth, seconds)

    def _asset(self, i: int) -> int:
        return i % len(self.facts.assets)

    def _market(self, i: int) -> int:
        return i % len(self.facts.markets)

    def _account(self, i: int) -> int:
        return self.facts.trader_ids[i % len(self.facts.trader_ids)]

    def _lacking(self) -> list[int]:
        """Assets, the one that lacks most to its target first."""
        lacks = solve.gaps(self.arena, self.state)
        return sorted(range(len(lacks)), key=lambda k: -lacks[k])

    def _is_payable(self, account: int, m: int) -> bool:
        """A claim is worth a token, was collected, and there are free tokens to pay it."""
        k = self.facts.markets[m].assets[1]
        asset, bucket = self.facts.assets[k], self.state.buckets[k]
        usd = min(self.state.claims[account][m], self.state.clocks[m].funding_pot)
        price = self.state.prices[asset.feed]
        return usd * WAD >= price.high * asset.scale > 0 and bucket.pool > bucket.reserved

    def _is_shut(self, gate: str, account: int | None = None) -> bool:
        """Most of the time, whether a verb is closed now by a price, the mode or a circuit breaker."""
        state = self.state
        worst_status, worst_mode, bit = GATES[gate]
        status = state.aum.status
        if account is not None:
            status = state.health[account].status
        closed = bit is not None and state.aum.closed >> bit & 1
        shut = status > worst_status or state.aum.mode > worst_mode or closed
        return bool(shut) and self.rng.random() < 0.85

    def _poor(self) -> list[int]:
        """Traders below maintenance margin."""
        return [account for account in self.facts.trader_ids if self.state.health[account].is_liquidatable]

    def _withdrawable(self, index: int) -> tuple[int, int] | None:
        """An account and an asset of it: those whose margin allows it come first, those with positions twice."""
        rows = self.state.collateral
        held = [(a, k) for a in self.facts.trader_ids for k, units in enumerate(rows[a]) if units]
        held = [(a, k) for a, k in held if not (self.state.health[a].notional and self._is_shut("withdraw", a))]
        free = [pair for pair in held if solve.most_withdraw(self.arena, self.state, *pair)]
        free += [pair for pair in free if self.state.health[pair[0]].notional]
        choice = free or (held if index % 8 == IDLY else [])
        return choice[index % len(choice)] if choice else None

    def _deposit(self, account: int, k: int, amount: Amount) -> None:
        asset = self.facts.assets[k]
        price = self.state.prices[asset.feed]
        most = _DEPOSIT_USD_WAD * WAD // (max(price.low, 1) * asset.scale)
        self._call("deposit_collateral", "traders", account, k, amount.of(most))

    def _grow(
        self,
        account: int,
        m: int,
        k: int,
        is_long: bool,
        amount: Amount,
        *,
        bound: int | None = None,
        stake: Amount = STAKE,
    ) -> None:
        health = self.state.health[account]
        if self._is_shut("increase", account):
            return
        if health.free - health.initial < _POOR_USD_WAD:
            self._deposit(account, k, stake)
        size = self.state.positions[account][m].size
        is_long = size > 0 if size else is_long
        most = solve.most_open(self.arena, self.state, account, m, is_long, beyond=amount.kind == "over")
        price = self.state.prices[self.facts.markets[m].feed]
        units = amount.of(most * WAD // max(price.high, 1))
        least = 21 * self.facts.markets[m].min_position_usd_wad // 20
        if amount.kind == "share" and most > least:
            units = max(units, least * WAD // price.low)
        sign = 1 if is_long else -1
        limit = limit_of(sign)
        if amount.kind == "share":
            units = self._fitting(units, lambda n: self._traded(account, m, sign * n, limit).accepted)
        if bound is not None:
            told = self._traded(account, m, sign * units, limit)
            if told.accepted:
                limit = told.returns["price_usd"] - sign * bound
        self._trade(account, m, sign * units, limit)

    def _fitting(self, units: int, would_be_accepted: Callable[[int], bool]) -> int:
        """Halve an amount until its call would be accepted, some times."""
        for _ in range(_HALVINGS):
            if units <= 1 or would_be_accepted(units):
                break
            units //= 2
        return units

    def _trade(self, account: int, m: int, size: int, limit: int | None = None) -> None:
        """At once; or by a market order that is mostly executed at the next price, which may have moved by then."""
        limit = limit_of(size) if limit is None else limit
        if not self.facts.is_by_order or self.rng.random() < _DIRECTLY:
            self._call("trade", "traders", account, m, size, limit)
            return
        asked = self._call("place", "traders", *market_order(self.arena, account, m, size, limit))
        if not asked.accepted:
            return
        if self.rng.random() < _EXECUTED:
            self._report(CALM, 1, self._moved(draws.MOVES(self.rng), 1) if self.rng.random() < 0.2 else ())
            self._do(Act(seconds=1))
            if self.rng.random() < _REGRETTED:
                self._call("cancel", "traders", account, asked.returns["slot"])
            self._call("execute", "keepers", account, asked.returns["slot"], self.facts.keeper_ids[0])

    def _traded(self, account: int, m: int, size: int, limit: int) -> Call:
        """What would become of a trade at prices as they are."""
        with self.arena.probe():
            lab = Lab(self.arena, self.state, 0, self.session.truth, self.session.orders.open)
            return trade(lab, account, m, size, limit)

    def _liquidate(self, account: int) -> None:
        """Release the orders first, but for some times."""
        if self.state.open_orders[account] and self.rng.random() < 0.9:
            self._call("release", "keepers", account)
        self._call("liquidate", "keepers", account, self.facts.keeper_ids[0])

    def _bounded(self, verb: str, actor: str, values: tuple[int, ...], told: str, bound: int | None) -> None:
        """Call with the least result that is wanted: anything, what it will be, or more."""
        receiver = self.facts.actor(actor)
        least = 0
        if bound is not None:
            trial = self.arena.trial_of(verb, actor, *values, 0, receiver)
            least = trial.returns.get(told, 0) + bound
        self._call(verb, actor, *values, least, receiver)

    def _quotes(self, prices: tuple[int, ...], now_s: int, chaos: Chaos = CALM) -> tuple[tuple[int, ...], ...]:
        venues = len(self.facts.oracle.weights)
        rows = [draws.honest(price, now_s, venues) for price in prices]
        return tuple(
            tuple(chaos.row(row, now_s)) if f == chaos.feed % len(rows) else tuple(quote.word for quote in row)
            for f, row in enumerate(rows)
        )

    def _report(self, chaos: Chaos, seconds: int = 0, truth: tuple[int, ...] = ()) -> None:
        quotes = self._quotes(truth or self.session.truth, self.arena.time_s + seconds, chaos)
        self._do(Act(seconds, "report", "reporter", (), quotes, truth))

    def _call(self, verb: str, actor: str, *values: int) -> Call:
        call = self._do(Act(0, verb, actor, values))
        assert call is not None
        return call

    def _do(self, act: Act) -> Call | None:
        step = self.session.do(act)
        self.tally.count(step)
        return step.call
