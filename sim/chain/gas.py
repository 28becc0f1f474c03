"""Gas of every verb, measured as transactions on a private Anvil: cold storage, accrual, and a transaction's 21,000.

Each transaction has a block of its own, some seconds after the one before, so that it pays for the accrual that the
first call of a block pays for. Senders are the actors' own addresses, which the node impersonates: what a Driver adds
is not in the figures.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import numpy as np

from sim.actions import AT_MARKET, MAX_CANDIDATES, batch
from sim.chain.deployment import Cast, Opening
from sim.chain.devnet import DevnetChain
from sim.chain.encode import Encoder
from sim.chain.settings import Venue
from sim.design import Design
from sim.scenario import load_scenario

START_S = 1_760_000_000
STEP_S = 10
PRICES_USD = {"BTC": 100_000.0, "ETH": 4_000.0, "SOL": 200.0, "USDC": 1.0, "USDE": 1.0, "WBETH": 4_320.0}
SEED_USD = 20_000_000.0
GAS = 3_000_000
INSURANCE = 1
FALL = 0.915
CRASH = 0.75
SLOWLY = 0.97  # per block
_ACTORS = ("reporter", "traders", "keepers", "lp0")


def measure(design: Design) -> dict[str, dict[str, int]]:
    """Gas by verb and kind; a kind that the design does not allow (a closed verb, nobody to liquidate) is left out."""
    scenario = load_scenario("oct_2025_replay")
    venues = tuple(Venue(venue.name, int(venue.weight)) for venue in scenario.venues)
    opening = Opening(tuple(PRICES_USD[feed] for feed in design.feeds), SEED_USD, ("lp0",))
    cast = Cast(_ACTORS, trader_accounts=8, opening=opening)
    with closing(DevnetChain(design, venues, cast, time_s=START_S)) as chain:
        return _Gauge(chain).play()


class _Gauge:
    """Plays one history, a transaction per call."""

    def __init__(self, chain: DevnetChain) -> None:
        self._chain = chain
        self._encoder = Encoder(chain.deployment)
        self._design = chain.deployment.design
        self._prices = [PRICES_USD[feed] for feed in chain.deployment.feeds]
        self._time_s = START_S
        self._venues = len(chain.deployment.venues)
        self._dollar = self._design.asset_id(self._design.dollar)
        self._factor = 1.0
        self.gas: dict[str, dict[str, int]] = {}
        for actor in chain.deployment.cast.actors:
            chain.endow(chain.deployment.addresses[actor])

    def play(self) -> dict[str, dict[str, int]]:
        """Every verb in its usual kinds; quiet first, then a fall, then a crash."""
        ids, dollar = list(self._chain.deployment.cast.trader_ids), self._dollar
        self._quote(1.0)
        self.do("deposit_collateral", "empty account", account=ids[0], k=dollar, amount=50_000.0)
        # Insurance that is to take accounts over needs margin; without much of it losses are left, which winners pay.
        takes_over = self._design.policies["liquidation"].parameters.get("takes_over", False)
        fund = 500_000.0 if takes_over else 5_000.0
        self.do("deposit_collateral", "insurance", account=INSURANCE, k=dollar, amount=fund)
        for account in ids[1:]:
            self.do("deposit_collateral", "another", account=account, k=dollar, amount=20_000.0)
        size = 40_000.0 / self._prices[self._feed(0)]
        for account, leverage in zip(ids[:6], (1.0, 5.0, 4.0, 1.0, 4.0, 4.0), strict=True):
            self._trade("open", account=account, m=0, size=size * leverage)
        self._trade("short", account=ids[6], m=0, size=-size)
        for m in range(1, len(self._design.markets)):
            unit = 20_000.0 / self._prices[self._feed(m)]
            self._trade("another market", account=ids[0], m=m, size=unit)
        self._trade("close", account=ids[0], m=0, size=-2 * size)
        self.do("deposit_collateral", "with positions", account=ids[0], k=dollar, amount=10.0)
        self.do("withdraw_collateral", "with positions", account=ids[0], k=dollar, amount=10.0, receiver=self.trader)
        self.do("withdraw_collateral", "without", account=ids[7], k=dollar, amount=10.0, receiver=self.trader)
        self.do("transfer_collateral", "without", account=ids[7], k=dollar, amount=10.0, target=ids[0])
        self.do("claim_funding", "all", account=ids[6], m=0)
        self._pool(dollar)
        self._orders(ids)
        self._quote(FALL)
        self.do("release", "one order", account=ids[1])
        self.do("liquidate", "first", account=ids[1], keeper=self.keeper)
        self._quote(CRASH)
        self.do("release", "one order", account=ids[1])
        for account in ids[1:6]:
            self.do("liquidate", "crash", account=account, keeper=self.keeper)
        self._deleverage(ids[6])
        self.do("unwind", "all", m=0)
        return self.gas

    def _trade(self, what: str, account: int, m: int, size: float) -> None:
        """A trade as the design executes it: at once, or by a market order at the next price."""
        limit = 1e9 if size > 0 else 0.0
        if self._design.execution == "at_once":
            self.do("trade", what, account=account, m=m, size=size, acceptable_price_usd=limit)
            return
        self.do(
            "place", what, account=account, m=m, kind=AT_MARKET, size=size, trigger_price_usd=0.0,
            acceptable_price_usd=limit, is_reduce_only=0, asset=self._dollar,
            margin=2.0 + abs(size) * self._prices[self._feed(m)] / 90, reward=1.0, expires_at_s=0,
        )  # fmt: skip
        self.do("execute", what, "keepers", account=account, slot=0, keeper=self.keeper)

    def _pool(self, dollar: int) -> None:
        provider = self._chain.deployment.actor("lp0")
        for k in range(len(self._design.assets)):
            self.do("mint", "all", "lp0", k=k, amount=1_000 / self._price(k), min_shares=0.0, receiver=provider)
            amount = 1_000 / self._price(k)
            self.do("request_mint", "all", "lp0", k=k, amount=amount, min_shares=0.0, receiver=provider)
            self._execute_entry(provider)
        self.do("redeem", "all", "lp0", k=dollar, amount=500.0, min_amount=0.0, receiver=provider)
        self.do("request_exit", "all", "lp0", k=dollar, amount=500.0, min_amount=0.0, receiver=provider)
        for _ in range(1 + self._design.pool.exit_wait_s // (2 * STEP_S)):
            self._advance()
        self.do("execute_exit", "all", "keepers", holder=provider)
        for j in range(len(self._design.assets)):
            if j != dollar:
                self.do("swap", "all", "lp0", k=dollar, j=j, amount=1_000.0, min_amount=0.0, receiver=provider)
                self.do("request_swap", "all", "lp0", k=dollar, j=j, amount=1_000.0, min_amount=0.0, receiver=provider)
                self._execute_entry(provider)

    def _execute_entry(self, holder: int) -> None:
        for _ in range(1 + self._design.pool.entry_wait_s // (2 * STEP_S)):
            self._advance()
        self.do("execute_entry", "all", "keepers", holder=holder)

    def _orders(self, ids: list[int]) -> None:
        mid = self._prices[self._feed(0)]
        terms: dict[str, object] = {"is_reduce_only": 0, "asset": self._dollar, "reward": 1.0, "expires_at_s": 0}
        for account, kind in ((ids[0], 0), (ids[0], 0), (ids[1], 0)):
            self.do(
                "place", "with margin", "traders", account=account, m=0, kind=kind, size=0.2 * 40_000 / mid,
                trigger_price_usd=2 * mid, acceptable_price_usd=1e9, margin=50.0, **terms,
            )  # fmt: skip
        self._quote(1.0)
        self.do("execute", "limit", "keepers", account=ids[0], slot=0, keeper=self.keeper)
        self.do("cancel", "with margin", account=ids[0], slot=1)

    def _deleverage(self, winner: int) -> None:
        others = {f"candidate{i}": 0 for i in range(1, MAX_CANDIDATES)}
        self.do("deleverage", "one winner", "keepers", m=0, side=1, candidate0=winner, **others)

    def do(self, verb: str, what: str, by: str = "traders", **columns: object) -> None:
        """Send one call as a transaction, in a block of its own."""
        self._advance()
        made = batch(verb, np.zeros(1, dtype=np.int64), self._chain.deployment.actor(by), **columns)
        calls = self._encoder.encode(made)
        used = self._chain.transact(calls, GAS)
        if used is not None:
            kinds = self.gas.setdefault(verb, {})
            kinds[what] = max(kinds.get(what, 0), used)

    def _quote(self, factor: float) -> None:
        """Move every price but the dollars' to a multiple of its first, as fast as an oracle's step limit lets it."""
        while abs(factor / self._factor - 1.0) > 1e-9:
            self._factor = max(factor, self._factor * SLOWLY) if factor < self._factor else factor
            self._prices = [
                PRICES_USD[feed] * (self._factor if PRICES_USD[feed] != 1.0 else 1.0)
                for feed in self._chain.deployment.feeds
            ]
            self._advance()
        self._advance()

    def _advance(self) -> None:
        """A block later, with fresh quotes: nothing in between ages out."""
        self._time_s += STEP_S
        self._chain.advance(self._time_s)
        shape = (1, len(self._prices), self._venues)
        price = np.broadcast_to(np.array(self._prices)[None, :, None], shape)
        published = np.full(shape, self._time_s)
        reporter = self._chain.deployment.actor("reporter")
        used = self._chain.transact(self._encoder.report(price, price * 1e-4, published, reporter), GAS)
        if used is None:
            raise RuntimeError("a report was refused")
        kinds = self.gas.setdefault("report", {})
        kinds["all feeds"] = max(kinds.get("all feeds", 0), used)
        self._time_s += STEP_S
        self._chain.advance(self._time_s)

    @property
    def trader(self) -> int:
        """Index of the traders' actor."""
        return self._chain.deployment.actor("traders")

    @property
    def keeper(self) -> int:
        """The keepers' account."""
        return self._chain.deployment.cast.keeper_ids[0]

    def _feed(self, m: int) -> int:
        return self._chain.deployment.feeds.index(self._design.markets[m].feed)

    def _price(self, k: int) -> float:
        return self._prices[self._chain.deployment.feeds.index(self._design.assets[k].feed)]


def as_toml(gas: dict[str, dict[str, Any]]) -> str:
    """The table of all designs: [verb] design = gas of the dearest kind."""
    lines = ["# Gas of one transaction, the dearest kind that was seen, by verb and design: `python scripts/gas.py`."]
    for verb in sorted({verb for kinds in gas.values() for verb in kinds}):
        lines += ["", f"[{verb}]"]
        lines += [f"{name} = {max(gas[name][verb].values())}" for name in sorted(gas) if verb in gas[name]]
    return "\n".join(lines) + "\n"
