"""Storms: rules that make several calls, to reach what single draws seldom do. Every call is judged as any other."""

from __future__ import annotations

from sim.fuzz import draws, solve
from sim.fuzz.draws import ANY, CALM, DEPTHS, MADNESS, SECONDS, STAKES, YES_OR_NO, Amount, Chaos, Move, one_of, within
from sim.fuzz.facts import INSURANCE
from sim.fuzz.keepers import KeeperMachine
from sim.fuzz.rules import rule
from sim.fuzz.session import Act

#: Reports that a crash takes at most: an oracle may let a price go only so far at a time.
_STAIRS = 5
_STAIR_S = 45


class StormMachine(KeeperMachine):
    """The machine with crashes, funding and venues gone mad."""

    @rule(1, first=MADNESS, seconds=SECONDS, second=MADNESS, recovers=YES_OR_NO)
    def babble(self, first: Chaos, seconds: int, second: Chaos, recovers: bool) -> None:
        """Venues go mad, and go on when their quotes are old."""
        for chaos, after in ((first, 1), (second, seconds)):
            self._report(chaos, after)
        if any(price.status for price in self.state.prices):
            k, provider = self._asset(first.feed), self.facts.actor("lp0")
            self._call("mint", "lp0", k, solve.most_mint(self.arena, self.state, k), 0, provider)
        if recovers:
            self._report(CALM, 1)

    @rule(index=ANY, depth=DEPTHS, again=within(0, 2))
    def crash(self, index: int, depth: str, again: int) -> None:
        """Bring an account that has positions to a place of its ladder."""
        held = [row for row in self.state.held() if row[0] != INSURANCE]
        if held:
            account, m, _ = held[index % len(held)]
            self._crash(account, m, depth, again)

    @rule(
        3,
        account=ANY,
        m=ANY,
        k=ANY,
        is_long=YES_OR_NO,
        stake=STAKES,
        other=one_of(None, 100, 100, 150, 220),
        depth=DEPTHS,
        again=within(0, 2),
        orders=within(0, 3),
    )
    def storm(
        self,
        account: int,
        m: int,
        k: int,
        is_long: bool,
        stake: Amount,
        other: int | None,
        depth: str,
        again: int,
        orders: int,
    ) -> None:
        """Open as much as margin allows, after a position in another market that stands or wins, and crash."""
        who, where, k = self._account(account), self._market(m), self._asset(k)
        if other is not None:
            side = self._market(m + 1)
            self._grow(who, side, k, True, Amount("share", 1, 15), stake=stake)
            move = Move(self.facts.markets[side].feed, 100 * other - 10_000)
            self._report(CALM, 1, self._moved(move, 1))
        if orders == 3:  # margin that is set aside, and released before the account is liquidated
            self._place(who, where, k, one_of(0, 1, 2)(self.rng), Amount("share", 2, 8), 300)
        self._grow(who, where, k, is_long, Amount("share", 0, 15), stake=stake)
        if self.state.positions[who][where].size:
            self._crash(who, where, depth, again)

    @rule(
        account=ANY, m=ANY, k=ANY, longs=within(1, 15), shorts=within(1, 15), seconds=SECONDS, twice=one_of(False, True)
    )
    def tug(self, account: int, m: int, k: int, longs: int, shorts: int, seconds: int, twice: bool) -> None:
        """Two accounts hold both sides of a market for a while; who earns funding is settled before who pays it."""
        market = self._market(m)
        sides = [(self._account(account), longs, True), (self._account(account + 1), shorts, False)]
        for who, share, is_long in sides:
            self._grow(who, market, self._asset(k), is_long, Amount("share", 0, share))
        self._report(CALM, seconds)
        sides.sort(key=lambda side: side[1])
        for who, *_ in sides:
            size = self.state.positions[who][market].size
            if size:
                self._trade(who, market, -size)
        for _ in range(1 + twice):
            if self.state.claims[sides[0][0]][market]:
                self._call("claim_funding", "traders", sides[0][0], market)

    @rule(account=ANY, m=ANY, k=ANY, share=within(4, 15), is_long=YES_OR_NO, depth=one_of("broke", "ruin"))
    def duel(self, account: int, m: int, k: int, share: int, is_long: bool, depth: str) -> None:
        """Two accounts hold both sides; one goes broke, and the other is asked to pay for it."""
        market = self._market(m)
        loser, winner = self._account(account), self._account(account + 1)
        for who, longs, stake in (
            (loser, is_long, Amount("share", 4, 8)),
            (winner, not is_long, Amount("share", 0, 8)),
        ):
            self._grow(who, market, self._asset(k), longs, Amount("share", 0, share), stake=stake)
        if self.state.positions[loser][market].size:
            self._crash(loser, market, depth, 1)
            self._deleverage(market, int(is_long), self.rng.randrange(6))

    @rule(1, account=ANY, m=ANY, is_long=YES_OR_NO, depth=one_of("charges", "broke"))
    def bail(self, account: int, m: int, is_long: bool, depth: str) -> None:
        """Insurance has money when an account goes broke, and gives up over some blocks what it took over."""
        who, market = self._account(account), self._market(m)
        for _ in range(2):
            self._deposit(INSURANCE, self.facts.markets[market].assets[1], Amount("all"))
        self._grow(who, market, self.facts.markets[market].assets[1], is_long, Amount("share", 2, 12))
        if self.state.positions[who][market].size:
            self._crash(who, market, depth, 1)
        for _ in range(2):
            if self.state.positions[INSURANCE][market].size:
                self._report(CALM, 5)
                self._call("unwind", "keepers", market)

    @rule(1, index=ANY, percent=within(2, 12), rises=YES_OR_NO)
    def depeg(self, index: int, percent: int, rises: bool) -> None:
        """A price leaves what its asset is redeemed for."""
        redeemed = [f for f, redemption in enumerate(self.facts.oracle.redemptions) if redemption.band_wad]
        if redeemed:
            feed = redeemed[index % len(redeemed)]
            move = Move(feed, 100 * percent if rises else -100 * percent)
            self._report(CALM, 30, self._moved(move, 30))

    @rule(1, k=ANY, m=ANY)
    def hoard(self, k: int, m: int) -> None:
        """Winners everywhere: a market's price doubles while three hold it, and one bears the loss of a small short."""
        market = self._market(m)
        self._grow(self.facts.trader_ids[3], market, self._asset(k), False, Amount("share", 6, 8))
        for account in self.facts.trader_ids[:3]:
            self._grow(account, market, self._asset(k), True, Amount("share", 0, 15))
        feed = self.facts.markets[market].feed
        for _ in range(_STAIRS):
            _, high = solve.reachable(self.session.oracle, feed, self.arena.time_s + _STAIR_S)
            self._report(CALM, _STAIR_S, self._with(feed, min(2 * self.base[feed], high)))
        self._deleverage(market, 0, self.rng.randrange(6))

    def _crash(self, account: int, m: int, depth: str, again: int) -> None:
        """Move a market's price to where the account is at a place of its ladder, and liquidate it there."""
        feed = self.facts.markets[m].feed
        falls = self.state.positions[account][m].size > 0
        for _ in range(_STAIRS):
            self._do(Act(seconds=_STAIR_S if self._is_slow() else 1))
            now = self.session.truth[feed]
            low, high = solve.reachable(self.session.oracle, feed, self.arena.time_s)
            end = max(low, now // 4) if falls else min(high, now * 4)

            def quotes(price: int) -> tuple[tuple[int, ...], ...]:
                return self._quotes(self._with(feed, price), self.arena.time_s)

            where = solve.ladder(depth, self.facts)
            found = solve.price_where(self.arena, self.state, account, m, where, quotes, end)
            if found is not None:
                break
            if not self._is_slow():
                return
            self._report(CALM, 0, self._with(feed, end))
        else:
            return
        self._report(CALM, 0, self._with(feed, found[0] if depth == "above" else found[1]))
        if again:  # something else happens first, so that probes meet the account as it is now
            self._deposit(self.facts.keeper_ids[0], self._asset(m), Amount("dust", 0, 9))
        self._liquidate(account)
        for _ in range(again):
            if self.state.health[account].is_liquidatable:
                self._liquidate(account)

    def _with(self, feed: int, price: int) -> tuple[int, ...]:
        truth = self.session.truth
        return draws.pegged((*truth[:feed], price, *truth[feed + 1 :]), self.facts)
