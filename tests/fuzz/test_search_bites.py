"""What nobody's sums object to is found by looking for profit, or for harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from fuzz.faults.searched import SEARCHED, Searched
from fuzz.patched import contracts_instead

from sim.chain.evm import EvmChain
from sim.chain.tape import load, play
from sim.design import load_design
from sim.fuzz.search.hunt import search

SEED = 1


@pytest.mark.long
@pytest.mark.parametrize("fault", SEARCHED, ids=lambda fault: fault.name)
def test_a_fault_is_found_and_its_tape_plays_again(fault: Searched, tmp_path: Path) -> None:
    with contracts_instead(fault.patches, tmp_path):
        finding = search(
            load_design(fault.design, fault.knobs), fault.place, SEED, fault.sequences, None, tmp_path
        ).finding
        assert finding is not None, "not found"
        assert finding.property_id == fault.found_as
        assert finding.usd >= fault.least_usd
        chain, differences = play(load(finding.tape), EvmChain)
        chain.close()
    assert differences == []
