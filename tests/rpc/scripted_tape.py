"""A scripted history that uses every verb, in success and in refusal, on any chain; and the tape of it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

import numpy as np

from sim.chain.actions import MAX_CANDIDATES, batch
from sim.chain.addresses import to_nominal
from sim.chain.deployment import Cast, Opening
from sim.chain.digest import digest
from sim.chain.encode import Encoder
from sim.chain.evm import EvmChain
from sim.chain.protocol import Calls, Chain, Receipts
from sim.chain.settings import Venue
from sim.chain.tape import Head, MakeChain, Recorder, Tape
from sim.design import Design

START_S = 1_760_000_000
#: Overrides for funding that is earned before anybody has paid it.
#: The script trades, and looks at what came of it.
AT_ONCE = ("execution=at_once",)
FUNDED = ("funding_settlement=other_side", "funding_rate.policy=skew_linear_funding", "funding_rate.maximum_per_year=9")
#: Overrides under which insurance takes accounts over and winners pay.
TAKING_OVER = (
    "liquidation.takes_over=true",
    "deleverage.policy=pro_rata_deleverage",
    "deleverage.trigger=0.001",
    "deleverage.target=0.0005",
    "deleverage.covers_deficit=true",
)
VENUES = tuple(Venue(f"venue {i}", 1) for i in range(8))
PROVIDERS = ("lp0", "lp1")
ACTORS = ("reporter", "traders", "keepers", "arbitrageur", *PROVIDERS)
CAST = Cast(ACTORS, trader_accounts=12)
#: The same people, with a pool that the deployment opens.
OPEN_CAST = Cast(ACTORS, trader_accounts=12, opening=Opening((100_000.0, 4_000.0, 200.0, 1.0), 50e6, PROVIDERS))

BTC, ETH, SOL, USDC = range(4)
INSURANCE = 1
LIMIT = 0
CALM_USD = (100_000.0, 4_000.0, 200.0, 1.0)
LOWER_USD = (93_900.0, 3_756.0, 187.8, 1.0)
GAP_USD = (70_000.0, 2_800.0, 140.0, 1.0)
MAX_WORD = np.full(32, 255, dtype=np.uint8)


class Script:
    """Makes calls step by step and records them."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.deployment = chain.deployment
        self.recorder = Recorder()
        self.encoder = Encoder(chain.deployment)
        self.ids = np.array(chain.deployment.cast.trader_ids)
        self.keeper = chain.deployment.cast.keeper_ids[0]
        self._step, self._time_s = -1, START_S

    def step(self, after_s: int, prices_usd: Sequence[float], *, by: str = "reporter") -> Receipts:
        """Begin a step and report the same price from every venue."""
        self._step += 1
        self._time_s += after_s
        self.chain.advance(self._time_s)
        return self.report(prices_usd, by=by)

    def report(self, prices_usd: Sequence[float], *, by: str = "reporter") -> Receipts:
        """Report once more inside the step."""
        shape = (1, len(self.deployment.feeds), len(VENUES))
        price = np.broadcast_to(np.array(prices_usd)[None, :, None], shape)
        published = np.full(shape, self._time_s)
        return self.send(self.encoder.report(price, price * 1e-4, published, self.actor(by)))

    def do(self, verb: str, by: str | Sequence[str], **columns: object) -> Receipts:
        """Make calls of one verb; columns are broadcast to the longest."""
        rows = max(np.size(column) for column in (*columns.values(), by))
        who = [self.actor(name) for name in ([by] if isinstance(by, str) else by)]
        made = batch(verb, np.zeros(rows, dtype=np.int64), np.array(who), **columns)
        return self.send(self.encoder.encode(made))

    def send(self, calls: Calls) -> Receipts:
        """Make calls that are encoded already."""
        receipts = self.chain.apply(calls)
        self.recorder.record(self._step, self._time_s, to_nominal(calls, self.deployment), receipts)
        return receipts

    def actor(self, name: str) -> int:
        """Column value of an actor."""
        return self.deployment.actor(name)


def play_history(script: Script) -> None:
    """Open a pool, trade, fall, liquidate, leave; and be refused on the way."""
    ids = script.ids
    lp0, lp1 = script.actor("lp0"), script.actor("lp1")
    longs = np.where(np.arange(12) % 3 == 0, 1.0, np.where(np.arange(12) % 3 == 1, 25.0, 500.0))
    sides = np.where(np.arange(12) % 4 == 3, -1.0, 1.0)
    any_price = np.where(sides > 0, 1e9, 0.0)

    script.step(0, CALM_USD)
    script.do("mint", "lp0", k=[USDC, BTC, ETH, SOL], amount=[30e6, 250.0, 6e3, 5e4], min_shares=0, receiver=lp0)
    script.do("mint", "lp0", k=USDC, amount=1e6, min_shares=0.0, receiver=lp1)
    script.do("mint", "lp0", k=USDC, amount=1.0, min_shares=2.0, receiver=lp0)
    script.do("deposit_collateral", "traders", account=ids, k=USDC, amount=8_000.0)
    script.do("deposit_collateral", "traders", account=ids[:2], k=BTC, amount=0.01)
    script.do("deposit_collateral", "traders", account=10_000, k=USDC, amount=1.0)
    script.do("deposit_collateral", "arbitrageur", account=ids[0], k=USDC, amount=2e9)
    script.do("trade", "traders", account=ids, m=np.arange(12) % 3, size=longs * sides, acceptable_price_usd=any_price)
    script.do("trade", "traders", account=ids[0], m=[ETH, SOL], size=[-1.0, 10.0], acceptable_price_usd=[0.0, 1e9])
    script.do("trade", "traders", account=ids[1], m=BTC, size=[1.0, 50.0, 0.0], acceptable_price_usd=[1.0, 1e9, 1e9])
    script.do("trade", ["lp0", "traders"], account=ids[1], m=[BTC, 7], size=0.01, acceptable_price_usd=1e9)
    script.do(
        "withdraw_collateral",
        "traders",
        account=ids[:3],
        k=USDC,
        amount=[100.0, 7_900.0, 9e3],
        receiver=script.actor("traders"),
    )
    script.do("deposit_collateral", "arbitrageur", account=INSURANCE, k=USDC, amount=100_000.0)
    script.do("transfer_collateral", "traders", account=ids[5], k=USDC, amount=[100.0, 1e6], target=ids[4])
    order = {"kind": LIMIT, "is_reduce_only": 0, "asset": USDC, "margin": 500.0, "reward": 5.0, "expires_at_s": 0}
    script.do(
        "place",
        "traders",
        account=[ids[4], ids[0], ids[4], ids[4]],
        m=[BTC, BTC, ETH, BTC],
        size=[0.01, 0.01, -1.0, 0.0],
        trigger_price_usd=[95_000.0, 50_000.0, 3_000.0, 1.0],
        acceptable_price_usd=[1e9, 1e9, 0.0, 1e9],
        **order,
    )
    script.do("execute", "keepers", account=ids[4], slot=[0, 1, 7], keeper=script.keeper)
    script.do("cancel", ["traders", "keepers"], account=ids[4], slot=[1, 0])
    script.do("release", "keepers", account=ids[:6])
    script.do("liquidate", "keepers", account=ids[:2], keeper=[script.keeper, 10_000])
    script.do("claim_funding", "traders", account=ids[0], m=BTC)
    script.send(_overflowing(script))

    script.step(10, CALM_USD, by="keepers")
    script.report(CALM_USD)
    # A short that has earned funding closes before anybody has paid: the claim stays open until a long pays.
    script.do("trade", "traders", account=ids[3], m=BTC, size=longs[3], acceptable_price_usd=1e9)
    script.do("claim_funding", "traders", account=ids[3], m=BTC)
    script.do("trade", "traders", account=ids[0], m=BTC, size=-0.5, acceptable_price_usd=0.0)
    script.do("claim_funding", "traders", account=ids[3], m=BTC)
    script.do("withdraw_collateral", "traders", account=ids[3], k=USDC, amount=500.0, receiver=lp0)

    script.step(3_600, LOWER_USD)
    script.do("execute", "keepers", account=ids[4], slot=0, keeper=script.keeper)
    script.do("liquidate", "keepers", account=ids[0], keeper=script.keeper)
    script.do("release", "keepers", account=ids)
    script.do("liquidate", "keepers", account=ids, keeper=script.keeper)
    script.do("unwind", "lp0", m=[BTC, ETH, SOL, BTC])
    script.do(
        "swap",
        "arbitrageur",
        k=USDC,
        j=BTC,
        amount=[1e5, 1e5, 4e8],
        min_amount=[0.0, 1e3, 0.0],
        receiver=script.actor("arbitrageur"),
    )
    script.do("swap", "arbitrageur", k=BTC, j=BTC, amount=1.0, min_amount=0.0, receiver=lp0)

    script.step(10, GAP_USD)
    none = {f"candidate{i}": 0 for i in range(2, MAX_CANDIDATES)}
    for first, second in ((ids[0], ids[7]), (ids[7], 0), (ids[7], ids[0])):
        script.do("deleverage", "keepers", m=[ETH, SOL], side=1, candidate0=first, candidate1=second, **none)
    script.do("deleverage", "keepers", m=SOL, side=1, candidate0=ids[11], candidate1=0, **none)
    script.do("liquidate", "keepers", account=ids, keeper=script.keeper)
    script.do("redeem", "lp0", k=[BTC, USDC, USDC], amount=[1e5, 1e6, 1e9], min_amount=0.0, receiver=lp0)
    script.do(
        "redeem", ["lp0", "lp1", "lp0"], k=USDC, amount=[10.0, 20.0, 30.0], min_amount=0.0, receiver=[lp1, lp0, lp0]
    )

    script.do("request_exit", "lp0", k=USDC, amount=10.0, min_amount=0.0, receiver=lp1)
    script.do("execute_exit", "keepers", holder=[lp0, lp1])

    arbitrageur = script.actor("arbitrageur")
    script.do("request_mint", "lp0", k=USDC, amount=[1e3, 1e3], min_shares=0.0, receiver=lp0)
    script.do("request_swap", "arbitrageur", k=USDC, j=BTC, amount=1e3, min_amount=0.0, receiver=arbitrageur)
    script.do("execute_entry", "keepers", holder=[lp0, lp1])

    script.step(3_600, CALM_USD)
    script.do("execute_entry", "keepers", holder=[lp0, arbitrageur, lp0])
    script.do("execute_exit", "keepers", holder=[lp0, lp0])
    script.step(61, GAP_USD, by="arbitrageur")  # refused: the old prices are too old
    script.do("mint", "lp0", k=USDC, amount=1.0, min_shares=0.0, receiver=lp0)


def _overflowing(script: Script) -> Calls:
    """A deposit of the largest number there is: an arithmetic overflow, which has no code."""
    made = batch("deposit_collateral", np.zeros(1), script.actor("traders"), account=script.ids[0], k=0, amount=1.0)
    calls = script.encoder.encode(made)
    calls.data[0, -32:] = MAX_WORD
    return calls


def record(design: Design, cast: Cast = CAST, make_chain: MakeChain = EvmChain) -> Tape:
    """The history of a design, by default on the in-process chain."""
    with closing(make_chain(design, VENUES, cast, paths=1, time_s=START_S)) as chain:
        return _recorded(Script(chain), design, cast)


def _recorded(script: Script, design: Design, cast: Cast) -> Tape:
    play_history(script)
    head = Head(design.to_dict(), VENUES, cast, START_S, digest(script.chain))
    return script.recorder.tape(0, head)
