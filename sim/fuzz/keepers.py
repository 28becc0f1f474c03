"""Orders, and what keepers do: execute, release, unwind, deleverage."""

from __future__ import annotations

from sim.chain.actions import MAX_CANDIDATES
from sim.fuzz import solve
from sim.fuzz.draws import AMOUNTS, ANY, CALM, SELDOM, YES_OR_NO, Amount, one_of, within
from sim.fuzz.facts import HALTED, INSURANCE, WAD
from sim.fuzz.foresight import goal_of, rank_of
from sim.fuzz.machine import PoolMachine
from sim.fuzz.orders import LIMIT, MAX_ORDERS, MIN_WAIT_S, STOP, TAKE_PROFIT, Order
from sim.fuzz.rules import rule
from sim.fuzz.trading import NO_LIMIT_WAD, market_order

_KIND = one_of(LIMIT, STOP, TAKE_PROFIT)
#: Distance of a trigger from the price, in basis points: reached at once, soon, or perhaps later.
_DISTANCE_BPS = one_of(-300, -100, -20, -5, 5, 20, 100)


class KeeperMachine(PoolMachine):
    """The machine with orders and keepers."""

    @rule(3, account=ANY, m=ANY, k=ANY, kind=_KIND, amount=AMOUNTS, distance=_DISTANCE_BPS, lasts=YES_OR_NO)
    def place(self, account: int, m: int, k: int, kind: int, amount: Amount, distance: int, lasts: bool) -> None:
        """Leave an order on an account."""
        self._place(self._account(account), self._market(m), self._asset(k), kind, amount, distance, lasts)

    @rule(1, index=ANY, by_stranger=SELDOM)
    def cancel(self, index: int, by_stranger: bool) -> None:
        """Withdraw an order, or sweep one that has expired."""
        orders = list(self.session.orders.open.values())
        if orders:
            order = orders[index % len(orders)]
            swept = order.is_expired(self.arena.time_s) and index % 2
            self._call("cancel", "keepers" if swept else "traders", order.account, order.slot)
        elif by_stranger:
            self._call("cancel", "traders", self._account(index), index)

    @rule(5, index=ANY, idly=SELDOM)
    def execute(self, index: int, idly: bool) -> None:
        """Execute an order whose time has come; one that would be refused is mostly withdrawn instead."""
        orders = list(self.session.orders.open.values())
        ready = [order for order in orders if self._is_ready(order)]
        if ready:
            order = ready[index % len(ready)]
            values = order.account, order.slot, self.facts.keeper_ids[0]
            if idly or self.facts.is_by_order or self.arena.trial_of("execute", "keepers", *values).accepted:
                self._call("execute", "keepers", *values)
            else:
                self._call("cancel", "traders", order.account, order.slot)
        elif orders and (idly or index < 3):
            order = orders[index % len(orders)]
            self._call("execute", "keepers", order.account, order.slot, self.facts.keeper_ids[0])

    @rule(3, account=ANY, m=ANY, k=ANY, kind=_KIND, amount=AMOUNTS, seconds=one_of(1, 5, 31))
    def errand(self, account: int, m: int, k: int, kind: int, amount: Amount, seconds: int) -> None:
        """Leave an order that the next price reaches, and execute it then; sometimes a block too early."""
        self._place(self._account(account), self._market(m), self._asset(k), kind, amount, -30)
        if amount.bits == 0 and self.session.orders.open:
            order = list(self.session.orders.open.values())[-1]
            self._call("execute", "keepers", order.account, order.slot, self.facts.keeper_ids[0])
        self._report(CALM, seconds)
        self.execute(-1, False)

    @rule(2, index=ANY, idly=SELDOM)
    def release(self, index: int, idly: bool) -> None:
        """Give the margin of orders back to an account in trouble."""
        poor = [account for account in self._poor() if self.state.open_orders[account]]
        if poor:
            self._call("release", "keepers", poor[index % len(poor)])
        elif idly:
            self._call("release", "keepers", self._account(index))

    @rule(2, index=ANY, idly=SELDOM)
    def unwind(self, index: int, idly: bool) -> None:
        """Let insurance give up a part of what it took over, sometimes twice in a block."""
        held = [m for account, m, _ in self.state.held() if account == INSURANCE]
        if held:
            for _ in range(1 + (index == 0)):
                self._call("unwind", "keepers", held[index % len(held)])
        elif idly:
            self._call("unwind", "keepers", self._market(index))

    @rule(2, index=ANY, names=within(0, 5), idly=SELDOM)
    def deleverage(self, index: int, names: int, idly: bool) -> None:
        """Call on the winners of a side, where the policy wants it."""
        sides = [(m, side) for m in range(len(self.facts.markets)) for side in range(2)]
        wanted = [pair for pair in sides if self._is_wanted(*pair)]
        if wanted:
            self._deleverage(*wanted[index % len(wanted)], names)
        elif idly:
            self._deleverage(*sides[index % len(sides)], names)

    # ------------------------------------------------------------------ how it is done

    def _place(
        self, account: int, m: int, k: int, kind: int, amount: Amount, distance: int, lasts: bool = True
    ) -> None:
        facts, state = self.facts, self.state
        price = state.prices[facts.markets[m].feed]
        held = state.positions[account][m].size
        if not price.low or (state.open_orders[account] >= MAX_ORDERS and amount.kind != "over"):
            return
        closes = held != 0 and (kind == TAKE_PROFIT or self.rng.random() < 0.5)
        if closes:
            size = -max(1, amount.of(abs(held))) if held > 0 else max(1, amount.of(abs(held)))
        else:
            buys = self.rng.random() < 0.5
            usd = max(
                solve.most_open(self.arena, state, account, m, buys) // 2, 2 * facts.markets[m].min_position_usd_wad
            )
            size = max(1, amount.of(usd * WAD // price.high)) * (1 if buys else -1)
        # A limit waits for a better price, a stop for a worse one.
        side = -1 if (size > 0) == (kind != STOP) else 1
        trigger = price.mid * (10_000 + side * distance) // 10_000
        free = [j for j, units in enumerate(state.collateral[account]) if units]
        asset = free[k % len(free)] if free else k
        most = solve.most_withdraw(self.arena, state, account, asset) if free else 0
        margin = min(amount.of(most), most) if amount.kind != "over" else amount.of(most)
        # What is set aside is not there to keep the position; a closing order needs none.
        if closes and self.rng.random() < 0.5:
            margin = 0
        reward = margin // 50 if self.rng.random() < 0.7 else 0
        if facts.is_by_order and not closes and self.rng.random() < 0.7:
            # As a market order does it: at the dearer price.
            dear = size * max(trigger, price.high) // price.high
            *_, asset, margin, reward, _ = market_order(self.arena, account, m, dear, NO_LIMIT_WAD)
        least = MIN_WAIT_S if facts.is_by_order and self.rng.random() < 0.8 else 1
        expires = 0 if lasts else self.arena.time_s + self.rng.choice((least, least + 29, 600))
        limit = NO_LIMIT_WAD if size > 0 else 0
        if self.rng.random() < 0.3:
            limit = trigger * (10_000 + (100 if size > 0 else -100)) // 10_000
        values = account, m, kind, size, trigger, limit, int(closes), asset, margin, reward, expires
        self._call("place", "traders", *values)

    def _is_ready(self, order: Order) -> bool:
        """Its price came later, is at the trigger, and it is not too late."""
        if self.facts.is_by_order:
            has_price = (order.account, order.slot) in self.session.order_prices()
            return has_price and not order.is_expired(self.arena.time_s)
        price = self.state.prices[self.facts.markets[order.m].feed]
        later = price.published_at > order.placed_at_s and not order.is_expired(self.arena.time_s)
        return later and price.status < HALTED and order.is_reached(price)

    def _winners(self, m: int, side: int) -> list[int]:
        ranks = {a: rank_of(self.arena, self.state, a, m, side) for a in self.facts.trader_ids}
        return [account for account, rank in ranks.items() if rank.score]

    def _is_wanted(self, m: int, side: int) -> bool:
        if not self.state.sides[m][side].size:
            return False
        return goal_of(self.arena, m, side).needed_usd > 0 and bool(self._winners(m, side))

    def _deleverage(self, m: int, side: int, names: int) -> None:
        """Name everybody on the side; all traders; or a list that is refused."""
        traders = list(self.facts.trader_ids)
        rows = {account: self.state.positions[account][m].size for account in traders}
        holders = [account for account, size in rows.items() if size and (size < 0) == bool(side)]
        if not self._is_wanted(m, side) and self.rng.random() < 0.8:
            return
        named = holders
        if names in (0, 3):
            named = traders
        elif names == 1:  # a full list: accounts that do not exist hold nothing
            named = [*traders, *range(100, 100 + MAX_CANDIDATES - len(traders))]
        elif names == 2:
            named = (holders[:-1], holders[::-1], [*holders, *holders[-1:]], [])[self.rng.randrange(4)]
        padded = [*named, *[0] * (MAX_CANDIDATES - len(named))]
        self._call("deleverage", "keepers", m, side, *padded)
