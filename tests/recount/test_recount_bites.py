"""A test of the test: what is wrong with the ledger the recount sees, and where."""

from __future__ import annotations

import pytest
from recount import runs
from recount.everything import differences
from recount.faults import FAULTS, Fault, planted

from sim.runs.experiment import run_task


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what.replace(" ", "_"))
def test_a_fault_of_the_ledger_is_seen(fault: Fault) -> None:
    """People act alike whatever the ledger writes: the recount is that of the run without the fault."""
    with planted(fault):
        records = run_task(runs.task(fault.design))
    assert set(fault.seen_in) - set(differences(records, runs.run(fault.design).accounts)) == set()
