"""The fundamental of a market scenario."""

from __future__ import annotations

import numpy as np

from sim.inputs import csvfile
from sim.inputs.errors import InputError
from sim.scenario.market import MarketScenario
from sim.scenario.tables import unix_s
from sim.world.fundamental.bootstrap import Bootstrap
from sim.world.fundamental.diffusion import Diffusion
from sim.world.fundamental.jumps import HawkesJumps
from sim.world.fundamental.news import NewsTable
from sim.world.fundamental.pegs import Deviations
from sim.world.fundamental.process import Grid, Process
from sim.world.streams import Streams


class Tied:
    """Lets a wrapped token follow its base."""

    def __init__(self, process: Process, market: MarketScenario) -> None:
        self._process = process
        feeds = market.feeds
        self._pairs = [(feeds.index(token.feed), feeds.index(token.base)) for token in market.wrapped]

    def increments(self, block: int, end_s: np.ndarray) -> np.ndarray:
        """See `Process`."""
        moved = self._process.increments(block, end_s)
        for token, base in self._pairs:
            moved[:, :, token] = moved[:, :, base]
        return moved


def fundamental(market: MarketScenario, streams: Streams) -> Grid:
    """All that moves the fundamental but jumps, as increments of logs (P, F)."""
    start_s, shock_s = unix_s(market.clock.start), market.cutting.shock_s
    feeds, own = market.feeds, market.fundamental
    processes: list[Process] = [_news(market)]
    if own.bootstrap is not None:
        mean_block_cells = own.bootstrap.mean_block_s / shock_s
        processes.append(Bootstrap(_returns(market), mean_block_cells, streams))
    else:
        places = [feeds.index(asset.feed) for asset in market.assets]
        processes.append(
            Diffusion(market.assets, places, len(feeds), market.correlation(), own.crisis, start_s, shock_s, streams)
        )
    processes = [Tied(process, market) for process in processes]
    if market.tied:
        places = [feeds.index(item.feed) for item in market.tied]
        processes.append(Deviations(market.tied, places, len(feeds), shock_s, streams))
    return Grid(processes, shock_s, (len(streams.paths), len(feeds)))


def sudden(market: MarketScenario, streams: Streams) -> Grid:
    """What moves the fundamental in no time, nobody trading on the way: jumps, as increments of logs (P, F)."""
    jumps, shock_s = market.fundamental.jumps, market.cutting.shock_s
    processes = []
    if jumps is not None and market.fundamental.bootstrap is None:
        processes = [Tied(HawkesJumps(jumps, _news_beta(market), shock_s, streams), market)]
    return Grid(processes, shock_s, (len(streams.paths), len(market.feeds)))


def _news(market: MarketScenario) -> NewsTable:
    return NewsTable(market.news, _news_beta(market), unix_s(market.clock.start), market.cutting.shock_s)


def _news_beta(market: MarketScenario) -> np.ndarray:
    """Move of every feed per move of the reference, (F,); of what is tied, 0."""
    beta = np.zeros(len(market.feeds))
    for asset in market.assets:
        beta[market.feeds.index(asset.feed)] = asset.news_beta
    return beta


def start_usd(market: MarketScenario) -> np.ndarray:
    """Prices at the start, (F,)."""
    price_usd = {asset.feed: asset.price_usd for asset in market.assets}
    price_usd |= {stable.feed: stable.peg_usd for stable in market.stables}
    price_usd |= {token.feed: token.rate * price_usd[token.base] for token in market.wrapped}
    return np.array([price_usd[feed] for feed in market.feeds])


def opening_usd(market: MarketScenario) -> np.ndarray:
    """Prices at which pools open, the same on every path: those of the start and what news made of them, (F,)."""
    times_s, _ = market.clock.grid()
    moved = _news(market).so_far(float(times_s[market.steps()[0]] - times_s[0]))
    for token in market.wrapped:
        moved[market.feeds.index(token.feed)] = moved[market.feeds.index(token.base)]
    return start_usd(market) * np.exp(moved)


def _returns(market: MarketScenario) -> np.ndarray:
    """Log returns of the assets from the user's file, on the grid of shocks, (N, F); 0 for tied feeds."""
    source = market.fundamental.bootstrap
    assert source is not None, "only asked for with a bootstrap"
    assets = tuple(asset.feed for asset in market.assets)
    file = csvfile.read_prices(source.file, feeds=assets, venues=(), columns=source.columns)
    shock_s = market.cutting.shock_s
    if shock_s % file.step_s:
        raise InputError(
            file=source.file,
            key="step",
            expected=f"rows so close that cutting.shock_s = {shock_s} s is a multiple of their distance",
            got=f"{file.step_s} s",
        )
    returns = np.zeros(((len(file.time_s) - 1) * file.step_s // shock_s, len(market.feeds)))
    for feed in assets:
        log = np.log(file.price_usd[feed][:: shock_s // file.step_s])
        returns[:, market.feeds.index(feed)] = np.diff(log)[: len(returns)]
    return returns
