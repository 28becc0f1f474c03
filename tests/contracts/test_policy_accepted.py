"""What a constructor accepts, works: nothing that can be reached makes a rule panic, or answer beyond its bounds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from contracts.accepted import accepted, in_designs, places, reach, reachable
from contracts.bare import MAX_RATE_WAD_PER_S, WAD, Policy
from contracts.test_policy_bounds import POLICIES
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.inputs.compiler import CONTRACTS

SETTINGS = settings(max_examples=10, deadline=None, derandomize=True)
MOST_WAD = WAD // 10  # fees, impact and charges
CLOSABLE = 0b101111
VIEWS = {
    path.parent.name: re.findall(r"^def (\w+)\(", (CONTRACTS / "interfaces" / name).read_text(), re.MULTILINE)
    for path, name in (
        (path, "I" + "".join(part.title() for part in path.parent.name.split("_")) + ".vyi") for path in POLICIES
    )
}


def _is_within(function: str, given: list[Any], answer: Any) -> bool:
    """Whether an answer is one that the contracts take as it is."""
    if function == "rates":
        return all(0 <= rate <= MAX_RATE_WAD_PER_S for rate in answer[:2])
    if function == "rate":
        return abs(answer[0]) <= MAX_RATE_WAD_PER_S
    if function == "fill_price":
        base = given[1]
        return abs(answer[0] - base) <= base * MOST_WAD // WAD
    if function == "requirement":
        initial, maintenance = answer
        return maintenance <= initial <= sum(given[0]) + 8 + 10**6 * WAD
    if function == "plan":
        charges = answer.fee_wad + answer.penalty_wad + answer.keeper_wad
        return charges <= MOST_WAD and answer.keeper_usd_wad <= 100 * WAD and answer.close_wad <= WAD
    if function == "closed":
        return answer[0] & ~CLOSABLE == 0
    return True


@pytest.mark.parametrize("source", POLICIES, ids=lambda path: path.stem)
def test_every_accepted_parameter_works_for_every_reachable_argument(source: Path) -> None:
    @SETTINGS
    @given(data=st.data())
    def works(data: st.DataObject) -> None:
        arguments = data.draw(accepted(source), label="constructor")
        policy = Policy(source, *arguments)
        for function in VIEWS[source.parent.name]:
            call = data.draw(reachable(source, function), label=function)
            answer = policy.call(function, *call)  # Refused, where it reverts
            assert _is_within(function, call, answer), answer

    works()


@pytest.mark.parametrize("source", POLICIES, ids=lambda path: path.stem)
def test_every_number_of_a_constructor_has_a_bound_of_its_own(source: Path) -> None:
    """None goes on to the end of the word; a bitmap of assets is none."""
    names = [name for name, _ in Policy(source, *in_designs(source)[0]).code.constructor]
    for arguments in in_designs(source):
        for place in places(arguments):
            if names[place[0]] != "stable_assets":
                assert max(reach(source, arguments, place)) <= 10**15 * WAD, names[place[0]]
