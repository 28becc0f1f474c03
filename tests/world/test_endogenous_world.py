"""The market that people make: still when nothing happens, and dependent on nothing that it must not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from market_factory import SOURCE, at, quiet, run, small_document, small_market, storm_of_october, world_of

from sim.scenario.market import parse_market
from sim.validation.variants import AS_IT_IS
from sim.world.base import Orders
from sim.world.endogenous.world import EndogenousWorld


def test_without_news_and_noise_nothing_moves_at_all():
    """Platforms and their crowds are there; funding is paid, and some leave and arrive: no price moves by a bit."""
    world = world_of(quiet())
    start_usd = world.mid_usd()
    records = run(world)
    assert (records["mid_usd"] == start_usd.transpose(0, 2, 1)[:, None]).all()
    assert (records["liquidated_usd"] == 0.0).all() and records["left_usd"].sum() > 0.0
    assert (records["depth_usd"] == records["depth_usd"][:, :1]).all()


def test_a_path_is_the_same_bits_alone_and_in_any_company():
    market = small_market()
    together, alone, others = (run(world_of(market, paths=paths)) for paths in ((3, 4, 9), (4,), (7, 4)))
    for name, record in together.items():
        if name != "time_s":
            assert (record[1] == alone[name][0]).all() and (record[1] == others[name][1]).all(), name
    assert together["substeps"].max() > 1.0, "paths differed in how finely a step was cut"


def test_identical_worlds_differ_by_nothing():
    first, second = (run(world_of(small_market())) for _ in range(2))
    assert all((first[name] == second[name]).all() for name in first)


def test_the_fundamental_is_the_same_whoever_trades():
    calm, full = (run(world_of(market)) for market in (small_market(platform=[]), small_market()))
    assert (calm["fundamental_usd"] == full["fundamental_usd"]).all()
    assert not (calm["consensus_usd"] == full["consensus_usd"]).all()


def test_steps_of_10_5_and_2_seconds_tell_the_same_story():
    """Within a tenth of a point of falls of some 10 to 20 %, .2 on the worst path, and 5 % of liquidations."""
    lows, liquidated, depths = {}, {}, {}
    for step_s in (10, 5, 2):
        world = world_of(storm_of_october(step_s, "21:45"), paths=range(4), record_every=10 // step_s)
        records, btc = run(world), world.feeds.index("BTC")
        lows[step_s] = 100.0 * records["mid_usd"].min(axis=1)[:, :, btc] / 119_200.0
        liquidated[step_s] = records["liquidated_usd"].sum(axis=(1, 2, 3))
        depths[step_s] = records["depth_usd"][:, :, :, btc].min(axis=1)
    for step_s in (10, 5):
        assert np.abs(lows[step_s] - lows[2]).max() < 0.2
        assert np.abs(lows[step_s] - lows[2]).mean(axis=0).max() < 0.1
        assert liquidated[step_s] == pytest.approx(liquidated[2], rel=0.05)
        assert depths[step_s] == pytest.approx(depths[2], rel=0.05)


def test_more_cohorts_tell_the_same_story():
    falls = []
    for cohorts in (500, 2_000):
        world = world_of(storm_of_october(until="21:45"), paths=range(4), cohorts=cohorts)
        falls.append(100.0 * (1.0 - run(world)["mid_usd"].min(axis=1)[:, :, world.feeds.index("BTC")] / 119_200.0))
    assert np.abs((falls[0] - falls[1]).mean(axis=0)).max() < 0.5  # points of some 12 to 16


# ---- ablations: the signs, each with paired paths ----


def _fall_and_liquidated(variant: str = AS_IT_IS) -> tuple[np.ndarray, np.ndarray]:
    """BTC's deepest fall on spot, points (P,), and all liquidations, USD (P,)."""
    world = world_of(storm_of_october(until="21:45", variant=variant), paths=range(4), cohorts=500)
    records = run(world)
    spot = records["mid_usd"][:, :, world.venues.index("spot"), world.feeds.index("BTC")]
    return 100.0 * (1.0 - spot.min(axis=1) / spot[:, 0]), records["liquidated_usd"].sum(axis=(1, 2, 3))


@pytest.fixture(scope="module")
def october() -> tuple[np.ndarray, np.ndarray]:
    """The storm as it is."""
    return _fall_and_liquidated()


@pytest.mark.parametrize("variant", ["no platforms", "makers stay", "no arbitrage", "depth x 2", "no news"])
def test_each_part_deepens_the_fall(variant, october):
    fall, liquidated = _fall_and_liquidated(variant)
    assert (october[0] - fall).min() > 1.0, "points of BTC, on every path"
    assert (liquidated < october[1]).all()


def test_arbitrage_keeps_venues_together_in_the_calm():
    gaps = {}
    for capital_usd in (0.0, 3e8):
        world = world_of(small_market(news=[], arbitrage__capital_usd=capital_usd), paths=range(4))
        mids = run(world)["mid_usd"][..., world.feeds.index("BTC")]
        gaps[capital_usd] = (mids.max(axis=2) / mids.min(axis=2) - 1.0).mean()
    assert gaps[3e8] < 0.5 * gaps[0.0]


def test_a_gap_makes_bad_debt_where_a_slide_as_deep_makes_none():
    """Engines close all the way down, but not where no price was."""
    jumps = {
        "rate_per_hour": 3.0,
        "mean_bps": -1_000.0,
        "sd_bps": 0.0,
        "branching": 0.0,
        "decay_s": 60,
        "source": SOURCE,
    }
    world = world_of(small_market(news=[], fundamental__jumps=jumps), paths=range(4))
    gaps, slides = run(world), run(world_of(small_market(news__0__size_bps=-2_000.0), paths=range(4)))
    has_gap = gaps["fundamental_usd"][:, -1, world.feeds.index("BTC")] < 95.0
    assert has_gap.sum() > 1
    assert (gaps["bad_debt_usd"].sum(axis=1)[has_gap] > 1e6).all(), "of both engines"
    assert (
        slides["bad_debt_usd"].sum(axis=1) < 1e6
    ).all()  # some 5 bps of what a ladder closes: its shares are of evenly spread members


# ---- what venues show, and orders from outside ----


def _event(kind: str, venue: str = "perp_a", **more) -> dict:
    return {"venue": venue, "kind": kind, "from": at(12), "until": at(30), "source": SOURCE, **more}


def _to(world: EndogenousWorld, minute: int) -> EndogenousWorld:
    run(world, steps=minute * 6 - world.step)
    return world


def test_a_halted_venue_shows_its_last_quote_and_trades_nothing():
    world = world_of(small_market(event=[_event("halt", feeds=["BTC"])]))
    v, f = world.venues.index("perp_a"), world.feeds.index("BTC")
    last = _to(world, 12 - 1).quotes()
    run(world, steps=5)
    last = world.quotes()
    held = world.state.makers.inventory_units[:, v, f].copy()
    quotes = _to(world, 20).quotes()
    assert (quotes.price_usd[:, f, v] == last.price_usd[:, f, v]).all()
    assert (quotes.published_s[:, f, v] == world.times_s[71]).all()
    assert (world.state.makers.inventory_units[:, v, f] == held).all()
    other = world.feeds.index("ETH")
    assert (quotes.published_s[:, other, v] == world.times_s[120]).all()
    assert (_to(world, 31).quotes().published_s[:, f, v] == world.times_s[186]).all()


def test_a_late_venue_shows_what_it_had_then():
    world = world_of(small_market(venue__1__lag_s=30))
    v, before = world.venues.index("perp_a"), None
    for step in range(1, 100):
        world.advance(step)
        if step == 90:
            before = world.mid_usd()[:, :, v]
        if step == 93:
            assert (world.quotes().price_usd[:, :, v] == before).all()
            assert (world.quotes().published_s[:, :, v] == world.times_s[90]).all()


def test_a_lie_moves_the_quote_and_not_the_book():
    market = small_market(event=[_event("lie", feeds=["BTC"], size_bps=-500.0, ramp_s=60)])
    lying, honest = _to(world_of(market), 20), _to(world_of(small_market()), 20)
    v, f = lying.venues.index("perp_a"), lying.feeds.index("BTC")
    assert (lying.mid_usd() == honest.mid_usd()).all()
    ratio = lying.quotes().price_usd / honest.quotes().price_usd
    assert ratio[:, f, v] == pytest.approx(np.exp(-0.05))
    ratio[:, f, v] = 1.0
    assert (ratio == 1.0).all()


def test_without_transfers_a_venue_falls_alone():
    gaps = []
    for events in ([], [_event("transfer_halt")]):
        world = world_of(small_market(event=events, arbitrage__capital_usd=1e10), paths=range(4))
        mids = run(world, steps=30 * 6)["mid_usd"][:, 12 * 6 :, :, world.feeds.index("BTC")]
        gaps.append(
            (mids[:, :, world.venues.index("perp_a")] / mids[:, :, world.venues.index("spot")] - 1.0).min(axis=1)
        )
    assert (gaps[1] < gaps[0] - 0.002).all()


def test_a_thin_venue_moves_more_for_the_same_order():
    moves = []
    for events in ([], [_event("thin", venue="perp_b", depth_factor=0.1)]):
        world = world_of(quiet(event=events), sources=("whale",))
        v, f = world.venues.index("perp_b"), world.feeds.index("BTC")
        before = _to(world, 15).mid_usd()
        units = np.zeros_like(world.state.books.presence)
        units[:, v, f] = -1e5
        world.submit(Orders(units, "whale"))
        run(world, steps=1)
        moves.append(before[:, f, v] - world.mid_usd()[:, f, v])
    assert (moves[1] > 3.0 * moves[0]).all() and (moves[0] > 0.0).all()


def test_an_order_trades_in_the_next_step_at_a_price_that_it_has_moved():
    world = world_of(quiet(), sources=("hedgers", "whale"))
    v, f = world.venues.index("spot"), world.feeds.index("BTC")
    units = np.zeros_like(world.state.books.presence)
    units[:, v, f] = 50_000.0
    world.submit(Orders(units, "whale"))
    assert (world.fills().units == 0.0).all() and (world.fills().waiting_units[:, 1] == units).all()
    run(world, steps=1)
    fills, whale = world.fills(), world.sources.index("whale")
    assert fills.units[:, whale] == pytest.approx(units) and (fills.units[:, 0] == 0.0).all()
    paid_usd = -fills.cash_usd[:, whale] / 50_000.0
    assert (paid_usd > 100.0 * (1.0 + 1e-4)).all() and (paid_usd < world.mid_usd()[:, f, v] * 1.01).all()
    assert world.fundamental_usd[:, f] == pytest.approx(100.0, rel=1e-15), "nothing that anybody trades is news"


def test_opposite_orders_on_one_book_are_netted_and_both_pay_the_spread():
    world = world_of(quiet(), sources=("buyer", "seller"))
    units = np.zeros_like(world.state.books.presence)
    units[:, world.venues.index("spot"), world.feeds.index("BTC")] = 1_000.0
    before = world.mid_usd()
    world.submit(Orders(units, "buyer"))
    world.submit(Orders(-units, "seller"))
    run(world, steps=1)
    assert (world.mid_usd() == before).all()
    assert world.fills().cash_usd == pytest.approx(np.array([[-100_010.0, 99_990.0]] * 2), rel=1e-9)


def test_an_order_waits_while_its_venue_is_halted():
    world = world_of(quiet(event=[_event("halt")]), sources=("whale",))
    units = np.zeros_like(world.state.books.presence)
    units[:, world.venues.index("perp_a"), world.feeds.index("BTC")] = -10.0
    _to(world, 20).submit(Orders(units, "whale"))
    assert (_to(world, 29).fills().units == 0.0).all()
    assert _to(world, 31).fills().units[:, 0] == pytest.approx(units)


@pytest.mark.parametrize(
    ("source", "feed", "message"), [("stranger", "BTC", "a source of"), ("whale", "USDE", "listed")]
)
def test_an_order_that_cannot_be_is_refused(source, feed, message):
    world = world_of(small_market(), sources=("whale",))
    units = np.zeros_like(world.state.books.presence)
    units[:, world.venues.index("spot"), world.feeds.index(feed)] = 1.0
    with pytest.raises(ValueError, match=message):
        world.submit(Orders(units, source))


def test_what_a_venue_does_not_list_is_nobodys_quote():
    world = _to(world_of(small_market()), 5)
    v, f = world.venues.index("spot"), world.feeds.index("USDE")
    assert (world.quotes().published_s[:, f, v] == 0).all()
    assert world.quotes().price_usd[:, f, v] == pytest.approx(world.consensus_usd[:, f])


def test_steps_come_in_turn():
    with pytest.raises(ValueError, match="expected step 1, got 2"):
        world_of(small_market()).advance(2)


def test_collateral_that_is_sold_breaks_on_the_venue_that_sells_it():
    """Liquidated margin in a stable goes into a thin book: there it falls, elsewhere it does not."""
    depth = [
        {"feed": feed, "at_1pct_usd": usd, "source": SOURCE}
        for feed, usd in (("BTC", 6e7), ("ETH", 3e7), ("USDE", 1e6))
    ]
    lows = run(world_of(small_market(venue__1__depth=depth, arbitrage__capital_usd=1e6), paths=range(4)))
    world = world_of(small_market())
    f, a, b = world.feeds.index("USDE"), world.venues.index("perp_a"), world.venues.index("perp_b")
    low = lows["mid_usd"][..., f].min(axis=1)
    assert (low[:, a] < 0.93).all() and (low[:, b] > low[:, a] + 0.03).all()
    assert (lows["fundamental_usd"][..., f] > 0.99).all()


def test_a_coin_in_which_nobody_has_a_position_frightens_nobody():
    """A stable one with a deviation of a tenth of a basis point is far off it whenever quotes are noisy."""
    closed = []
    for more in (False, True):
        document = small_document()
        if more:
            document["stable"].append(
                {"feed": "USDX", "peg_usd": 1.0, "sd_bps": 0.1, "half_life_s": 600, "source": SOURCE}
            )
            document["venue"][0]["depth"].append({"feed": "USDX", "at_1pct_usd": 5e6, "source": SOURCE})
        world = world_of(parse_market(document, "small.toml"), paths=range(4), record_every=10_000)
        run(world)
        closed.append(world.state.platforms.left_usd.sum(axis=1))
    assert closed[1] == pytest.approx(closed[0], rel=0.05)
