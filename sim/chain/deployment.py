"""How a design becomes contracts: one plan, in the order in which any chain carries it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Any, cast

from eth_abi import encode
from eth_utils import function_abi_to_4byte_selector, keccak, to_checksum_address
from eth_utils.abi import collapse_if_tuple

from sim.chain.compiler import Artifact, artifact
from sim.design import SLOTS, Design
from sim.design.oracle import DOLLAR
from sim.errors import InputError

#: Contracts that Market works with, in the slots after the design's own (contracts/lib/constants.vy).
ROLES = ("liquidator", "pool", "order_book", "desk", "rates", "exits", "entries")
#: In the slot after those, where a design has one: winners are cut by an index.
COHORTS = "cohorts"
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
INSURANCE = 1  # account id
#: Account ids below this are insurance, treasury and the order book's.
FIRST_ACCOUNT = 4
MAX_UINT = 2**256 - 1
#: Tokens that every actor is given: more than any scenario moves, far below overflow.
ENDOWMENT_TOKENS = 10**9


@dataclass(frozen=True, slots=True)
class Ref:
    """The address of a contract or actor that the plan names."""

    name: str


@dataclass(frozen=True, slots=True)
class Create:
    """Deploy a contract under a name."""

    name: str
    artifact: Artifact
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Send:
    """Call a function of a deployed contract, as the admin or as an actor."""

    target: str
    function: str
    arguments: tuple[Any, ...]
    sender: str = "admin"


#: The set-up is over: from here on settings are announced, and anybody may deposit.
_SEAL = Send("controller", "seal", ())
#: What runs as bytecode alone, wherever it is deployed: its calls are raw.
RAW = ("doctor",)


@dataclass(frozen=True, slots=True)
class Venue:
    """A price source as the oracle knows it."""

    name: str
    weight: int


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


def roles_of(design: Design) -> tuple[str, ...]:
    """Contracts that a design's Market works with, in the order of their slots."""
    return (*ROLES, COHORTS) if design.is_cut_by_index else ROLES


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
    steps += _oracle_settings(design, feeds, venues, reporter)
    if opens_free:
        steps.append(Create("policy:opening", artifact("policies/weight_fee/FlatFee.vy"), (0, 0)))
    steps += _market_settings(design, feeds, opens_free=opens_free)
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
    k = [asset.symbol for asset in design.assets].index(design.markets[0].short_asset)
    price_wad = prices_wad[feeds.index(design.assets[k].feed)]
    fund = design.losses.insurance_usd_wad * 10 ** design.assets[k].decimals // price_wad
    if fund:
        steps.append(_handed_over(design.assets[k].symbol, fund, opening.providers[0]))
        steps.append(Send("market", "deposit_collateral", (INSURANCE, k, fund)))
    return [*steps, *_end(design)]


def _end(design: Design) -> list[Create | Send]:
    """The last of the set-up."""
    doctor = Create("doctor", artifact("Doctor.vy"), (Ref("controller"), Ref("market")))
    return [_pool_limits(design), doctor, Send("controller", "bind_doctor", (Ref("doctor"),)), _SEAL]


def _handed_over(symbol: str, units: int, giver: str) -> Send:
    return Send(f"token:{symbol}", "transfer", (Ref("admin"), units), sender=giver)


def _pool_limits(design: Design) -> Send:
    """Set last: shares that wait for their redemption could not be minted to others, nor the first ones by request."""
    pool = design.pool
    limits = (
        pool.max_aum_usd_wad,
        pool.redeem_delay_s,
        pool.redeem_window_s,
        pool.redeem_limit_wad,
        pool.rebate_share_wad,
        pool.exit_wait_s,
        pool.entry_wait_s,
    )
    return Send("controller", "set_pool", (limits,))


def _oracle_settings(design: Design, feeds: Sequence[str], venues: Sequence[Venue], reporter: Any) -> list[Send]:
    oracle = design.oracle
    steps = [Send("oracle_controller", "bind", (Ref("oracle"),))]
    steps += [
        Send(
            "oracle_controller",
            "set_venue",
            (v, (reporter, venue.weight, oracle.max_venue_age_s, oracle.max_confidence_wad)),
        )
        for v, venue in enumerate(venues)
    ]
    total = sum(venue.weight for venue in venues)
    names = [venue.name for venue in venues]
    if oracle.venue is not None and oracle.venue not in names:
        expected = f"one of the scenario's venues {', '.join(names)}"
        raise InputError(file=str(design), key="oracle.venue", expected=expected, got=oracle.venue)
    bounds = {feed.symbol: feed for feed in oracle.feeds}
    late: list[Send] = []
    for f, symbol in enumerate(feeds):
        feed = bounds[symbol]
        rules = (
            feed.min_usd_wad,
            feed.max_usd_wad,
            oracle.floor_spread_wad,
            oracle.wide_wad,
            oracle.max_price_age_s,
            oracle.min_venues,
            -(-oracle.min_weight_share_wad * total // 10**18),
            oracle.max_venue_share_wad,
            oracle.aggregator,
            names.index(oracle.venue) if oracle.venue in names else 0,
            oracle.max_median_distance_wad,
            oracle.max_average_distance_wad,
            oracle.average_s or 0,
            oracle.max_step_wad,
            oracle.max_step_wad_per_s,
        )
        base = 0 if feed.redemption_base in (None, DOLLAR) else feeds.index(feed.redemption_base) + 1
        redemption = (base, feed.redemption_rate_wad, feed.redemption_band_wad, feed.valuation_id, feed.blend_wad)
        if base > f:  # the oracle has to know a base first
            late.append(Send("oracle_controller", "set_feed", (f, (*rules, *redemption, oracle.wide_price_id))))
            redemption = (0, 0, 0, 0, 0)
        steps.append(Send("oracle_controller", "set_feed", (f, (*rules, *redemption, oracle.wide_price_id))))
    return [*steps, *late, Send("oracle_controller", "seal", ())]


def _market_settings(design: Design, feeds: Sequence[str], *, opens_free: bool) -> list[Send]:
    symbols = [asset.symbol for asset in design.assets]
    steps = [Send("controller", "bind", (Ref("market"),))]
    for role_id, role in enumerate(roles_of(design), start=len(SLOTS)):
        steps.append(Send("controller", "set_policy", (role_id, Ref(role))))
    for slot_id, slot in enumerate(SLOTS):
        policy = "policy:opening" if opens_free and slot == "weight_fee" else f"policy:{slot}"
        steps.append(Send("controller", "set_policy", (slot_id, Ref(policy))))
    steps.append(Send("controller", "set_protocol_fee", (design.protocol_fee_share_wad,)))
    for k, asset in enumerate(design.assets):
        parameters = (
            Ref(f"token:{asset.symbol}"),
            asset.scale,
            feeds.index(asset.feed),
            asset.target_weight_wad,
            asset.haircut_wad,
            asset.depth_usd_wad,
            asset.max_pool_units,
            asset.buffer_units,
        )
        steps.append(Send("controller", "set_asset", (k, parameters)))
    if design.sale_order:
        order = sum(symbols.index(symbol) << (4 * i) for i, symbol in enumerate(design.sale_order))
        steps.append(Send("controller", "set_sale_order", (order,)))
    for m, market in enumerate(design.markets):
        settings = (
            feeds.index(market.feed),
            symbols.index(market.long_asset),
            symbols.index(market.short_asset),
            market.reserve_factor_wad,
            market.max_open_interest_usd_wad,
            market.max_open_interest_share_wad,
            market.max_account_share_wad,
            market.max_profit_share_wad,
            market.impact_pool_share_wad,
            market.min_position_usd_wad,
            market.trade_fee_wad,
            False,
        )
        steps.append(Send("controller", "set_market", (m, settings)))
    return steps


@cache
def nominal_address(actor: str) -> str:
    """Address of an actor where actors are plain addresses, and in every tape."""
    return to_checksum_address(keccak(text=f"actor {actor}")[12:])


def refused_constructor(step: Create, output: bytes) -> InputError:
    """A policy's constructor states its own bounds; its sentence is the message."""
    sentence = output[68:].rstrip(b"\0").decode(errors="replace") if len(output) > 68 else "a revert"
    return InputError(
        file=step.artifact.source, key=step.name, expected="parameters within the policy's bounds", got=sentence
    )


def driver_plan(cast: Cast) -> list[Create]:
    """A Driver contract for each actor."""
    return [Create(actor, artifact("Driver.vy"), (Ref("admin"),)) for actor in cast.actors]


def resolve(arguments: Any, addresses: Mapping[str, str]) -> Any:
    """Replace names by addresses, at any depth."""
    if isinstance(arguments, Ref):
        return addresses[arguments.name]
    if isinstance(arguments, (tuple, list)):
        return tuple(resolve(item, addresses) for item in arguments)
    return arguments


def initcode(step: Create, addresses: Mapping[str, str]) -> bytes:
    """Deployment code with its arguments."""
    types = [kind for _, kind in step.artifact.constructor]
    return step.artifact.initcode + encode(types, resolve(step.arguments, addresses))


def selector(entry: Mapping[str, Any]) -> bytes:
    """First four bytes of a function's call data."""
    return function_abi_to_4byte_selector(cast(Any, entry))


def encode_call(artifact_: Artifact, function: str, arguments: Sequence[Any]) -> bytes:
    """Call data by the ABI library: for setting up and reading, never in a hot path."""
    head, types = _signature(artifact_, function)
    return head + encode(types, list(arguments))


@cache
def _signature(artifact_: Artifact, function: str) -> tuple[bytes, list[str]]:
    """Selector and argument types of a function."""
    entry = artifact_.function(function)
    return selector(entry), [collapse_if_tuple(item) for item in entry["inputs"]]
