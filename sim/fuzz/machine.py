"""The state machine: random verbs, prices and time on the contracts' bytecode.

It knows what to do; the properties know what must hold.
"""

from __future__ import annotations

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from sim.fuzz import draws, solve
from sim.fuzz.arena import BASE_PRICES_USD, Arena, Call
from sim.fuzz.catalogue import judge_all
from sim.fuzz.draws import AMOUNTS, BOUNDS, CALM, CHAOS, MOVES, SECONDS, STAKE, Amount, Chaos, Move
from sim.fuzz.facts import INSURANCE, WAD
from sim.fuzz.model import OracleModel
from sim.fuzz.probes import Prober
from sim.fuzz.properties import Step, Violation
from sim.fuzz.tally import Setup
from sim.tape import SUFFIX

_NO_LIMIT_WAD = 2**127
_DEPOSIT_USD_WAD = 20_000 * WAD
#: A refused call changes nothing: that is looked at every so many steps.
_CHECK_REFUSED = 4
#: With less free equity than this an account is given collateral before it trades.
_POOR_USD_WAD = 5 * WAD
ANY = st.integers(0, 7)
_IDLY = 7  # a verb is tried although nothing is there for it
_PROVIDER = st.sampled_from(("lp0", "lp1"))


class PoolMachine(RuleBasedStateMachine):
    """Liquidity providers, traders, keepers and an arbitrageur, under an oracle that may go mad."""

    setup: ClassVar[Setup]

    def __init__(self) -> None:
        super().__init__()
        self.arena = Arena.deploy(self.setup.design)
        self.facts = self.arena.facts
        self.base = draws.base_prices([BASE_PRICES_USD[feed] for feed in self.setup.design.feeds])
        self.truth = list(self.base)
        self.oracle = OracleModel.opened(self.facts, self.base, self.arena.time_s)
        self.prober = Prober(self.arena, self.setup.tally.hits)
        self.turn = 0
        self.setup.tally.examples += 1
        self.state = self.arena.snapshot()
        self._advance(1)
        self._report(CALM)

    # ------------------------------------------------------------------ liquidity

    @rule(provider=_PROVIDER, k=ANY, toward=st.booleans(), amount=AMOUNTS)
    def mint(self, provider: str, k: int, toward: bool, amount: Amount) -> None:
        k = self._lacking()[0] if toward else self._asset(k)
        units = amount.of(solve.most_mint(self.arena, self.state, k))
        self._call("mint", provider, k, units, 0, self.facts.actor(provider))

    @rule(provider=_PROVIDER, k=ANY, toward=st.booleans(), amount=AMOUNTS)
    def redeem(self, provider: str, k: int, toward: bool, amount: Amount) -> None:
        k = self._lacking()[-1] if toward else self._asset(k)
        holder = self.facts.actor(provider)
        shares = amount.of(solve.most_redeem(self.arena, self.state, k, holder + 1))
        self._call("redeem", provider, k, shares, 0, holder)

    @rule(k=ANY, j=ANY, toward=st.booleans(), amount=AMOUNTS)
    def swap(self, k: int, j: int, toward: bool, amount: Amount) -> None:
        k = self._asset(k)
        j = (k + 1 + j % (len(self.facts.assets) - 1)) % len(self.facts.assets)
        if toward:
            k, *_, j = self._lacking()
        units = amount.of(solve.most_swap(self.arena, self.state, k, j))
        self._call("swap", "arbitrageur", k, j, units, 0, self.facts.actor("arbitrageur"))

    # ------------------------------------------------------------------ accounts

    @rule(account=st.integers(0, 5), k=ANY, amount=AMOUNTS)
    def deposit_collateral(self, account: int, k: int, amount: Amount) -> None:
        targets = (*self.facts.trader_ids, self.facts.keeper_ids[0], INSURANCE)
        self._deposit(targets[account], self._asset(k), amount)

    @rule(account=ANY, k=ANY, amount=AMOUNTS)
    def withdraw_collateral(self, account: int, k: int, amount: Amount) -> None:
        rows = self.state.collateral
        held = [(a, j) for a in self.facts.trader_ids for j, units in enumerate(rows[a]) if units]
        # Those whose margin allows it come first, those with positions twice.
        free = [pair for pair in held if solve.most_withdraw(self.arena, self.state, *pair)]
        free += [pair for pair in free if self.state.health[pair[0]].notional]
        choice = free or held
        if not choice:
            return
        target = choice[(8 * account + k) % len(choice)]
        units = amount.of(solve.most_withdraw(self.arena, self.state, *target))
        self._call("withdraw_collateral", "traders", *target, units, self.facts.actor("traders"))

    @rule(account=ANY, m=ANY, k=ANY, is_long=st.booleans(), amount=AMOUNTS, bound=BOUNDS)
    def grow(self, account: int, m: int, k: int, is_long: bool, amount: Amount, bound: int | None) -> None:
        self._grow(self._account(account), self._market(m), self._asset(k), is_long, amount, bound=bound)

    @rule(index=ANY, amount=AMOUNTS)
    def shrink(self, index: int, amount: Amount) -> None:
        held = list(self.state.held())
        if held:
            account, m, position = held[index % len(held)]
            units = amount.of(abs(position.size))
            self._trade(account, m, -units if position.size > 0 else units)

    @rule(index=ANY)
    def claim_funding(self, index: int) -> None:
        rows = self.state.claims.items()
        owed = [(account, m) for account, row in rows for m, usd in enumerate(row) if usd]
        if owed:
            self._call("claim_funding", "traders", *owed[index % len(owed)])
        elif index == _IDLY:
            self._call("claim_funding", "traders", self._account(index), 0)

    @rule(index=ANY)
    def liquidate(self, index: int) -> None:
        poor = [account for account, health in self.state.health.items() if health.is_liquidatable]
        if poor:
            self._liquidate(poor[index % len(poor)])
        elif index == _IDLY:
            self._liquidate(self._account(index))

    # ------------------------------------------------------------------ world

    @rule(move=MOVES, chaos=CHAOS, seconds=st.sampled_from((0, 1, 1, 5, 12)))
    def report(self, move: Move, chaos: Chaos, seconds: int) -> None:
        self._advance(seconds)
        self.truth = draws.moved(self.truth, self.base, move, self.facts)
        self._report(chaos)

    @rule(seconds=SECONDS, chaos=CHAOS | st.none())
    def wait(self, seconds: int, chaos: Chaos | None) -> None:
        self._advance(seconds)
        if chaos is None:
            self._judge(None)
        else:
            self._report(chaos)

    # ------------------------------------------------------------------ how it is done

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

    def _deposit(self, account: int, k: int, amount: Amount) -> None:
        asset = self.facts.assets[k]
        most = solve.units_for(asset, _DEPOSIT_USD_WAD, self.state.prices[asset.feed].low)
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
        if health.free - health.initial < _POOR_USD_WAD:
            self._deposit(account, k, stake)
        size = self.state.positions[account][m].size
        is_long = size > 0 if size else is_long
        most = solve.most_open(self.arena, self.state, account, m, is_long)
        price = self.state.prices[self.facts.markets[m].feed]
        units = amount.of(most * WAD // price.high)
        least = 21 * self.facts.markets[m].min_position_usd_wad // 20
        if amount.kind == "share" and most > least:
            units = max(units, least * WAD // price.low)
        limit = None
        if bound is not None:
            limit = price.high - bound if is_long else price.low + bound
        self._trade(account, m, units if is_long else -units, limit)

    def _trade(self, account: int, m: int, size: int, limit: int | None = None) -> None:
        if limit is None:
            limit = _NO_LIMIT_WAD if size > 0 else 0
        self._call("trade", "traders", account, m, size, limit)

    def _liquidate(self, account: int) -> Call:
        return self._call("liquidate", "keepers", account, self.facts.keeper_ids[0])

    def _quotes(self, prices: list[int], chaos: Chaos = CALM) -> list[list[int]]:
        venues = len(self.facts.oracle.weights)
        now = self.arena.time_s
        rows = [draws.honest(price, now, venues) for price in prices]
        return [
            chaos.row(row, now) if f == chaos.feed % len(rows) else [quote.word for quote in row]
            for f, row in enumerate(rows)
        ]

    def _report(self, chaos: Chaos) -> None:
        quotes = self._quotes(self.truth, chaos)
        call = self.arena.report(quotes)
        self.oracle.report(quotes, self.arena.time_s)
        self._judge(call)

    def _call(self, verb: str, actor: str, *values: int) -> Call:
        call = self.arena.call(verb, actor, *values)
        self._judge(call)
        return call

    def _advance(self, seconds: int) -> None:
        """Begin a block; whoever calls it goes on to `_report` or `_judge`."""
        self.arena.advance(seconds)

    def _judge(self, call: Call | None) -> None:
        """Compare the states before and after by every property, and look into futures."""
        before = self.state
        if call is None or call.accepted or self.turn % _CHECK_REFUSED == 0:
            self.state = self.arena.snapshot()
        prices = self.oracle.prices(self.arena.time_s)
        step = Step(call, before, self.state, self.facts, prices, tuple(self.oracle.survivors))
        self.turn += 1
        try:
            judge_all(step, self.setup.tally.hits)
            if call is not None and call.accepted:
                self.prober.look(self.state, self.turn)
        except Violation as found:
            path = self.setup.out_dir / f"{found.property_id}-{self.setup.design}{SUFFIX}"
            self.arena.tape(str(found)).save(path)
            self.setup.tapes[found.property_id] = path
            raise
        self.setup.tally.count(step)
