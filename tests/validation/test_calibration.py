"""The calibration: where parameters are, what a surrogate knows, and that facts pin what they say and nothing else."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest

from sim.inputs.errors import InputError
from sim.scenario.extending import MARKETS as FOLDER
from sim.scenario.market import parse_market
from sim.validation.calibration import procedure, record, told
from sim.validation.calibration.moments import Moments, distance, misses, moments_of, scale_of
from sim.validation.calibration.patch import patched, undone
from sim.validation.calibration.posterior import log_posterior, log_prior, sampled
from sim.validation.calibration.priors import DEVIATION, Parameter, load_priors, now, places, prior_of, with_values
from sim.validation.calibration.procedure import Calibration, Sizes
from sim.validation.calibration.surrogate import Surrogate, fitted
from sim.validation.facts import Fact, load_facts

PRIORS = load_priors("oct_2025")
FACTS = load_facts("oct_2025")
SHIPPED = (FOLDER / "oct_2025.toml").read_text()
BEFORE = undone(SHIPPED, PRIORS.parameters, record.load_record("oct_2025"))  # what a calibration begins with
DOCUMENT = tomllib.loads(BEFORE)


def _parameter(**changes) -> Parameter:
    table = {"name": "x", "keys": ["book.exponent"], "how": "set", "low": 1.0, "high": 4.0, "scale": "log", "why": "x"}
    return Parameter(**{**table, **changes})


def _fact(value: float, tolerance: float, name: str = "recovery") -> Fact:
    return Fact(name=name, what="x", unit="%", value=value, tolerance=tolerance, mark="fit", source="x")


# ---- parameters ----


def test_every_parameter_is_somewhere_and_its_value_before_is_within_its_bounds():
    centre = PRIORS.centre(DOCUMENT)
    assert ((centre >= 0.0) & (centre <= 1.0)).all()
    for parameter in PRIORS.parameters:
        assert places(DOCUMENT, parameter) and parameter.why


@pytest.mark.parametrize(("scale", "middle"), [("log", 2.0), ("linear", 2.5)])
def test_values_and_places_are_each_others_inverse(scale, middle):
    parameter = _parameter(scale=scale)
    assert parameter.value(0.5) == pytest.approx(middle) and parameter.place(middle) == pytest.approx(0.5)
    assert [parameter.value(0.0), parameter.value(1.0)] == pytest.approx([1.0, 4.0])


def test_values_go_to_all_places_and_leave_the_document_alone():
    keys = ("platform[*].crowd[longs].leverage_median", "platform[thin].crowd[shorts].leverage_median")
    set_, times = _parameter(keys=keys[:1]), _parameter(keys=keys, how="times")
    made = with_values(DOCUMENT, (set_, times), (5.0, 2.0))
    assert tomllib.loads(BEFORE) == DOCUMENT
    for platform in made["platform"]:
        leverage = {crowd["name"]: crowd["leverage_median"] for crowd in platform["crowd"]}
        assert leverage["longs"] == 10.0, "set first, then doubled"
        before = now(DOCUMENT, _parameter(keys=(f"platform[{platform['name']}].crowd[shorts].leverage_median",)))
        assert leverage["shorts"] == before * (2.0 if platform["name"] == "thin" else 1.0)


@pytest.mark.parametrize(
    "key", ["book.exponents", "books.exponent", "platform[nobody].stop_s", "venue[*].depth[X].at_1pct_usd"]
)
def test_a_key_that_is_nowhere_is_one_clear_line(key):
    with pytest.raises(InputError, match="x: expected keys of the market file"):
        places(DOCUMENT, _parameter(keys=[key]))


def test_places_of_one_value_must_agree():
    with pytest.raises(InputError, match="one value at all its places"):
        now(DOCUMENT, _parameter(keys=["venue[*].depth[BTC].at_1pct_usd"]))


@pytest.mark.parametrize("changes", [{"low": 4.0}, {"low": 0.0}, {"keys": []}, {"how": "add"}])
def test_what_no_prior_can_be_is_refused(changes):
    with pytest.raises(ValueError):
        _parameter(**changes)


# ---- the market file ----


def _random_values() -> list[float]:
    rng = np.random.default_rng(1)
    return [float(f"{value:.4g}") for value in PRIORS.values(0.1 + 0.8 * rng.random(len(PRIORS.parameters)))]


def test_a_patched_file_is_the_market_with_the_values():
    values = _random_values()
    text = patched(BEFORE, PRIORS.parameters, values)
    read = parse_market(tomllib.loads(text), "patched").model_dump()
    meant = parse_market(with_values(DOCUMENT, PRIORS.parameters, values), "meant").model_dump()
    assert _numbers(read) == pytest.approx(_numbers(meant), rel=2e-3)


def _numbers(tables) -> list[float]:
    if isinstance(tables, dict):
        tables = list(tables.values())
    if isinstance(tables, list | tuple):
        return [number for each in tables for number in _numbers(each)]
    return [float(tables)] if isinstance(tables, float | int) else []


def test_a_patch_says_what_it_changed_and_keeps_all_else():
    text = (
        '[book]\nexponent = 0.8 # measured\nfade_s = 1\nsource = "[assumption]"\n\n[makers]\nfade_s = 1\nsource = "x"\n'
    )
    exponent, fade = _parameter(), _parameter(keys=["book.fade_s"], how="times")
    once = patched(text, (exponent,), (0.1234567,))
    assert once == text.replace("0.8 #", "0.1235 #").replace('"[assumption]"', '"calibrated: exponent; [assumption]"')
    assert patched(once, (exponent,), (0.1234567,)) == once, "what was calibrated before is not told twice"
    twice = patched(once, (fade,), (1500.0,))
    assert '"calibrated: exponent, fade_s; [assumption]"' in twice and twice.count("fade_s = 1500") == 1


def test_another_calibration_begins_where_the_last_one_did():
    kept = record.load_record("oct_2025")
    assert kept is not None and kept.is_taken
    before = parse_market(DOCUMENT, "before")
    assert before.momentum.size_depths == 1.0 and before.book.patient_share == 0.06
    again = patched(BEFORE, PRIORS.parameters, [width.after for width in kept.widths])
    assert _numbers(tomllib.loads(again)) == pytest.approx(_numbers(tomllib.loads(SHIPPED)), rel=1e-3)
    assert undone(SHIPPED, PRIORS.parameters, None) == SHIPPED


# ---- surrogate and posterior ----


def test_a_surrogate_finds_a_polynomial_and_knows_its_own_error():
    rng = np.random.default_rng(1)
    x = rng.random((400, 3))
    truth = 3.0 + 2.0 * x[:, 0] - x[:, 1] ** 2 + 4.0 * x[:, 0] * x[:, 2]
    exact = fitted(x, truth)
    assert exact.order == "products" and exact.error < 0.01
    assert exact(x) == pytest.approx(truth, abs=0.02)
    noisy = fitted(x, 3.0 + 2.0 * x[:, 0] + 0.5 * rng.normal(size=400))
    assert noisy.error == pytest.approx(0.5, rel=0.15)


def test_a_posterior_is_that_of_conjugate_normals_and_leaves_alone_what_nothing_pins():
    """One moment 10 x0 with a tolerance of .2: x0 has deviation 1 / sqrt(1 / .25^2 + 1 / .02^2), x1 its prior's."""
    surrogate = Surrogate("linear", 5.0, np.array([5.0, 0.0]), 0.0)
    centre = np.array([0.5, 0.5])
    density = log_posterior((_fact(5.4, 0.2),), (surrogate,), np.zeros(1), centre)
    rng = np.random.default_rng(1)
    start = prior_of(centre).ppf(rng.random((40, 2)))
    draws = sampled(density, start, rng)
    deviation = (DEVIATION**-2 + 0.02**-2) ** -0.5
    assert draws[:, 0].mean() == pytest.approx(0.54, abs=0.005)
    assert draws[:, 0].std() == pytest.approx(deviation, rel=0.1)
    assert draws[:, 1].std() == pytest.approx(prior_of(centre).std()[0], rel=0.1)
    assert log_prior(np.array([[0.5, 1.1]]), centre)[0] == -np.inf


def test_misses_count_tolerances_and_nothing_within_the_range():
    marked = (_fact(10.0, 2.0), Fact(**{**_fact(1.0, 0.0).model_dump(), "value": None, "low": 4.0, "high": 8.0}))
    assert [scale_of(fact) for fact in marked] == [2.0, 1.0]
    assert misses(marked, np.array([6.0, 5.0])).tolist() == [-2.0, 0.0]
    assert distance(marked, np.array([6.0, 9.0])) == pytest.approx(np.sqrt((4.0 + 1.0) / 2.0))


def test_moments_are_medians_of_facts_that_may_be_fitted():
    clock = DOCUMENT["clock"]
    short = {**DOCUMENT, "clock": {**clock, "segment": [{"until": clock["segment"][-1]["until"], "step_s": 300}]}}
    found = moments_of(short, FACTS, FACTS.marked("fit"), 1, 4)
    assert found.medians.shape == found.errors.shape == (len(FACTS.marked("fit")),)
    assert np.isfinite(found.medians).all() and (found.errors >= 0.0).all()


# ---- the procedure ----

TOY = Sizes(first=64, waves=2, points=40, paths=4, first_paths=4, candidates=8, candidate_paths=4)


@pytest.fixture
def toy(monkeypatch) -> Calibration:
    """Moments that are linear in the first parameters; nothing is simulated."""
    asked: list[str] = []

    def made_up(document, facts, marked, seed, paths) -> Moments:
        asked.extend(fact.mark for fact in marked)
        assert seed == PRIORS.seed
        at = np.array([parameter.place(_value(document, parameter)) for parameter in PRIORS.parameters[5:8]])
        medians = np.array([np.mean(fact.range) for fact in marked])
        scale = np.array([scale_of(fact) for fact in marked])
        off = np.concatenate([at - [0.3, 0.5, 0.8], np.zeros(len(marked) - 3)])
        return Moments(medians + 20.0 * scale * off, np.zeros(len(marked)))

    monkeypatch.setattr(procedure, "moments_of", made_up)
    made = Calibration(DOCUMENT, FACTS, PRIORS, TOY, 1, lambda done, total: None)
    made.asked = asked
    return made


def _value(document, parameter) -> float:
    return places(document, parameter)[0][0][places(document, parameter)[0][1]]


def test_the_procedure_finds_what_facts_say_and_leaves_the_rest_where_it_was(toy):
    found = toy.run()
    assert set(toy.asked) == {"fit"}, "no other fact is ever looked at"
    assert found.place[5:8] == pytest.approx([0.3, 0.5, 0.8], abs=0.06)
    widths = {each.name: each for each in record.widths_of(PRIORS, toy.centre, found.place, found.draws)}
    names = [parameter.name for parameter in PRIORS.parameters]
    assert all(widths[name].verdict == "pinned" for name in names[5:8])
    rest = [widths[name].width for i, name in enumerate(names) if not 5 <= i < 8]
    assert np.median(rest) == pytest.approx(1.0, abs=0.15) and min(rest) > record.PINNED
    again = Calibration(DOCUMENT, FACTS, PRIORS, TOY, 1, lambda done, total: None).run()
    assert (again.place == found.place).all(), "the same seed, the same outcome"


def test_a_record_says_the_same_after_it_was_written(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    parameters, marked = len(PRIORS.parameters), FACTS.marked("fit")
    draws = rng.random((500, parameters))
    draws[:, 1] = draws[:, 0]
    centre = PRIORS.centre(DOCUMENT)
    made = record.Record(
        made_by="scripts/calibrate.py",
        runs=3,
        seeds=(2, 3),
        paths=48,
        distance_before=2.0,
        distance_after=1.0,
        is_taken=True,
        width=record.widths_of(PRIORS, centre, centre, draws),
        trade=record.trades_of(PRIORS, draws),
        fit=record.fits_of(marked, np.ones(len(marked)), np.ones(len(marked)), np.ones(len(marked))),
    )
    assert [(trade.one, trade.other) for trade in made.trades] == [("news size", "beta of SOL")]
    monkeypatch.setattr(record, "FOLDER", tmp_path)
    (tmp_path / "oct_2025").mkdir()
    assert record.load_record("oct_2025") is None
    record.file_of("oct_2025").write_text(record.text_of(made))
    assert record.load_record("oct_2025") == made
    page = "\n".join(told.sections_of(made))
    assert "2 before, 1 after. It was taken over." in page
    assert all(parameter.name in page for parameter in PRIORS.parameters)
