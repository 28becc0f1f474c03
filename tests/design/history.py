"""One scripted history that fits every shipped design: eight venues, of which some lie, and people who try the limits.

It asks for more than any design grants, so that a limit that moves shows in what is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from sim.chain.actions import MAX_CANDIDATES, batch
from sim.chain.deployment import Cast, Opening, feeds_of
from sim.chain.digest import digest
from sim.chain.encode import Encoder
from sim.chain.evm import EvmChain
from sim.chain.plan import encode_call
from sim.chain.protocol import Read
from sim.chain.settings import Venue
from sim.chain.views import Views
from sim.design import Design
from sim.inputs.compiler import artifact

T0_S = 1_760_000_000
HOUR_S, DAY_S = 3_600, 86_400
PRICES_USD = {"BTC": 50_000.0, "ETH": 2_500.0, "SOL": 100.0, "USDC": 1.0, "USDE": 1.0, "WBETH": 2_700.0}
SEED_USD = 400e6
INSURANCE = 1
LONG, SHORT = 0, 1
LIMIT, STOP = 0, 1

_WEIGHTS = {"Binance": 3, "OKX": 2, "Bybit": 2, "Kraken": 1, "Kucoin": 1, "Gate": 1, "MEXC": 1, "Hyperliquid": 1}
VENUES = tuple(Venue(name, weight) for name, weight in _WEIGHTS.items())
#: What a venue shows: (basis points off the price, confidence in basis points, age in seconds); None is silent.
Scene = Sequence[tuple[float, float, int] | None]
CALM: Scene = [(bps, 5, 0) for bps in (1, 2, -2, 4, -4, 6, -6, 8)]
#: OKX is unsure, Bybit stale, Gate lies.
CROOKED: Scene = [
    (-55, 5, 0),
    (10, 150, 0),
    (-15, 5, 45),
    (40, 5, 0),
    (-110, 5, 0),
    (-2_500, 5, 0),
    (30, 5, 0),
    (25, 5, 0),
]
FEW: Scene = [(5, 5, 0), (-5, 5, 0), None, (20, 5, 0), (-20, 5, 0), None, None, None]
WIDE: Scene = [(-70, 5, 0), (70, 5, 0), (-65, 5, 0), (60, 5, 0), (-60, 5, 0), (65, 5, 0), (0, 5, 0), (5, 5, 0)]

#: Small accounts that go long BTC at the beginning: (leverage, notional in USD), from safe to reckless.
LADDER = (
    *((10, 1e5), (18, 3e6), (22, 3e5), (30, 1_500), (32, 2.5e6), (36, 1.2e5), (38, 4e5), (38, 3_000), (40, 1_500)),
    *((47, 6e5), (40, 900), (60, 2e5), (70, 4e4), (95, 8e4), (120, 4.5e4), (120, 3e5), (200, 1_000), (240, 5_000)),
)
WHALE, BEAR, ETH_BULL, ETH_BEAR, SOL_BULL, SOL_BEAR, MIXED, TINY, LATE, GAMBLER, PUNTER = range(11)
PEOPLE = 11
ORDERLY = PEOPLE + 2  # the third on the ladder leaves an order

CAST = Cast(("reporter", "traders", "keepers", "lp", "lp2"), trader_accounts=PEOPLE + len(LADDER))
#: Between a request to enter and the prices at which it is executed.
ENTRY_S = 3


class History:
    """The history on one design; `play` yields what became of each batch of calls, and at last the state's digest."""

    def __init__(self, design: Design) -> None:
        feeds = feeds_of(design)
        opening = Opening(tuple(PRICES_USD[feed] for feed in feeds), SEED_USD, ("lp",))
        cast = Cast(CAST.actors, CAST.trader_accounts, opening=opening)
        self.chain = EvmChain(design, VENUES, cast, paths=1, time_s=T0_S)
        self._encoder = Encoder(self.chain.deployment)
        self.views = Views(self.chain)
        self._oracle = Read("oracle", encode_call(artifact("Oracle.vy"), "prices", ()))
        self._feeds = feeds
        self._assets = [asset.symbol for asset in design.assets]
        self._markets = [market.symbol for market in design.markets]
        self._ids = np.array(cast.trader_ids)
        self._keeper = cast.keeper_ids[0]
        self._prices = dict(PRICES_USD)
        self._now_s = T0_S
        self._waits = design.pool.exit_wait_s > 0
        self._asks = design.pool.entry_wait_s > 0

    def play(self) -> Iterator[bytes]:
        """Run all chapters."""
        yield from self._providers()
        yield from self._openings()
        yield from self._carry()
        yield from self._orders()
        yield from self._slide()
        yield from self._crash()
        yield from self._rally()
        yield from self._days()
        yield digest(self.chain).encode()

    # ---- words

    def _call(self, verb: str, actor: str, **columns: object) -> bytes:
        """Send a batch of one verb; columns that are arrays are rows."""
        rows = max(np.size(column) for column in columns.values())
        deployment = self.chain.deployment
        calls = batch(verb, np.zeros(rows, dtype=np.int64), deployment.actor(actor), **columns)
        receipts = self.chain.apply(self._encoder.encode(calls))
        return receipts.status.tobytes() + receipts.output.tobytes()

    def _block(self, seconds: int, scene: Scene = CALM, *, reports: int = 1, **moves: float) -> Iterator[bytes]:
        """Begin a block later: prices move by a factor, every venue quotes."""
        self._now_s += seconds
        self.chain.advance(self._now_s)
        for feed, factor in moves.items():
            self._prices[feed] *= factor
        for _ in range(reports):
            yield self._report(scene)
        if self._waits:
            yield self._call("execute_exit", "keepers", holder=[self.chain.deployment.actor(a) for a in ("lp", "lp2")])

    def _report(self, scene: Scene) -> bytes:
        price = np.array([self._prices[feed] for feed in self._feeds])
        shown = [quote or (0.0, 0.0, 10**6) for quote in scene]
        bps, confidence, age = (np.array(column, dtype=float) for column in zip(*shown, strict=True))
        quotes = price[:, None] * (1 + bps * 1e-4)
        silent = np.array([quote is None for quote in scene])
        quotes[:, silent] = 0.0
        published = np.broadcast_to(np.where(silent, 0, self._now_s - age), quotes.shape)
        words = self._encoder.report(quotes[None], (quotes * confidence * 1e-4)[None], published[None].astype(int), 0)
        receipts = self.chain.apply(words)
        return receipts.status.tobytes() + b"".join(self.chain.read(0, [self._oracle]))

    def _asset(self, symbol: str) -> int:
        return self._assets.index(symbol if symbol in self._assets else "USDC")

    def _units(self, symbol: str, usd: float) -> float:
        return usd / self._prices[self._assets[self._asset(symbol)]]

    def mint(self, symbol: str, usd: float, actor: str = "lp2") -> bytes:
        receiver = self.chain.deployment.actor(actor)
        units = self._units(symbol, usd)
        return self._enter("mint", actor, k=self._asset(symbol), amount=units, min_shares=0, receiver=receiver)

    def _enter(self, verb: str, actor: str, **columns: object) -> bytes:
        """At once, or by a request that is executed a few seconds later."""
        if not self._asks:
            return self._call(verb, actor, **columns)
        said = self._call(f"request_{verb}", actor, **columns)
        self._now_s += ENTRY_S
        self.chain.advance(self._now_s)
        said += self._report(CALM)
        return said + self._call("execute_entry", "keepers", holder=self.chain.deployment.actor(actor))

    def _redeem(self, symbol: str, shares: float, actor: str = "lp2") -> bytes:
        """At once, or by a request that the next block executes."""
        receiver = self.chain.deployment.actor(actor)
        verb = "request_exit" if self._waits else "redeem"
        return self._call(verb, actor, k=self._asset(symbol), amount=shares, min_amount=0, receiver=receiver)

    def _swap(self, given: str, taken: str, usd: float) -> bytes:
        k, j = self._asset(given), self._asset(taken)
        receiver = self.chain.deployment.actor("lp2")
        return self._enter("swap", "lp2", k=k, j=j, amount=self._units(given, usd), min_amount=0, receiver=receiver)

    def _deposit(self, account: int, usd: float, symbol: str = "USDC") -> bytes:
        units = self._units(symbol, usd)
        return self._call("deposit_collateral", "traders", account=account, k=self._asset(symbol), amount=units)

    def _withdraw(self, person: int, symbol: str, usd: float) -> bytes:
        receiver = self.chain.deployment.actor("traders")
        named = {"account": self._ids[person], "k": self._asset(symbol), "amount": self._units(symbol, usd)}
        return self._call("withdraw_collateral", "traders", **named, receiver=receiver)

    def _trade(self, person: int, market: str, usd: float) -> bytes:
        size = usd / self._prices[market]
        account, m = self._ids[person], self._markets.index(market)
        acceptable = 1e9 if usd > 0 else 0.0
        return self._call("trade", "traders", account=account, m=m, size=size, acceptable_price_usd=acceptable)

    def _liquidate(self) -> bytes:
        """Keepers release and liquidate whom the lens shows below maintenance, and one account that is not."""
        seen = self.views.accounts(np.zeros(len(self._ids), dtype=np.int64), self._ids)
        due = self._ids[seen.equity < seen.maintenance]
        released = self._call("release", "keepers", account=due) if len(due) else b""
        return released + self._call("liquidate", "keepers", account=[*due, self._ids[LATE]], keeper=self._keeper)

    def _deleverage(self, market: str, side: int, people: Sequence[int]) -> bytes:
        ids = sorted(int(self._ids[person]) for person in people)
        names = {f"candidate{i}": ids[i] if i < len(ids) else 0 for i in range(MAX_CANDIDATES)}
        return self._call("deleverage", "keepers", m=self._markets.index(market), side=side, **names)

    # ---- chapters

    def _providers(self) -> Iterator[bytes]:
        """Deposits, swaps and withdrawals, small and large, at and off the target."""
        yield from self._block(10)
        for symbol in self._assets:
            yield self.mint(symbol, 1e6)
        yield self._redeem("USDC", 1e5)
        yield self._redeem("USDC", 1e5, "lp")
        for given, taken in (("BTC", "USDC"), ("USDC", "BTC"), ("SOL", "ETH"), ("SOL", "USDC"), ("USDE", "USDC")):
            yield self._swap(given, taken, 1e6)
        yield self.mint("USDC", 40e6)
        yield self.mint("BTC", 20e6)
        yield self.mint("BTC", 1e6)
        yield self._swap("BTC", "USDC", 15e6)
        yield self._redeem("BTC", 60e6, "lp")
        yield self.mint("BTC", 200e6)
        yield self.mint("USDC", 110e6)
        yield self._swap("USDC", "BTC", 90e6)
        yield self._swap("USDC", "SOL", 15e6)

    def _openings(self) -> Iterator[bytes]:
        """Positions of all sizes and leverages, and some beyond the limits."""
        yield from self._block(10)
        yield self._deposit(INSURANCE, 2e5)
        for person, usd in ((WHALE, 2.75e6), (BEAR, 4e6), (ETH_BULL, 8e6), (ETH_BEAR, 8e6), (SOL_BULL, 9e6)):
            yield self._deposit(self._ids[person], usd)
        for person, usd in ((SOL_BEAR, 40e6), (TINY, 3), (LATE, 20e6)):
            yield self._deposit(self._ids[person], usd)
        for symbol in self._assets:
            yield self._deposit(self._ids[MIXED], 1.8e5, symbol)
        for rung, (leverage, notional) in enumerate(LADDER):
            yield self._deposit(self._ids[PEOPLE + rung], notional / leverage)
            yield self._trade(PEOPLE + rung, "BTC", notional)
        yield self._trade(TINY, "BTC", 12)
        yield self._trade(WHALE, "BTC", 100e6)
        yield self._trade(WHALE, "BTC", 25e6)
        yield self._deposit(self._ids[WHALE], 1.6e6)
        yield self._trade(WHALE, "BTC", 60e6)
        yield self._trade(BEAR, "BTC", -20e6)
        yield self._trade(ETH_BULL, "ETH", 30e6)
        for usd in (24e6, 12e6, 12e6, 12e6, 6e6):
            yield self._trade(SOL_BULL, "SOL", usd)
        yield self._trade(SOL_BEAR, "SOL", -15e6)
        yield self._trade(MIXED, "BTC", 9e6)
        yield self._trade(MIXED, "ETH", 9e6)
        for symbol in reversed(self._assets):  # as much as it may, to a part in two hundred
            for halvings in range(8):
                yield self._withdraw(MIXED, symbol, 1.8e5 / 2**halvings)

    def _carry(self) -> Iterator[bytes]:
        """Time passes over a skew that turns; each block somebody settles."""
        for seconds, scene in ((10, CALM), (600, CROOKED), (600, FEW), (HOUR_S, WIDE)):
            yield from self._block(seconds, scene)
            yield self._trade(ETH_BULL, "ETH", 1e5)
            yield self._trade(BEAR, "BTC", -1e5)
        yield from self._block(10)
        yield self._trade(ETH_BEAR, "ETH", -38.6e6)
        yield from self._block(HOUR_S, CALM)
        yield self._trade(ETH_BEAR, "ETH", -1e4)
        yield self._redeem("USDC", 5e6)
        yield self._redeem("USDC", 5e6, "lp")
        yield self._redeem("USDC", 60e6, "lp")
        self._now_s += 45
        self.chain.advance(self._now_s)  # nobody reports
        yield self._trade(ETH_BEAR, "ETH", -1e4)
        for market, side in (("BTC", LONG), ("ETH", SHORT), ("SOL", LONG)):
            yield self._deleverage(market, side, range(PEOPLE))

    def _orders(self) -> Iterator[bytes]:
        """Orders that wait for a lower price, with margin set aside."""
        yield from self._block(15)
        terms = {"is_reduce_only": 0, "asset": self._asset("USDC"), "expires_at_s": 0}
        waiting = (
            (LATE, LIMIT, 5e6, 0.99),
            (MIXED, STOP, -1e6, 0.98),
            (BEAR, LIMIT, 1e6, 0.9),
            (ORDERLY, STOP, -1e3, 0.5),
        )
        for person, kind, usd, trigger in waiting:
            size, price = usd / self._prices["BTC"], trigger * self._prices["BTC"]
            worst = 1e9 if usd > 0 else 0.0
            named = {"account": self._ids[person], "m": 0, "kind": kind, "size": size, "trigger_price_usd": price}
            yield self._call(
                "place", "traders", **named, acceptable_price_usd=worst, margin=100.0, reward=10.0, **terms
            )

    def _slide(self) -> Iterator[bytes]:
        """BTC falls slowly; keepers try everyone at each step."""
        for step in range(14):
            scene = {5: CROOKED, 10: WIDE}.get(step, CALM)
            yield from self._block(10, scene, BTC=0.9965, ETH=0.9965, WBETH=0.9965)
            yield self._liquidate()
            for person in (LATE, MIXED):
                yield self._call("execute", "keepers", account=self._ids[person], slot=0, keeper=self._keeper)
            yield self._trade(LATE, "SOL", 1e5)
        yield self._call("unwind", "keepers", m=0)
        yield from self._block(20, FEW)
        yield self._liquidate()

    def _crash(self) -> Iterator[bytes]:
        """A gap that leaves bad debt, a depeg, and winners who may have to pay."""
        yield from self._block(700)
        for person, usd, symbol in ((GAMBLER, 20e6, "USDE"), (PUNTER, 3e5, "USDC")):
            yield self._deposit(self._ids[person], usd / 16, symbol)
            yield self._trade(person, "BTC", usd)
        yield from self._block(10, CALM, BTC=0.9775, USDC=0.985)
        yield from self._block(10, CALM, BTC=0.983)
        yield self.mint("USDC", 1e5)
        yield self._trade(LATE, "ETH", 1e5)
        for seconds, fall in ((700, 0.9), (10, 0.996), (300, 1.0), (600, 1.0)):
            yield from self._block(seconds, CALM, BTC=fall, USDC=1.005)
            yield self._trade(LATE, "SOL", 1e5)
            yield self._liquidate()
            yield self._deleverage("BTC", SHORT, (BEAR, ETH_BEAR, SOL_BEAR))  # in the block of the loss
        for symbol in ("USDE", "WBETH"):
            yield self._swap("USDC", symbol, 1e3)
        yield self._trade(LATE, "SOL", 1e5)
        yield self.mint("USDC", 1e5)
        yield self._call("unwind", "keepers", m=0)
        for seconds in (200, 150, 400):
            yield from self._block(seconds)
            yield self._trade(LATE, "ETH", 1e5)
            yield self._call("unwind", "keepers", m=0)

    def _rally(self) -> Iterator[bytes]:
        """SOL nearly doubles: the profit of its longs outgrows what backs them."""
        for _ in range(4):
            yield from self._block(900, CALM, SOL=1.2)
            yield from self._block(600, CALM)
            yield self.mint("USDC", 1e5)
            yield self._redeem("USDC", 1e5, "lp")
            yield self._swap("USDC", "SOL", 1e4)
            yield self._trade(LATE, "SOL", 1e4)
            yield self._liquidate()
            yield self._deleverage("SOL", LONG, (SOL_BULL, LATE))
        yield self._trade(SOL_BULL, "SOL", -60e6)

    def _days(self) -> Iterator[bytes]:
        """Half days, at which delays, windows and epochs end; everyone leaves."""
        for _ in range(10):
            yield from self._block(DAY_S // 2)
            yield from self._block(30)
            yield self._trade(LATE, "ETH", 1e4)
            yield self._redeem("USDC", 80e6, "lp")
            yield self._redeem("BTC", 1e6)
        for person, market, usd in (
            *((WHALE, "BTC", -1e9), (BEAR, "BTC", 1e9), (MIXED, "BTC", -1e9), (LATE, "BTC", -1e9), (TINY, "BTC", -1e9)),
            *((ETH_BULL, "ETH", -1e9), (ETH_BEAR, "ETH", 1e9), (MIXED, "ETH", -1e9), (SOL_BEAR, "SOL", 1e9)),
        ):
            yield self._trade(person, market, usd)
