"""The state machine: random verbs, prices and time on the contracts' bytecode.

It knows what to do; the properties know what must hold.
"""

from __future__ import annotations

from sim.fuzz import draws, solve
from sim.fuzz.draws import (
    AMOUNTS,
    ANY,
    BOUNDS,
    CALM,
    CHAOS,
    MOVES,
    SECONDS,
    SELDOM,
    YES_OR_NO,
    Amount,
    Chaos,
    Move,
    one_of,
)
from sim.fuzz.facts import INSURANCE
from sim.fuzz.player import IDLY, Player
from sim.fuzz.reckon import value_down
from sim.fuzz.rules import rule
from sim.fuzz.session import Act

_PROVIDER = one_of("lp0", "lp1")
#: Between a request and the next report.
_WAITS = one_of(1, 2, 12, 25)


class PoolMachine(Player):
    """Liquidity providers, traders, keepers and an arbitrageur, under an oracle that may go mad."""

    # ------------------------------------------------------------------ liquidity

    @rule(4, provider=_PROVIDER, k=ANY, toward=YES_OR_NO, amount=AMOUNTS, bound=BOUNDS)
    def mint(self, provider: str, k: int, toward: bool, amount: Amount, bound: int | None) -> None:
        if self._is_shut("mint") or self._is_by_request():
            return
        k = self._lacking()[0] if toward else self._asset(k)
        units = amount.of(solve.most_mint(self.arena, self.state, k, beyond=amount.kind == "over"))
        self._bounded("mint", provider, (k, units), "shares", bound)

    @rule(4, provider=_PROVIDER, k=ANY, toward=YES_OR_NO, amount=AMOUNTS, bound=BOUNDS)
    def redeem(self, provider: str, k: int, toward: bool, amount: Amount, bound: int | None) -> None:
        k = self._lacking()[-1] if toward else self._asset(k)
        if self.facts.pool.exit_wait_s and self.rng.random() < 0.9:
            return
        if self._is_shut("redeem") or (solve.is_locked(self.arena, provider) and amount.kind != "over"):
            return
        shares = amount.of(solve.most_redeem(self.arena, self.state, k, provider, beyond=amount.kind == "over"))
        self._bounded("redeem", provider, (k, shares), "tokens", bound)

    @rule(2, provider=_PROVIDER, k=ANY, amount=AMOUNTS, bound=one_of(None, None, 0, 1), seconds=one_of(1, 12, 301))
    def request_exit(self, provider: str, k: int, amount: Amount, bound: int | None, seconds: int) -> None:
        """Ask to leave, mostly to be executed at the next prices; sometimes for more than there will be."""
        k, me = self._asset(k), self.facts.actor(provider)
        if self.state.exits[me].shares == 0 and not solve.is_locked(self.arena, provider):
            most = solve.most_redeem(self.arena, self.state, k, provider, beyond=amount.kind == "over")
            shares = amount.of(most)
            usd = shares * self.state.aum.low // max(self.state.supply, 1)
            asset = self.facts.assets[k]
            least = 0 if bound is None else solve.units_down(asset, usd, self.state.prices[asset.feed].high) * bound
            self._call("request_exit", provider, k, shares, least, me)
            self._report(CALM, seconds + self.facts.pool.exit_wait_s * (bound is not None))
        self._call("execute_exit", "keepers", me)

    @rule(3, provider=_PROVIDER, again=YES_OR_NO)
    def execute_exit(self, provider: str, again: bool) -> None:
        """Bring a request further; once more at the next prices where it was set a new wait."""
        me = self.facts.actor(provider)
        if self.state.exits[me].shares or self.rng.random() < 0.05:
            self._call("execute_exit", "keepers", me)
            if again and self.state.exits[me].shares:
                self._report(CALM, 12)
                self._call("execute_exit", "keepers", me)

    @rule(4, k=ANY, j=ANY, toward=YES_OR_NO, amount=AMOUNTS, bound=BOUNDS, same=SELDOM)
    def swap(self, k: int, j: int, toward: bool, amount: Amount, bound: int | None, same: bool) -> None:
        if self._is_shut("swap") or self._is_by_request():
            return
        k, n = self._asset(k), len(self.facts.assets)
        j = (k + 1 + j % max(n - 1, 1)) % n
        if toward and n > 1:
            k, *_, j = self._lacking()
        units = amount.of(solve.most_swap(self.arena, self.state, k, j, beyond=amount.kind == "over"))
        self._bounded("swap", "arbitrageur", (k, k if same else j, units), "tokens", bound)

    # ------------------------------------------------------------------ entries by request

    def _is_by_request(self) -> bool:
        """Mostly not tried at once where it is refused."""
        return self.facts.pool.entry_wait_s > 0 and self.rng.random() < 0.9

    @rule(4, provider=_PROVIDER, k=ANY, toward=YES_OR_NO, amount=AMOUNTS, bound=BOUNDS, seconds=_WAITS)
    def request_mint(
        self, provider: str, k: int, toward: bool, amount: Amount, bound: int | None, seconds: int
    ) -> None:
        """Ask for shares, mostly to be executed at the next prices; sometimes for more than there will be."""
        k = self._lacking()[0] if toward else self._asset(k)
        units = amount.of(solve.most_mint(self.arena, self.state, k, beyond=amount.kind == "over"))
        price = self.state.prices[self.facts.assets[k].feed]
        usd = value_down(self.facts.assets[k], units, price.low)
        least = 0 if bound is None else usd * self.state.supply // max(self.state.aum.high, 1) + bound
        self._enter("request_mint", provider, (k, units), least, seconds)

    @rule(4, k=ANY, j=ANY, toward=YES_OR_NO, amount=AMOUNTS, bound=BOUNDS, same=SELDOM, seconds=_WAITS)
    def request_swap(
        self, k: int, j: int, toward: bool, amount: Amount, bound: int | None, same: bool, seconds: int
    ) -> None:
        """The same of tokens."""
        k, n = self._asset(k), len(self.facts.assets)
        j = (k + 1 + j % max(n - 1, 1)) % n
        if toward and n > 1:
            k, *_, j = self._lacking()
        assets, prices = self.facts.assets, self.state.prices
        units = amount.of(solve.most_swap(self.arena, self.state, k, j, beyond=amount.kind == "over"))
        usd = value_down(assets[k], units, prices[assets[k].feed].low)
        least = 0 if bound is None else solve.units_down(assets[j], usd, prices[assets[j].feed].high) + bound
        self._enter("request_swap", "arbitrageur", (k, k if same else j, units), least, seconds)

    def _enter(self, verb: str, actor: str, values: tuple[int, ...], least: int, seconds: int) -> None:
        me = self.facts.actor(actor)
        if self.state.entries[me].amount == 0 or self.rng.random() < 0.1:
            self._call(verb, actor, *values, least, me)
            moved = self._moved(draws.MOVES(self.rng), seconds) if self.rng.random() < 0.3 else ()
            self._report(CALM, seconds, moved)
            if self.rng.random() < 0.2:
                self._report(CALM, 12)  # its first price is over
        self._call("execute_entry", "keepers", me)

    @rule(2, holder=one_of("lp0", "lp1", "arbitrageur"))
    def execute_entry(self, holder: str) -> None:
        """Bring a request further, or nothing."""
        me = self.facts.actor(holder)
        if self.state.entries[me].amount or self.rng.random() < 0.05:
            self._call("execute_entry", "keepers", me)

    # ------------------------------------------------------------------ accounts

    @rule(account=draws.within(0, 5), k=ANY, amount=AMOUNTS)
    def deposit_collateral(self, account: int, k: int, amount: Amount) -> None:
        targets = (*self.facts.trader_ids, self.facts.keeper_ids[0], INSURANCE)
        self._deposit(targets[account], self._asset(k), amount)

    @rule(account=ANY, k=ANY, amount=AMOUNTS)
    def withdraw_collateral(self, account: int, k: int, amount: Amount) -> None:
        target = self._withdrawable(8 * account + k)
        if target is not None:
            units = amount.of(solve.most_withdraw(self.arena, self.state, *target))
            self._call("withdraw_collateral", "traders", *target, units, self.facts.actor("traders"))

    @rule(1, account=ANY, k=ANY, amount=AMOUNTS, target=draws.within(0, 5))
    def transfer_collateral(self, account: int, k: int, amount: Amount, target: int) -> None:
        source = self._withdrawable(8 * account + k)
        if source is not None:
            targets = (*self.facts.trader_ids, self.facts.keeper_ids[0], INSURANCE)
            units = amount.of(solve.most_withdraw(self.arena, self.state, *source))
            self._call("transfer_collateral", "traders", *source, units, targets[target])

    @rule(3, account=ANY, m=ANY, k=ANY, is_long=YES_OR_NO, amount=AMOUNTS, bound=BOUNDS)
    def grow(self, account: int, m: int, k: int, is_long: bool, amount: Amount, bound: int | None) -> None:
        self._grow(self._account(account), self._market(m), self._asset(k), is_long, amount, bound=bound)

    @rule(3, index=ANY, amount=AMOUNTS)
    def shrink(self, index: int, amount: Amount) -> None:
        held = [row for row in self.state.held() if row[0] != INSURANCE]
        if held:
            account, m, position = held[index % len(held)]
            units = amount.of(abs(position.size))
            self._trade(account, m, -units if position.size > 0 else units)

    @rule(index=ANY)
    def claim_funding(self, index: int) -> None:
        rows = self.state.claims.items()
        owed = [(a, m) for a, row in rows for m, usd in enumerate(row) if usd and a != INSURANCE]
        payable = [pair for pair in owed if self._is_payable(*pair)]
        if payable:
            pair = payable[index % len(payable)]
            for _ in range(1 + (index < 2)):  # sometimes twice
                self._call("claim_funding", "traders", *pair)
        elif owed and index == IDLY:
            self._call("claim_funding", "traders", *owed[0])

    @rule(3, index=ANY)
    def liquidate(self, index: int) -> None:
        poor = self._poor()
        if poor:
            self._liquidate(poor[index % len(poor)])
        elif index == IDLY and self.rng.random() < 0.5:
            self._liquidate(self._account(self.rng.randrange(8)))

    # ------------------------------------------------------------------ world

    @rule(4, move=MOVES, chaos=CHAOS, seconds=one_of(1, 1, 5, 12))
    def report(self, move: Move, chaos: Chaos, seconds: int) -> None:
        self._report(chaos, seconds, self._moved(move, seconds))

    @rule(1, move=MOVES, chaos=CHAOS)
    def report_again(self, move: Move, chaos: Chaos) -> None:
        """A second report in one block: who has not spoken of this second yet is heard."""
        truth = self.session.truth
        self._report(chaos, 0, self._moved(move, 0))
        if self._is_slow():  # what it said would be too far from the price of this block
            self.session.truth = truth

    @rule(3, seconds=one_of(60, 1_200, 86_401))
    def settle(self, seconds: int) -> None:
        """After a storm: where a price is wide, a verb closed or the pool restricted, calm quotes for a while."""
        state = self.state
        if state.aum.mode or state.aum.closed or any(price.status for price in state.prices):
            self._report(CALM, seconds, draws.pegged(self._within_reach(self.session.truth, seconds), self.facts))
            self._report(CALM, 1)

    @rule(3, seconds=SECONDS, chaos=draws.either(CHAOS, CHAOS, one_of(None)))
    def wait(self, seconds: int, chaos: Chaos | None) -> None:
        if chaos is None:
            self._do(Act(seconds=seconds))
        else:
            self._report(chaos, seconds)
