"""Calls of all kinds to one design, each a transaction, and what the dearest of each kind used.

Each call has a block of its own, some seconds after a fresh report, so that it pays for the accrual that the first call
of a block pays for; only what has to share a block with another call does so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np

from sim.chain.actions import AT_MARKET, batch
from sim.chain.encode import Encoder
from sim.chain.failures import OK
from sim.chain.prices import moving_feeds, opening_prices_usd
from sim.chain.protocol import Asked, Calls, Sent
from sim.chain.views import Accounts, Views

START_S = 1_760_000_000
STEP_S = 10
ANY_PRICE_USD = 1e9
#: Kinds of orders (contracts/modules/filling.vy).
LIMIT, STOP = 0, 1
#: Two who hold a little of every market from the start, one on each side.
RESIDENTS = 2


class Machine(Asked, Protocol):
    """What plays transactions: `sim.chain.transactions` in process, or a node."""

    def begin(self) -> None:
        """Return to the state in which the pool has just opened."""

    def advance(self, time_s: int) -> None:
        """Begin a block at a time."""

    def transact(self, calls: Calls) -> Sent:
        """Send one call as its actor's own transaction."""


class Meter:
    """Sends calls. `gas` and `refused` hold the dearest of each kind, and of each reason for a refusal, by verb."""

    def __init__(self, machine: Machine) -> None:
        deployment = machine.deployment
        self.gas: dict[str, dict[str, int]] = {}
        self.refused: dict[str, dict[int, int]] = {}
        self.design = deployment.design
        self.ids = list(deployment.cast.trader_ids)
        self.keeper = deployment.cast.keeper_ids[0]
        self.trader, self.provider = deployment.actor("traders"), deployment.actor("lp0")
        self.views = Views(machine)
        self._machine = machine
        self._encoder = Encoder(deployment)
        self._opened_usd = np.array(opening_prices_usd(self.design))
        self._moving = moving_feeds(self.design)
        self._market_feeds = [self.design.feed_id(market.feed) for market in self.design.markets]
        self._asset_feeds = [self.design.feed_id(asset.feed) for asset in self.design.assets]
        self.cash = self._calm_asset()
        self.main = 0  # the market where most happens
        oracle = self.design.oracle
        self._after_s = min(STEP_S, oracle.max_price_age_s, oracle.max_venue_age_s)
        self._is_noting = True
        self.begin()

    # ------------------------------------------------------------------ time and prices

    def begin(self) -> None:
        """Return to the state in which the pool has just opened."""
        self._machine.begin()
        self._time_s = START_S
        self.factor = 1.0

    def begin_in_use(self, usd: float) -> None:
        """Begin with a pool that has been in use: the first trade of all writes what no other has to write again.

        The last two accounts hold so much of every market, one on each side.
        """
        self.begin()
        with self.unnoted():
            for account, sign in zip(self.ids[-RESIDENTS:], (1, -1), strict=True):
                self.fund(account, 2 * usd * len(self.design.markets))
                for m in range(len(self.design.markets)):
                    self.trade(account, m, sign * usd, "open")

    @contextmanager
    def unnoted(self) -> Iterator[None]:
        """What is sent meanwhile prepares something, and is no figure."""
        self._is_noting = False
        try:
            yield
        finally:
            self._is_noting = True

    def wait(self, seconds: int) -> None:
        """Let time pass; nothing is reported meanwhile."""
        self._time_s += seconds

    def report(self) -> None:
        """Fresh quotes of every venue, and a block later; what follows the markets is at `factor` times its opening."""
        self._tick(STEP_S)
        prices = np.where(self._moving, self.factor, 1.0) * self._opened_usd
        shape = (1, len(prices), len(self._machine.deployment.venues))
        price = np.broadcast_to(prices[None, :, None], shape)
        published = np.full(shape, self._time_s)
        reporter = self._machine.deployment.actor("reporter")
        calls = self._encoder.report(price, price * 1e-4, published, reporter)
        self.note("report", "all feeds", self._machine.transact(calls))
        self._tick(self._after_s)

    def market_price_usd(self, m: int | None = None) -> float:
        """What is quoted for a market; default: the main one."""
        return self._price_usd(self._market_feeds[self.main if m is None else m])

    def tokens(self, k: int, usd: float) -> float:
        """Whole tokens of an asset worth some USD."""
        return usd / self._price_usd(self._asset_feeds[k])

    def accounts(self, ids: Sequence[int]) -> Accounts:
        """What can be seen of accounts."""
        return self.views.accounts(np.zeros(len(ids), dtype=np.int64), np.array(ids))

    # ------------------------------------------------------------------ calls

    def do(self, verb: str, what: str, by: str = "traders", *, is_same_block: bool = False, **columns: object) -> None:
        """Send one call, in a block of its own unless told otherwise, and note what it used."""
        self.note(verb, what, self.send(verb, by, is_same_block=is_same_block, **columns))

    def send(self, verb: str, by: str, *, is_same_block: bool = False, **columns: object) -> Sent:
        """Send one call, and leave it to the caller to note it: some are only known for what they are afterwards."""
        if not is_same_block:
            self.report()
        made = batch(verb, np.zeros(1, dtype=np.int64), self._machine.deployment.actor(by), **columns)
        return self._machine.transact(self._encoder.encode(made))

    def note(self, verb: str, what: str, sent: Sent) -> None:
        """Keep what a call used, if none of its kind used more."""
        if not self._is_noting:
            return
        if sent.status == OK:
            kinds = self.gas.setdefault(verb, {})
            kinds[what] = max(kinds.get(what, 0), sent.gas)
        else:
            reasons = self.refused.setdefault(verb, {})
            reasons[sent.status] = max(reasons.get(sent.status, 0), sent.gas)

    def trade(self, account: int, m: int, usd: float, what: str) -> None:
        """Change a position by some USD, as the design executes it: at once, or by a market order at the next price."""
        size = usd / self.market_price_usd(m)
        price_usd = ANY_PRICE_USD if size > 0 else 0.0
        is_at_once = self.design.execution == "at_once"
        if is_at_once or self._is_noting:  # what is refused is a figure, too
            self.do("trade", what, account=account, m=m, size=size, acceptable_price_usd=price_usd)
        if not is_at_once:
            self.place(account, AT_MARKET, size, what, m=m)
            self.execute(account, what)

    def enter(self, stakes: Iterable[tuple[int, float]], what: str) -> None:
        """Change positions in the main market by some USD: all at one price where they wait for one."""
        if self.design.execution == "at_once":
            for account, usd in stakes:
                self.trade(account, self.main, usd, what)
            return
        price_usd = self.market_price_usd()
        for account, usd in stakes:
            self.place(account, AT_MARKET, usd / price_usd, what, is_same_block=True)
        self.report()
        for account, _ in stakes:
            self.execute(account, what, is_same_block=True)

    def place(
        self,
        account: int,
        kind: int,
        size: float,
        what: str,
        *,
        m: int | None = None,
        trigger_usd: float = 0.0,
        is_reduce_only: bool = False,
        is_same_block: bool = False,
    ) -> None:
        """Leave an order, with all that such an order sets aside: twice the stake that any order needs."""
        margin_usd = 2.0 + abs(size) * max(trigger_usd, self.market_price_usd(m)) / 50
        self.do(
            "place",
            what,
            is_same_block=is_same_block,
            account=account,
            m=self.main if m is None else m,
            kind=kind,
            size=size,
            trigger_price_usd=trigger_usd,
            acceptable_price_usd=ANY_PRICE_USD if size > 0 else 0.0,
            is_reduce_only=int(is_reduce_only),
            asset=self.cash,
            margin=0.0 if is_reduce_only else self.tokens(self.cash, margin_usd),
            reward=0.0 if is_reduce_only else self.tokens(self.cash, 1.0),
            expires_at_s=0,
        )

    def execute(self, account: int, what: str, *, is_same_block: bool = False) -> None:
        """Execute the first order of an account."""
        call: dict[str, Any] = {"account": account, "slot": 0, "keeper": self.keeper}
        self.do("execute", what, "keepers", is_same_block=is_same_block, **call)

    def fund(self, account: int, usd: float) -> None:
        """Deposit collateral worth some USD."""
        amount = self.tokens(self.cash, usd)
        self.do("deposit_collateral", "funds", account=account, k=self.cash, amount=amount)

    # ------------------------------------------------------------------

    def _tick(self, seconds: int) -> None:
        self._time_s += seconds
        self._machine.advance(self._time_s)

    def _price_usd(self, feed: int) -> float:
        return float(self._opened_usd[feed] * (self.factor if self._moving[feed] else 1.0))

    def _calm_asset(self) -> int:
        """The asset that accounts are funded with: one whose price stands still in a storm, if there is any."""
        preferred = self.design.asset_id(self.design.dollar)
        order = [preferred, *range(len(self._asset_feeds))]
        return next((k for k in order if not self._moving[self._asset_feeds[k]]), preferred)
