"""Storms: rules that make several calls, to reach what single draws seldom do. Every call is judged as any other."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sim.fuzz import draws, solve
from sim.fuzz.draws import CALM, DEPTHS, MADNESS, SECONDS, STAKES, Amount, Chaos, Move
from sim.fuzz.machine import ANY, PoolMachine
from sim.fuzz.tally import Setup


class StormMachine(PoolMachine):
    """The machine with crashes, funding and venues gone mad."""

    @rule(first=MADNESS, seconds=SECONDS, second=MADNESS, recovers=st.booleans())
    def babble(self, first: Chaos, seconds: int, second: Chaos, recovers: bool) -> None:
        """Venues go mad, and go on when their quotes are old."""
        for chaos, after in ((first, 1), (second, seconds)):
            self._advance(after)
            self._report(chaos)
        if recovers:
            self._advance(1)
            self._report(CALM)

    @rule(index=ANY, depth=DEPTHS, again=st.integers(0, 2))
    def crash(self, index: int, depth: str, again: int) -> None:
        held = list(self.state.held())
        if held:
            account, m, _ = held[index % len(held)]
            self._crash(account, m, depth, again)

    @rule(
        account=ANY,
        m=ANY,
        k=ANY,
        is_long=st.booleans(),
        stake=STAKES,
        other=st.sampled_from((None, 100, 100, 150, 220)),
        depth=DEPTHS,
        again=st.integers(0, 2),
    )
    def storm(
        self, account: int, m: int, k: int, is_long: bool, stake: Amount, other: int | None, depth: str, again: int
    ) -> None:
        """Open as much as margin allows, after a position in another market that stands or wins, and crash."""
        who, where, k = self._account(account), self._market(m), self._asset(k)
        if other is not None:
            side = self._market(m + 1)
            self._grow(who, side, k, True, Amount("share", 1, 15), stake=stake)
            self._advance(1)
            self.truth = draws.moved(
                self.truth, self.base, Move(self.facts.markets[side].feed, 100 * other - 10_000), self.facts
            )
            self._report(CALM)
        self._grow(who, where, k, is_long, Amount("share", 0, 15), stake=stake)
        if self.state.positions[who][where].size:
            self._crash(who, where, depth, again)

    @rule(account=ANY, m=ANY, k=ANY, longs=st.integers(1, 15), shorts=st.integers(1, 15), seconds=SECONDS)
    def tug(self, account: int, m: int, k: int, longs: int, shorts: int, seconds: int) -> None:
        """Two accounts hold both sides of a market for a while; who earns funding is settled before who pays it."""
        market = self._market(m)
        sides = [(self._account(account), longs, True), (self._account(account + 1), shorts, False)]
        for who, share, is_long in sides:
            self._grow(who, market, self._asset(k), is_long, Amount("share", 0, share))
        self._advance(seconds)
        self._report(CALM)
        sides.sort(key=lambda side: side[1])
        for who, *_ in sides:
            size = self.state.positions[who][market].size
            if size:
                self._trade(who, market, -size)
        if self.state.claims[sides[0][0]][market]:
            self._call("claim_funding", "traders", sides[0][0], market)

    def _crash(self, account: int, m: int, depth: str, again: int) -> None:
        """Move a market's price to where the account is at a place of its ladder, and liquidate it there."""
        self._advance(1)
        feed = self.facts.markets[m].feed

        def quotes(price: int) -> list[list[int]]:
            return self._quotes([*self.truth[:feed], price, *self.truth[feed + 1 :]])

        found = solve.price_where(self.arena, self.state, account, m, solve.ladder(depth, self.facts), quotes)
        if found is None:
            self._judge(None)
            return
        self.truth[feed] = found[0] if depth == "above" else found[1]
        self._report(CALM)
        self._liquidate(account)
        for _ in range(again):
            if self.state.health[account].is_liquidatable:
                self._liquidate(account)


def machine_for(setup: Setup) -> type[StormMachine]:
    """A machine of its own for one design."""
    return type(f"StormMachine_{setup.design}", (StormMachine,), {"setup": setup})
