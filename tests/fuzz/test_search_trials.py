"""What a trial counts as a gain: neither what time brings while requests wait, nor what an absent keeper allows."""

from __future__ import annotations

import pytest

from sim.chain.failures import OK
from sim.design import load_design
from sim.fuzz.orders import LIMIT
from sim.fuzz.search import attended, desk
from sim.fuzz.search.confirm import staged_on_bytecode
from sim.fuzz.search.genes import PICKS, Gene
from sim.fuzz.search.harm import ways_out
from sim.fuzz.search.play import MOST_WAIT_S, Player
from sim.fuzz.search.scenes import SCENES
from sim.fuzz.search.trial import ROUNDING_USD_WAD, Outcome, Place, Trial, prepare

WAD = 10**18
TEN_DAYS, ALL_OF_IT = 6, 3  # a wait; all of the notional as margin
SHORT = 1


def gene(kind: str, *picks: int, size: float = 0.0) -> Gene:
    return Gene(kind, (*picks, *[0] * (PICKS - len(picks))), size)


def trial_in(place: Place) -> Trial:
    trial = prepare(load_design("breakwater"), place)
    assert trial is not None
    return trial


def dies_of_fees(trial: Trial) -> Outcome:
    """As large a short as fits, with as little margin as is accepted, and thirty days."""
    return trial.play((gene("open", 0, 0, SHORT), *[gene("wait", TEN_DAYS)] * 3, gene("sweep")))


#: A search of a state that nobody can bring about any more finds nothing, for ever.
REACHED = {
    **dict.fromkeys(("quiet", "sole", "crowded", "one-sided", "landlord", "long-below", "short-below"), "breakwater"),
    **dict.fromkeys(("longs-won", "shorts-won", "deficit", "breaker", "owed"), "breakwater"),
    "budget": "pdlp_paper",
    "wide": "gmx_v2",
}


def test_every_state_is_reached_in_some_design() -> None:
    assert set(REACHED) == {scene.name for scene in SCENES}
    places = [(REACHED[scene.name], Place(scene.name, 0, kind, 100)) for scene in SCENES for kind in scene.kinds]
    assert [place for design, place in places if prepare(load_design(design), place) is None] == []


def test_a_keeper_comes_before_an_account_of_a_sole_provider_dies_of_fees() -> None:
    trial = trial_in(Place("sole", 0, "days", 0))
    outcome = dies_of_fees(trial)
    assert outcome.usd_wad <= ROUNDING_USD_WAD
    assert any(attended.is_by_keeper(act) for act in outcome.acts)


def test_without_a_keeper_insurance_pays_the_sole_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attended, "LOOK_S", MOST_WAIT_S)
    assert dies_of_fees(trial_in(Place("sole", 0, "days", 0))).usd_wad > 10_000 * WAD


def test_a_keeper_releases_the_orders_that_would_keep_him_from_liquidating() -> None:
    trial = trial_in(Place("sole", 0, "days", 0))
    stage, account = trial.stage, trial.stage.main[0]
    k = stage.cash(0)
    assert desk.enter(stage, account, 0, -1_000_000.0, 0.035) == OK
    unit = stage.units(k, 1.0)
    assert stage.call("deposit_collateral", "traders", account, k, 30 * unit) == OK
    far_usd_wad = stage.truth[stage.facts.markets[0].feed] // 2
    order = (0, LIMIT, WAD // 100, far_usd_wad, desk.NO_LIMIT_WAD, 0, k, 20 * unit, unit, 0)
    assert stage.call("place", "traders", account, *order) == OK
    attended.pass_attended(stage, (account,), 30 * 86_400)
    verbs = [act.verb for act in stage.acts if attended.is_by_keeper(act)]
    assert verbs[:2] == ["release", "liquidate"]


@pytest.mark.parametrize("scene", ["long-below", "short-below"])
def test_what_a_position_owes_while_requests_wait_is_no_gain_of_theirs(scene: str) -> None:
    requests = (gene("mint", 3, size=9.0), gene("again", 0, 4))
    outcome = trial_in(Place(scene, 0, "block", 0)).play((gene("leave", 1), gene("close"), *requests))
    assert sum(act.seconds for act in outcome.acts) > 10
    assert outcome.usd_wad <= ROUNDING_USD_WAD


def test_who_lends_gains_nothing_by_an_outsider_who_leaves_after_requests() -> None:
    requests = (gene("open", 0, 0, SHORT, size=9.0), gene("close"), gene("again", 1, 4))
    outcome = trial_in(Place("landlord", 0, "carry", 0)).play(
        (*[gene("wait", TEN_DAYS)] * 2, *requests, gene("leave", 0))
    )
    assert outcome.usd_wad <= ROUNDING_USD_WAD


def test_a_short_that_comes_when_longs_have_left_earns_no_more_than_the_pool_was_owed() -> None:
    lag = (gene("leave", 0), gene("open", 0, 0, SHORT, ALL_OF_IT, size=4.0), gene("wait", TEN_DAYS))
    trial = trial_in(Place("one-sided", 2, "carry", 0))
    outcome = trial.play(lag)
    assert outcome.usd_wad <= ROUNDING_USD_WAD
    assert outcome.usd_wad + outcome.played.carried_usd_wad > WAD  # the rate has not turned yet


@pytest.mark.parametrize(("most_bps", "gains"), [(8, False), (50, True)])
def test_who_balances_before_others_leave_gains_nothing_that_his_fees_do_not_take(most_bps: int, gains: bool) -> None:
    design = load_design("breakwater", [f"price_impact.maximum_bps={most_bps}"])
    trial = prepare(design, Place("longs-won", 2, "block", 0))
    assert trial is not None
    balance = gene("open", 0, 0, SHORT, ALL_OF_IT, size=4.0)
    outcome = trial.play((balance, gene("leave", 0), gene("leave", 1), gene("leave", 2)))
    assert (outcome.usd_wad > ROUNDING_USD_WAD) is gains


def test_impact_is_never_above_the_fee_of_a_trade() -> None:
    design = load_design("breakwater")
    assert design.policies["price_impact"].parameters["maximum_bps"] <= min(
        market.trade_fee_bps for market in design.markets
    )


@pytest.mark.parametrize(
    ("place", "genome"),
    [
        (Place("long-below", 0, "block", 0), (gene("leave", 1), gene("close"))),
        (Place("sole", 0, "days", 0), (gene("open", 0, 0, SHORT), gene("wait", TEN_DAYS))),
    ],
    ids=lambda each: each.scene if isinstance(each, Place) else "",
)
def test_bytecode_comes_to_the_same(place: Place, genome: tuple[Gene, ...]) -> None:
    trial = trial_in(place)
    outcome = trial.play(genome)
    on_bytecode = trial.elsewhere(lambda: staged_on_bytecode(load_design("breakwater"), trial))
    assert on_bytecode.remake(outcome.acts, outcome).usd_wad == outcome.usd_wad


def test_what_a_breaker_closes_for_a_time_is_open_afterwards_without_anybodys_doing() -> None:
    """Requests take time; in five minutes the price has stood still, whoever called."""
    trial = trial_in(Place("breaker", 0, "shut", 0))
    made = len(trial.stage.acts)
    player = Player(trial.stage, trial.world, set())
    player.move()
    for seconds, are_open in ((5, False), (600, True)):
        trial.stage.report(trial.stage.truth, seconds)
        assert (OK in ways_out(trial.stage, shut=True).values()) == are_open
    acts = tuple(trial.stage.acts[made:])
    assert trial.remake(acts, Outcome(0, (), acts, player.played, 1)).harms == ()
