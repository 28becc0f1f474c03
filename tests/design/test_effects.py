"""Every parameter of every rule of every shipped design does what its key and its unit say."""

from __future__ import annotations

import pytest
from design.effects import closing, fees, margins, rates
from design.effects.table import EFFECTS, Case

from sim.design import SLOTS, list_designs, load_design

FAMILIES = (closing, fees, margins, rates)
CASES = [
    (name, slot, key)
    for name in list_designs()
    for slot in SLOTS
    for key in load_design(name).policies[slot].parameters
]


@pytest.mark.parametrize(("name", "slot", "key"), CASES)
def test_a_parameter_does_what_its_unit_says(name: str, slot: str, key: str) -> None:
    design = load_design(name)
    choice = design.policies[slot]
    EFFECTS[f"{slot}.{choice.policy}.{key}"](Case(design, slot, key, choice.parameters[key]))


def test_every_effect_is_of_a_parameter_that_a_design_has() -> None:
    known = {f"{slot}.{load_design(name).policies[slot].policy}.{key}" for name, slot, key in CASES}
    assert set(EFFECTS) == known and len(FAMILIES) == 4
