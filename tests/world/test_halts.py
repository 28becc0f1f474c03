"""What stops while a venue, or its transfers, are halted; and what does not."""

from __future__ import annotations

import numpy as np
import pytest
from market_factory import SOURCE, at, quiet, run, small_document, small_market, world_of

from sim.kernels.loading import load
from sim.world.base import Orders
from sim.world.endogenous.accounts import holdings
from sim.world.endogenous.world import EndogenousWorld

TRANSFER = "sim.world.endogenous.arbitrage:transfer"


def _halted(kind: str, venue: str = "perp_a", feeds: tuple[str, ...] = ()) -> dict:
    return {"venue": venue, "kind": kind, "feeds": list(feeds), "from": at(5), "until": at(40), "source": SOURCE}


def _transfer(world: EndogenousWorld) -> None:
    """Ten minutes of transfers and nothing else."""
    state = world.state
    state.work.weight[:] = state.book_terms.depth_usd * state.book_terms.is_open
    state.work.weight[:] /= np.maximum(state.work.weight.sum(axis=0), 1.0)
    state.work.mid_usd[:] = world.mid_usd()[0].T
    parts = [state.arbitrage, state.hedgers, state.arbitrage_terms, state.work, 0.0]
    load(TRANSFER).bind(state.sizes, parts)(600.0)


@pytest.mark.parametrize("halt", ["", "transfers of perp_a", "perp_b"])
def test_transfers_make_and_lose_no_inventory(halt):
    """Long here and short there is nothing on the whole: who cannot move one leg keeps the other."""
    world = world_of(small_market(), paths=(0,))
    state, btc = world.state, world.feeds.index("BTC")
    drawn = np.random.default_rng(1).normal(size=state.arbitrage.units.shape)
    state.arbitrage.units[:] = drawn * (state.book_terms.depth_usd > 0.0)
    state.arbitrage_terms.is_connected[world.venues.index("perp_a")] = 0.0 if halt == "transfers of perp_a" else 1.0
    if halt == "perp_b":
        state.book_terms.is_open[world.venues.index("perp_b")] = 0.0
    before = state.arbitrage.units.copy()
    _transfer(world)
    moved = state.arbitrage.units - before
    assert moved.sum(axis=1) == pytest.approx(np.zeros((1, len(world.feeds))), abs=1e-12)
    assert (moved[:, world.venues.index("spot"), btc] != 0.0).all()
    for venue in ("perp_a", "perp_b"):
        is_cut_off = venue in halt
        assert ((moved[:, world.venues.index(venue), btc] == 0.0) == is_cut_off).all()


def test_nobody_comes_goes_or_trades_where_a_venue_is_halted():
    """Only engines act there: they take over what falls below maintenance, and cannot sell it."""
    world = world_of(small_market(event=[_halted("halt")], platform__0__insurance_usd=1e12), sources=("whale",))
    v, k, state = world.venues.index("perp_a"), 0, world.state
    run(world, steps=5 * 6 - 1)
    holders = (state.hedgers.units, state.makers.inventory_units, state.arbitrage.units, state.momentum.units)
    held = [units[:, v].copy() for units in (*holders, state.platforms.held)]
    steps = world.step
    elsewhere = state.hedgers.units[:, world.venues.index("perp_b")].copy()
    records = run(world, steps=34 * 6)
    assert (state.hedgers.units[:, world.venues.index("perp_b")] != elsewhere).any()
    for units, before in zip((*holders, state.platforms.held), held, strict=True):
        assert (units[:, v] == before).all()
    for name in ("opened_usd", "left_usd"):
        assert (records[name][:, steps:, k] == 0.0).all()
    assert state.platforms.backlog_units[:, k].any()
    after = run(world, steps=10 * 6)
    assert (after["left_usd"][:, world.step - 10 * 6 :, k] > 0.0).any(), "they go when it opens again"
    assert (after["opened_usd"][:, world.step - 10 * 6 :, k] > 0.0).any(), "and who waited for a fall gets in"


def test_who_trades_one_feed_does_not_wait_for_another():
    """A halt of one feed stops leaving in that feed alone."""
    world = world_of(quiet(event=[_halted("halt", feeds=("BTC",))], platform=small_document()["platform"][:1]))
    run(world, steps=30 * 6)
    held = world.state.platforms.held[:, 0]
    assert (held[:, world.feeds.index("BTC")] > held[:, world.feeds.index("ETH")]).all()


def test_everybody_keeps_what_he_has_while_venues_are_halted_cut_off_and_thin():
    events = [
        _halted("halt"),
        _halted("halt", venue="perp_b", feeds=("ETH", "USDE")),
        _halted("transfer_halt", venue="spot"),
        _halted("thin", venue="perp_b") | {"depth_factor": 0.05},
    ]
    world = world_of(small_market(event=events), sources=("whale",))
    before, listed = holdings(world.state), world.state.book_terms.depth_usd > 0.0
    for step in range(1, 60 * 6):
        drawn = np.random.default_rng(step).normal(size=world.state.books.presence.shape)
        world.submit(Orders(1e4 * drawn * listed, "whale"))
        world.advance(step)
        after = holdings(world.state)
        assert (np.abs(after.units - before.units) / np.maximum(after.gross_units, 1.0)).max() < 1e-9
        assert (np.abs(after.cash_usd - before.cash_usd) / after.gross_usd).max() < 1e-9
