"""What a run is made of: a world, a chain with the design deployed and its pool open, and the people of a scenario."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.agents.actors.registry import accounts_of, players
from sim.agents.arbitrageur import Arbitrageur
from sim.agents.deleveragers import Deleveragers
from sim.agents.entry_keepers import EntryKeepers
from sim.agents.exit_keepers import ExitKeepers
from sim.agents.hedgers import Hedgers
from sim.agents.keepers import Keepers
from sim.agents.liquidity_providers import LiquidityProviders
from sim.agents.pay import Pay
from sim.agents.traders import Traders
from sim.chain.deployment import Cast, Deployment, Opening, feeds_of
from sim.chain.failures import ContractError
from sim.chain.protocol import Chain
from sim.chain.settings import Venue
from sim.chain.tape import Head, MakeChain
from sim.chain.views import Views
from sim.design import Design
from sim.engine import opening
from sim.engine.agent import Agent
from sim.inputs.errors import InputError
from sim.native.chain import NativeChain
from sim.scenario import Scenario, require_feeds
from sim.scenario.variation import Factors
from sim.world.base import Twin, World
from sim.world.endogenous.world import EndogenousWorld
from sim.world.market import Window
from sim.world.replay import Replay
from sim.world.streams import Streams

#: Seconds between the deployment and the first step: the opening book is set up in them.
LEAD_S = opening.LEAD_S + 1


def stage(
    design: Design,
    scenario: Scenario,
    seed: int,
    paths: Sequence[int],
    make_chain: MakeChain = NativeChain,
    twin: Twin | None = None,
) -> tuple[Chain, Window, Head]:
    """A world and a chain with the design deployed and its pool open.

    `twin`: what the market is without a pool, if people make it; without one nothing can be run.
    """
    feeds = feeds_of(design)
    require_feeds(scenario, feeds)
    _check_wishes(design, scenario)
    window = Window.of(build_world(scenario, Streams(seed, tuple(paths)), twin), feeds)
    world = window.world
    cast = _cast(scenario, window)
    _check_opening(design, scenario, dict(zip(feeds, cast.opening.prices_usd, strict=True)) if cast.opening else {})
    known = {venue.name: venue.known_as or venue.name for venue in scenario.market.venues} if scenario.market else {}
    venues = tuple(
        Venue(known.get(name, name), int(weight))
        for name, weight in zip(world.venues, world.venue_weights, strict=True)
    )
    start_s = int(world.times_s[0]) - LEAD_S
    try:
        chain = make_chain(design, venues, cast, paths=len(paths), time_s=start_s)
    except ContractError as error:
        if error.call != "pool.mint":
            raise
        raise InputError(
            file=f"scenario {scenario.name}",
            key="liquidity_providers.seed_usd",
            expected=f"what {design}'s pool takes ({error.name}) as first deposits",
            got=scenario.liquidity_providers.seed_usd,
        ) from error
    return chain, window, Head(design.to_dict(), venues, cast, start_s)


def build_world(scenario: Scenario, streams: Streams, twin: Twin | None = None) -> World:
    """The world of a scenario; `twin`: the same paths without a pool, where a pool moves prices."""
    sources = (Arbitrageur.name, Hedgers.name, *(actor.name for actor in scenario.actors))
    if scenario.market is None:
        return Replay(scenario, streams, sources=sources)
    return EndogenousWorld(scenario.market, streams, cohorts=scenario.market.cohorts, sources=sources, twin=twin)


def cast_agents(
    chain: Chain, window: Window, scenario: Scenario, streams: Streams, factors: Factors | None = None
) -> list[Agent]:
    """The agents of a scenario, in the order in which they act."""
    deployment, factors = chain.deployment, factors or Factors.of((), chain.paths)
    pool, pay = deployment.design.pool, Pay(scenario.keepers.cost_usd, deployment)
    providers = LiquidityProviders(scenario.liquidity_providers, deployment, _shares(chain, deployment), streams, pay)
    arbitrageur = Arbitrageur(scenario.arbitrageur, deployment, chain.paths, pay)
    return [
        Keepers(scenario.keepers, deployment, factors, pay),
        Deleveragers(deployment, chain.paths),
        *([ExitKeepers(deployment, providers, pay)] if pool.exit_wait_s else []),
        *([EntryKeepers(deployment, (arbitrageur, providers), pay)] if pool.entry_wait_s else []),
        Traders(scenario.traders, deployment, factors, pay),
        arbitrageur,
        providers,
        *_hedgers(scenario, deployment, window),
        *players(scenario, deployment, window),
    ]


def _hedgers(scenario: Scenario, deployment: Deployment, window: Window) -> list[Agent]:
    market = scenario.market
    if market is None or market.hedge is None:
        return []
    return [Hedgers(market.hedge, deployment, window)]


def _cast(scenario: Scenario, window: Window) -> Cast:
    providers = tuple(f"lp{i}" for i in range(scenario.liquidity_providers.count))
    opening = Opening(
        prices_usd=tuple(window.world.opening_usd[window.feeds].tolist()),
        seed_usd=scenario.liquidity_providers.seed_usd,
        providers=providers,
    )
    return Cast(
        actors=("reporter", "traders", "keepers", "arbitrageur", *providers),
        trader_accounts=scenario.traders.count + accounts_of(scenario),
        opening=opening,
    )


def _check_wishes(design: Design, scenario: Scenario) -> None:
    """Somebody wants one of the design's markets; who misses his own takes another."""
    wanted = scenario.traders.market_weights
    if not any(wanted.get(market.feed, 0.0) > 0.0 for market in design.markets):
        raise InputError(
            file=f"scenario {scenario.name}",
            key="traders.market_weights",
            expected=f"a positive weight of a feed of {design}'s markets, {', '.join(m.feed for m in design.markets)}",
            got=wanted,
        )


def _check_opening(design: Design, scenario: Scenario, prices_usd: dict[str, float]) -> None:
    """A price at or beyond a feed's bounds is no price, and without one the pool cannot open."""
    for feed in design.oracle.feeds:
        price = prices_usd.get(feed.symbol)
        if price is not None and not float(feed.min_usd) < price < float(feed.max_usd):
            raise InputError(
                file=scenario.name,
                key=feed.symbol,
                expected=f"an opening price between {feed.min_usd} and {feed.max_usd} USD, {design}'s oracle bounds",
                got=price,
            )


def _shares(chain: Chain, deployment: Deployment) -> np.ndarray:
    providers = [name for name in deployment.cast.actors if name.startswith("lp")]
    return Views(chain).shares(providers)
