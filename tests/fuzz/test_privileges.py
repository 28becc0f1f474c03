"""The table of privileges: complete by the ABIs, and true of every line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from fuzz.faults import named
from fuzz.patched import compile_patched, deployed_instead

from sim.design import load_design
from sim.fuzz import catalogue
from sim.fuzz.arena import Arena
from sim.fuzz.privileges import BRAKE_S, NOTICE_S, OPEN, PRIVILEGES, SOURCES, functions
from sim.fuzz.probes.privileges import tried_first, tries
from sim.fuzz.properties import Broken, Lab
from sim.fuzz.trading import trade
from sim.inputs.compiler import artifact

PROBE = "AC-07"


def test_every_function_that_only_a_role_may_call_is_in_the_table_and_no_other():
    assert {(target, entry["name"]) for target, entry in functions()} == set(PRIVILEGES)


def test_what_anybody_may_call_exists():
    for target, names in OPEN.items():
        abi = artifact(SOURCES[target]).abi
        assert names <= {entry["name"] for entry in abi if entry["type"] == "function"}


def test_what_is_sudden_is_a_name_a_word_or_a_safety_action_that_ends():
    for (target, name), entry in PRIVILEGES.items():
        if target != "controller" or not entry.is_sudden:
            continue
        is_harmless = name in ("bind", "bind_doctor", "seal", "nominate_admin", "accept_admin", "set_guardian")
        if name == "replace_failed":  # sudden, and only while a rule fails: the doctor alone calls it
            assert entry.who == "the doctor"
            continue
        assert is_harmless or name.startswith("announce_") or (entry.is_safety and entry.lasts_s == BRAKE_S), name


def test_every_setter_waits_for_its_notice():
    setters = {name for target, name in PRIVILEGES if target == "controller" and name.startswith("set_")}
    announced = {name for name in setters if PRIVILEGES["controller", name].notice_s == NOTICE_S}
    assert setters - announced == {"set_guardian", "set_mode", "set_reduce_only"}


def tried(name: str, functions_tried: frozenset[str] | None = None) -> Counter[str]:
    """How often each function of the controller did something: every field, many values, one state with positions."""
    arena = Arena.deploy(load_design(name))
    facts = arena.facts
    k = facts.markets[0].assets[1]
    for n, account in enumerate(facts.trader_ids):
        assert arena.call("deposit_collateral", "traders", account, k, 10_000 * 10**6).accepted
        size = (1 if n % 2 else -1) * 60_000 * 10**36 // arena.reader.prices()[facts.markets[0].feed].mid
        truth = tuple(price.mid for price in arena.reader.prices())
        assert trade(Lab(arena, arena.snapshot(), 0, truth, {}), account, 0, size).accepted
    state = arena.snapshot()
    truth = tuple(price.mid for price in state.prices)
    probe = catalogue.PROPERTIES[PROBE].probe
    assert probe is not None
    hits: Counter[str] = Counter()
    names = [entry["name"] for entry, _ in tries()]
    first = tried_first(state.time_s)
    for turn in range(len(names) * 15):
        function = names[(first + turn) % len(names)]
        if functions_tried is None or function in functions_tried:
            with arena.probe():
                hits[function] += probe(Lab(arena, state, turn, truth, {}))
    return hits


@pytest.mark.parametrize("name", ["breakwater", "glp"])
def test_a_role_does_no_more_than_the_table_says(name: str):
    hits = tried(name)
    # Nothing here counts for nothing, and no price is lost for days: the probe of settlements waits for that.
    names = {entry["name"] for entry, _ in tries()}
    setters = {each for each in names if PRIVILEGES["controller", each].notice_s} - {"unlist_asset", "settle_market"}
    assert {each for each in setters if not hits[each]} == set()


def test_a_haircut_that_moves_as_far_as_it_likes_is_seen(tmp_path: Path):
    fault = named("a haircut moves as far as it likes")
    patched = compile_patched(fault.shell, fault.patches, tmp_path)
    with deployed_instead(fault.shell, patched), pytest.raises(Broken, match="set_asset"):
        tried("breakwater", frozenset({"set_asset"}))
