"""How a design becomes contracts: one plan, in the order in which any chain carries it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any

from eth_utils import keccak, to_checksum_address

from sim.chain.plan import Create, Ref, Send
from sim.chain.settings import COHORTS, Venue, market_settings, oracle_settings, pool_limits
from sim.design import SLOTS, Design
from sim.inputs.compiler import artifact

#: The contract that asks each slot's rule, and so holds its name and memory.
HOMES = {
    "weight_fee": "pool",
    "borrow_rate": "rates",
    "funding_rate": "rates",
    "price_impact": "desk",
    "margin": "market",
    "liquidation": "liquidator",
    "deleverage": "liquidator",
    "circuit": "rates",
}
MAX_VENUES = 8
INSURANCE, ORDER_BOOK = 1, 3  # account ids
#: Account ids below this are insurance, treasury and the order book's.
FIRST_ACCOUNT = 4
MAX_UINT = 2**256 - 1
#: Tokens that every actor is given: more than any scenario moves, far below overflow.
ENDOWMENT_TOKENS = 10**15


_SEAL = Send("controller", "seal", ())
#: What runs as bytecode alone, wherever it is deployed: its calls are raw.
RAW = ("doctor",)


@dataclass(frozen=True, slots=True)
class Opening:
    """The pool's first deposits, at target weights, under a fee of zero: an empty pool has no weights to tax."""

    prices_usd: tuple[float, ...]  # by feed
    seed_usd: float
    providers: tuple[str, ...]  # actors who share the seed equally


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts: plain addresses in process, Driver contracts on a devnet."""

    actors: tuple[str, ...]  # "reporter" first
    trader_accounts: int
    keeper_accounts: int = 1
    opening: Opening | None = None

    @property
    def accounts(self) -> int:
        return self.trader_accounts + self.keeper_accounts

    @property
    def trader_ids(self) -> range:
        return range(FIRST_ACCOUNT, FIRST_ACCOUNT + self.trader_accounts)

    @property
    def keeper_ids(self) -> range:
        first = FIRST_ACCOUNT + self.trader_accounts
        return range(first, first + self.keeper_accounts)


@dataclass(frozen=True, slots=True, eq=False)
class Deployment:
    """A design on one chain: the plan, and where its contracts and actors are."""

    design: Design
    cast: Cast
    venues: tuple[Venue, ...]
    feeds: tuple[str, ...]
    addresses: Mapping[str, str] = field(default_factory=dict)

    def actor(self, name: str) -> int:
        """Index of an actor, for the columns of a batch."""
        return self.cast.actors.index(name)


def feeds_of(design: Design) -> tuple[str, ...]:
    """Price feeds in the order of their ids: that of the oracle's table, where each is of an asset or a market."""
    return design.feeds


def protocol_plan(
    design: Design, venues: Sequence[Venue], reporter: Any, *, opens_free: bool = False
) -> list[Create | Send]:
    """Contracts of a design and their settings, without actors, sealed: what a devnet user wants.

    With `opens_free` the set-up is left open, and the first weight fee is none: whoever makes the first deposits sets
    the design's own afterwards, and seals.
    """
    feeds = feeds_of(design)
    steps: list[Create | Send] = [
        Create(f"token:{a.symbol}", artifact("mocks/MockToken.vy"), (a.symbol, a.symbol, a.decimals))
        for a in design.assets
    ]
    steps += [
        Create("oracle_controller", artifact("OracleController.vy"), (Ref("admin"),)),
        Create("oracle", artifact("Oracle.vy"), (Ref("oracle_controller"),)),
        Create("controller", artifact("RiskController.vy"), (Ref("admin"), Ref("admin"))),
        Create(
            "market",
            artifact("Market.vy"),
            (Ref("controller"), Ref("admin"), Ref("oracle"), design.is_funding_per_unit),
        ),
        Create("rates", artifact("Rates.vy"), (Ref("market"),)),
        Create(
            "desk",
            artifact("Desk.vy"),
            (
                Ref("market"),
                design.execution == "after_request",
                design.age_spread_wad_per_s,
                design.open_interest_depth_share_wad,
            ),
        ),
        Create("pool", artifact("Pool.vy"), (Ref("market"), Ref("controller"))),
        Create(
            "liquidator",
            artifact("Liquidator.vy"),
            (Ref("market"), Ref("desk"), design.losses.max_epoch_loss_usd_wad, design.losses.epoch_s),
        ),
        Create("order_book", artifact("OrderBook.vy"), (Ref("market"), Ref("desk"))),
        Create("exits", artifact("Exits.vy"), (Ref("market"), Ref("pool"))),
        Create("entries", artifact("Entries.vy"), (Ref("market"), Ref("pool"))),
        Create("lens", artifact("Lens.vy")),
    ]
    if design.is_cut_by_index:
        steps.append(Create(COHORTS, artifact("Cohorts.vy"), (Ref("market"),)))
    for slot in SLOTS:
        policy = design.policies[slot]
        steps.append(Create(f"policy:{slot}", artifact(policy.source), tuple(policy.arguments)))
    steps += oracle_settings(design, feeds, venues, reporter)
    if opens_free:
        steps.append(Create("policy:opening", artifact("policies/weight_fee/FlatFee.vy"), (0, 0)))
    steps += market_settings(design, feeds, opens_free=opens_free)
    if not opens_free:
        steps += _end(design)
    return steps


def simulation_plan(design: Design, venues: Sequence[Venue], cast: Cast, time_s: int) -> list[Create | Send]:
    """The protocol, tokens and allowances of every actor, the accounts of traders and keepers, the first deposits.

    The addresses of the actors are the chain's affair and known before the plan is carried out.
    """
    steps = protocol_plan(design, venues, Ref("reporter"), opens_free=cast.opening is not None)
    for actor in cast.actors:
        for asset in design.assets:
            token = f"token:{asset.symbol}"
            endowment = ENDOWMENT_TOKENS * 10**asset.decimals
            steps.append(Send(token, "mint", (Ref(actor), endowment)))
            steps.append(Send(token, "approve", (Ref("market"), MAX_UINT), sender=actor))
            steps.append(Send(token, "approve", (Ref("entries"), MAX_UINT), sender=actor))
    for account in (*cast.trader_ids, *cast.keeper_ids):
        operator = "traders" if account in cast.trader_ids else "keepers"
        steps.append(Send("market", "open_account", ()))
        steps.append(Send("market", "set_operator", (account, Ref(operator), True)))
        steps.append(Send("market", "set_operator", (account, Ref("order_book"), True)))
    if cast.opening is not None:
        steps += _opening(design, len(venues), cast.opening, time_s)
    return steps


def _opening(design: Design, venues: int, opening: Opening, time_s: int) -> list[Create | Send]:
    """A first price from every venue, the first deposits, and the seal.

    Before the seal the admin alone may deposit: providers and insurance hand their tokens over.
    """
    steps: list[Create | Send] = []
    feeds = feeds_of(design)
    prices_wad = [round(price * 10**9) * 10**9 for price in opening.prices_usd]
    quotes = [(price << 160) | time_s if v < venues else 0 for price in prices_wad for v in range(MAX_VENUES)]
    steps.append(Send("oracle", "report", (quotes,), sender="reporter"))
    steps += [Send(f"token:{asset.symbol}", "approve", (Ref("market"), MAX_UINT)) for asset in design.assets]
    share_usd = Decimal(opening.seed_usd) / len(opening.providers)
    for provider in opening.providers:
        for k, asset in enumerate(design.assets):
            price_wad = prices_wad[feeds.index(asset.feed)]
            units = int(share_usd * asset.target_weight_wad / price_wad * 10**asset.decimals)
            if units:
                steps.append(_handed_over(asset.symbol, units, provider))
                steps.append(Send("pool", "mint", (k, units, 0, Ref(provider))))
    steps.append(Send("controller", "set_policy", (0, Ref("policy:weight_fee"))))
    k = design.asset_id(design.dollar)
    price_wad = prices_wad[feeds.index(design.assets[k].feed)]
    fund = design.losses.insurance_usd_wad * 10 ** design.assets[k].decimals // price_wad
    if fund:
        steps.append(_handed_over(design.assets[k].symbol, fund, opening.providers[0]))
        steps.append(Send("market", "deposit_collateral", (INSURANCE, k, fund)))
    return [*steps, *_end(design)]


def _end(design: Design) -> list[Create | Send]:
    """The last of the set-up."""
    doctor = Create("doctor", artifact("Doctor.vy"), (Ref("controller"), Ref("market")))
    return [pool_limits(design), doctor, Send("controller", "bind_doctor", (Ref("doctor"),)), _SEAL]


def _handed_over(symbol: str, units: int, giver: str) -> Send:
    return Send(f"token:{symbol}", "transfer", (Ref("admin"), units), sender=giver)


@cache
def nominal_address(actor: str) -> str:
    """Address of an actor where actors are plain addresses, and in every tape."""
    return to_checksum_address(keccak(text=f"actor {actor}")[12:])


def driver_plan(cast: Cast) -> list[Create]:
    """A Driver contract for each actor."""
    return [Create(actor, artifact("Driver.vy"), (Ref("admin"),)) for actor in cast.actors]
