"""RiskController: what is tightened at once lasts three days, once in a week, and comes back whole."""

from __future__ import annotations

import pytest
from contracts.codes import happy, refuses
from contracts.governed import DAY_S, change, unsealed
from contracts.stage import BTC, ETH, MAX_UINT, NORMAL, PAUSED, REDUCE_ONLY, USDC_1, WAD, Stage, event

from contracts import governed

WHOLE_POOL = 8
CAP_USD_WAD = 500_000_000 * WAD


@pytest.fixture
def stage() -> Stage:
    """The keeper is the guardian, and markets have caps."""
    stage = Stage("market.BTC.max_open_interest_usd=500_000_000")
    stage.controller.send("set_guardian", stage.address("keeper"), by="admin")
    return stage


def braked(stage: Stage, subject: int, is_on: bool = True, is_stopped: bool = False, before: int = 0):
    brake = (stage.controller.read("brake_of", subject).began_s, is_on, is_stopped, before)
    return event("BrakeChanged", subject=subject, brake=brake)


def cap(stage: Stage) -> int:
    return stage.market.read("market_params", BTC).max_open_interest_usd_wad


# ------------------------------------------------------------------ the mode


@happy("set_mode")
@happy("market.set_mode")
def test_the_guardian_tightens_and_the_admin_does_both(stage: Stage) -> None:
    def refusal(mode: int, by: str) -> str:
        return stage.controller.refusal("set_mode", mode, by=by)

    assert refusal(NORMAL, "keeper") == "ACCESS_NOT_GUARDIAN"
    assert refusal(REDUCE_ONLY, "keeper") == "OK"
    assert refusal(REDUCE_ONLY, "keeper") == "ACCESS_NOT_GUARDIAN"
    receipt = stage.controller.send("set_mode", PAUSED, by="keeper")
    assert receipt.events == (braked(stage, WHOLE_POOL), event("ModeChanged", mode=PAUSED))
    assert refusal(REDUCE_ONLY, "keeper") == "ACCESS_NOT_GUARDIAN"
    receipt = stage.controller.send("set_mode", NORMAL, by="admin")
    assert receipt.events == (braked(stage, WHOLE_POOL, is_on=False), event("ModeChanged", mode=NORMAL))
    assert stage.market.read("mode") == NORMAL


@refuses("set_mode", "ACCESS_UNKNOWN_MODE")
@refuses("announce_mode", "ACCESS_UNKNOWN_MODE")
@pytest.mark.parametrize("mode", [3, MAX_UINT])
@pytest.mark.parametrize("verb", ["set_mode", "announce_mode"])
def test_there_are_three_modes(stage: Stage, mode: int, verb: str) -> None:
    assert stage.controller.refusal(verb, mode, by="admin") == "ACCESS_UNKNOWN_MODE"


@refuses("set_mode", "ACCESS_NOT_SEALED")
def test_a_pool_that_is_being_set_up_has_no_other_mode(stage: Stage) -> None:
    controller, market, _ = unsealed(stage)
    assert controller.refusal("set_mode", NORMAL, by="admin") == "ACCESS_NOT_SEALED"
    assert market.read("mode") == 3


@happy("end_brake")
@refuses("end_brake", "ACCESS_TOO_SOON")
@pytest.mark.parametrize("by", ["keeper", "admin"])
def test_a_pause_lasts_three_days_and_anybody_ends_it(stage: Stage, by: str) -> None:
    assert stage.controller.refusal("end_brake", WHOLE_POOL, by="stranger") == "ACCESS_TOO_SOON"
    stage.controller.send("set_mode", REDUCE_ONLY, by=by)
    stage.advance(DAY_S)
    stage.controller.send("set_mode", PAUSED, by=by)  # tighter, not longer
    stage.advance(2 * DAY_S - 1)
    assert stage.controller.refusal("end_brake", WHOLE_POOL, by="stranger") == "ACCESS_TOO_SOON"
    stage.advance(1)
    receipt = stage.controller.send("end_brake", WHOLE_POOL, by="stranger")
    assert receipt.events == (event("ModeChanged", mode=NORMAL), braked(stage, WHOLE_POOL, is_on=False))
    assert stage.controller.refusal("end_brake", WHOLE_POOL, by="stranger") == "ACCESS_TOO_SOON"


@refuses("set_mode", "ACCESS_TOO_SOON")
def test_a_pause_begins_once_in_a_week(stage: Stage) -> None:
    """Whether it was ended early or not: at most three days of seven are closed."""
    for _ in range(2):
        stage.controller.send("set_mode", PAUSED, by="keeper")
        stage.controller.send("set_mode", NORMAL, by="admin")
        stage.advance(3 * DAY_S - 1)
        stage.controller.send("set_mode", PAUSED, by="keeper")
        stage.advance(1)
        stage.controller.send("end_brake", WHOLE_POOL, by="stranger")
        for by in ("keeper", "admin"):
            assert stage.controller.refusal("set_mode", PAUSED, by=by) == "ACCESS_TOO_SOON"
        stage.advance(4 * DAY_S - 1)
        assert stage.controller.refusal("set_mode", REDUCE_ONLY, by="keeper") == "ACCESS_TOO_SOON"
        stage.advance(1)


@happy("announce_mode")
def test_an_announced_mode_lasts(stage: Stage) -> None:
    stage.controller.send("set_mode", PAUSED, by="keeper")
    assert change(stage, "set_mode", PAUSED) == "OK"  # the admin confirms it
    stage.advance(30 * DAY_S)
    assert stage.controller.refusal("end_brake", WHOLE_POOL, by="stranger") == "ACCESS_TOO_SOON"
    assert stage.market.read("mode") == PAUSED
    assert stage.controller.refusal("set_mode", NORMAL, by="admin") == "OK"


def test_a_pause_ends_in_the_mode_that_was_announced(stage: Stage) -> None:
    assert change(stage, "set_mode", REDUCE_ONLY) == "OK"
    stage.controller.send("set_mode", PAUSED, by="keeper")
    stage.advance(3 * DAY_S)
    stage.controller.send("end_brake", WHOLE_POOL, by="stranger")
    assert stage.market.read("mode") == REDUCE_ONLY


# ------------------------------------------------------------------ a market


@happy("set_reduce_only")
@refuses("set_reduce_only", "MARKET_NOT_LISTED")
@refuses("set_reduce_only", "ACCESS_TOO_SOON")
def test_the_guardian_stops_a_markets_growth_and_the_admin_lets_it_grow(stage: Stage) -> None:
    refusal = stage.controller.refusal
    assert refusal("set_reduce_only", 3, True, by="keeper") == "MARKET_NOT_LISTED"
    receipt = stage.controller.send("set_reduce_only", BTC, True, by="keeper")
    params = governed.market(stage, BTC, is_reduce_only=True)
    changed = event("MarketChanged", market=BTC, params=params)
    assert receipt.events == (braked(stage, BTC, is_stopped=True), changed)
    assert refusal("set_reduce_only", BTC, False, by="keeper") == "ACCESS_NOT_GUARDIAN"
    assert refusal("set_reduce_only", BTC, False, by="admin") == "OK"
    assert refusal("set_reduce_only", BTC, True, by="admin") == "OK"
    stage.advance(3 * DAY_S)
    stage.controller.send("end_brake", BTC, by="stranger")
    assert not stage.market.read("market_params", BTC).is_reduce_only
    assert refusal("set_reduce_only", BTC, True, by="admin") == "ACCESS_TOO_SOON"
    assert refusal("set_reduce_only", ETH, True, by="keeper") == "OK"  # each market has a brake of its own


def test_a_stop_that_the_admin_announces_lasts(stage: Stage) -> None:
    stage.controller.send("set_reduce_only", BTC, True, by="keeper")
    assert change(stage, "set_market", BTC, governed.market(stage, BTC)) == "OK"
    stage.advance(3 * DAY_S)
    assert stage.controller.refusal("end_brake", BTC, by="stranger") == "ACCESS_TOO_SOON"
    assert stage.market.read("market_params", BTC).is_reduce_only


@happy("lower_open_interest_cap")
@refuses("lower_open_interest_cap", "MARKET_BAD_PARAMS")
@refuses("lower_open_interest_cap", "MARKET_NOT_LISTED")
def test_admin_and_guardian_lower_a_cap_at_once_and_never_raise_it(stage: Stage) -> None:
    def refusal(usd: int, m: int = BTC, by: str = "keeper") -> str:
        return stage.controller.refusal("lower_open_interest_cap", m, usd, by=by)

    top, least = cap(stage), stage.market.read("market_params", BTC).min_position_usd_wad
    assert refusal(top - 1, m=3) == "MARKET_NOT_LISTED"
    for by in ("keeper", "admin"):
        assert refusal(top, by=by) == "MARKET_BAD_PARAMS"
        assert refusal(least - 1, by=by) == "MARKET_BAD_PARAMS"
    assert refusal(top - 1, by="admin") == "OK"
    receipt = stage.controller.send("lower_open_interest_cap", BTC, least, by="keeper")
    params = governed.market(stage, BTC, max_open_interest_usd_wad=least)
    assert receipt.events == (braked(stage, BTC, before=top), event("MarketChanged", market=BTC, params=params))
    assert refusal(least) == "MARKET_BAD_PARAMS"


@pytest.mark.parametrize("least", [0, 10 * WAD])
def test_a_cap_comes_back_whole_after_the_ordinary_notice(stage: Stage, least: int) -> None:
    """500 M USD cut to 10 USD took 44 days, and to zero for ever."""
    stage.change_market(BTC, min_position_usd_wad=least)
    stage.controller.send("lower_open_interest_cap", BTC, 10**6 * WAD, by="keeper")
    stage.controller.send("lower_open_interest_cap", BTC, least, by="keeper")
    beyond = governed.market(stage, BTC, max_open_interest_usd_wad=CAP_USD_WAD + 1)
    assert change(stage, "set_market", BTC, beyond) == "ACCESS_STEP_TOO_LARGE"
    back = governed.market(stage, BTC, max_open_interest_usd_wad=CAP_USD_WAD)
    assert change(stage, "set_market", BTC, back) == "OK"
    assert cap(stage) == CAP_USD_WAD


def test_a_cap_may_come_back_in_parts(stage: Stage) -> None:
    stage.controller.send("lower_open_interest_cap", BTC, 10 * WAD, by="keeper")
    for usd in (100_000_000, 500_000_000):
        params = governed.market(stage, BTC, max_open_interest_usd_wad=usd * WAD)
        assert change(stage, "set_market", BTC, params) == "OK"
    stage.change_market(BTC, max_open_interest_usd_wad=10 * WAD)
    params = governed.market(stage, BTC, max_open_interest_usd_wad=CAP_USD_WAD)
    assert change(stage, "set_market", BTC, params) == "ACCESS_STEP_TOO_LARGE"  # there was no other cut


@refuses("lower_open_interest_cap", "ACCESS_TOO_SOON")
def test_a_cut_that_nobody_announces_ends_after_three_days(stage: Stage) -> None:
    stage.controller.send("lower_open_interest_cap", BTC, 10 * WAD, by="keeper")
    stage.advance(3 * DAY_S)
    stage.controller.send("end_brake", BTC, by="stranger")
    assert cap(stage) == CAP_USD_WAD
    assert stage.controller.refusal("lower_open_interest_cap", BTC, WAD * 10, by="keeper") == "ACCESS_TOO_SOON"
    stage.advance(4 * DAY_S)
    assert stage.controller.refusal("lower_open_interest_cap", BTC, WAD * 10, by="keeper") == "OK"


# ------------------------------------------------------------------ zero is no trap


@pytest.mark.parametrize(
    ("setter", "name", "most"),
    [
        ("set_market", "max_open_interest_usd_wad", 10_000 * WAD),
        ("set_market", "max_open_interest_share_wad", WAD // 20),
        ("set_asset", "max_pool", 2 * 10**7),  # 0.2 BTC
    ],
)
def test_what_moves_by_a_share_of_itself_leaves_zero_by_a_hundredth_of_the_pool(
    stage: Stage, setter: str, name: str, most: int
) -> None:
    stage.seed(0, 0, 0, 10**6 * USDC_1)
    if setter == "set_market":
        stage.change_market(BTC, min_position_usd_wad=0, **{name: 0})
        terms = governed.market
    else:
        stage.change_asset(BTC, buffer=0, **{name: 0})
        terms = governed.asset
    assert change(stage, setter, BTC, terms(stage, BTC, **{name: most + 1})) == "ACCESS_STEP_TOO_LARGE"
    assert change(stage, setter, BTC, terms(stage, BTC, **{name: most})) == "OK"


def test_what_swaps_must_leave_grows_by_a_twentieth_of_what_is_there(stage: Stage) -> None:
    stage.seed(10**9, 0, 0, 0)
    assert governed.asset(stage, BTC)[-1] == 0
    for units, said in ((5 * 10**7 + 2, "ACCESS_STEP_TOO_LARGE"), (5 * 10**7 + 1, "OK")):
        assert change(stage, "set_asset", BTC, governed.asset(stage, BTC, buffer=units)) == said
