"""Facts: what the file may say, and which of them a fit may never see."""

from __future__ import annotations

import pytest

from sim.inputs.errors import InputError
from sim.scenario.extending import MARKETS as FOLDER
from sim.scenario.market import load_market
from sim.validation.facts import Fact, load_facts
from sim.validation.measures import MEASURES, check_names

SHIPPED = FOLDER / "oct_2025" / "facts.toml"
#: What must never be fitted.
CHECKED = {
    "forty_minute_share",
    "open_interest_fall",
    "first_deleveraging",
    "alts_thin_fall",
    "recovery",
    "btc_spot_fall",
    "btc_perp_fall",
}
FACT = {"name": "recovery", "what": "x", "unit": "%", "value": 1.0, "tolerance": 0.1, "mark": "fit", "source": "x"}


def test_every_shipped_fact_has_a_source_a_mark_and_a_measure():
    facts = load_facts("oct_2025")
    check_names(facts, load_market(facts.scenario), "facts.toml")
    assert {fact.name for fact in facts.facts} == set(MEASURES)
    assert all(fact.source and fact.what for fact in facts.facts)


def test_what_must_not_be_fitted_is_not():
    facts = load_facts("oct_2025")
    assert {fact.name for fact in facts.marked("check")} >= CHECKED
    assert {fact.name for fact in facts.marked("fit")}.isdisjoint(CHECKED)
    assert facts.inputs, "figures without a source are listed, and are no facts"


def test_a_miss_is_the_distance_from_what_was_published():
    fact = Fact(**{key: value for key, value in FACT.items() if key != "value"}, low=2.0, high=3.0)
    assert [fact.miss(x) for x in (1.0, 2.5, 3.5)] == [-1.0, 0.0, 0.5]
    assert fact.accepted == (pytest.approx(1.9), pytest.approx(3.1))
    assert Fact(**{**FACT, "value": None}, low=2.0).miss(99.0) == 0.0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": None}, "value: expected either a value or a range"),
        ({"low": 1.0}, "value: expected either a value or a range"),
        ({"value": None, "low": 3.0, "high": 2.0}, "high: expected more than low = 3.0"),
        ({"is_confirmed": False}, "mark: expected check"),
        ({"mark": "target"}, "mark: expected 'fit' or 'check'"),
        ({"tolerance": -1.0}, "tolerance: expected a number of at least 0"),
        ({"weight": 1.0}, "one of the keys name, what"),
    ],
)
def test_what_no_fact_can_be_is_one_clear_line(change, message, tmp_path):
    table = {key: value for key, value in {**FACT, **change}.items() if value is not None}
    text = SHIPPED.read_text().partition("# ---- fit")[0] + "[[fact]]\n"
    text += "".join(
        f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}\n" for key, value in table.items()
    )
    (tmp_path / "facts.toml").write_text(text)
    with pytest.raises(InputError) as error:
        load_facts(tmp_path / "facts.toml")
    assert message in str(error.value) and "fact[0]" in str(error.value) and "\n" not in str(error.value)


def test_a_market_without_facts_is_one_clear_line():
    with pytest.raises(InputError, match="expected a market with facts .oct_2025., or a TOML file"):
        load_facts("nowhere")


@pytest.mark.parametrize(
    ("old", "new", "key"), [('thin = "thin"', 'thin = "thick"', "who.thin"), ('"sol_spot_fall"', '"x"', "fact[0].name")]
)
def test_who_is_meant_must_be_there(old, new, key, tmp_path):
    (tmp_path / "facts.toml").write_text(SHIPPED.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=key.replace("[", r"\[")):
        check_names(load_facts(tmp_path / "facts.toml"), load_market("oct_2025"), "facts.toml")
