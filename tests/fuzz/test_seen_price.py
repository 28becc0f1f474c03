"""What an owner has who knows the next price before anybody executes his order at its own: nothing, in any design."""

from __future__ import annotations

import pytest

from sim.design import list_designs, load_design
from sim.fuzz.arena import Arena
from sim.fuzz.probes.seen_price import gained_by_a_choice
from sim.fuzz.properties import Lab

BY_REQUEST = [name for name in list_designs() if load_design(name).execution == "after_request"]


@pytest.mark.parametrize("name", BY_REQUEST)
def test_a_seen_price_is_worth_nothing(name: str) -> None:
    arena = Arena.deploy(load_design(name))
    state = arena.snapshot()
    lab = Lab(arena, state, 0, tuple(price.mid for price in state.prices), {})
    cases = [(bps, wait_s, closes) for bps in (30, 90) for wait_s in (12, 301) for closes in (False, True)]
    for bps, wait_s, closes in cases:
        for is_long in (True, False):
            with arena.probe():
                gained = gained_by_a_choice(lab, 0, bps, wait_s, closes=closes, is_long=is_long)
            assert gained is not None
            assert gained <= 0
