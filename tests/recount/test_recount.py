"""The simulator does not judge itself: every measure of a run comes out of its tape again, by other code.

The tape is read by other decoders and played on bytecode; state comes from plain views, sums are exact. What the ledger
says has to be the same to the tolerance that stands beside each recount.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from recount import runs
from recount.account import NONE, Account
from recount.everything import PROVIDERS_PARTS, REPLAYED, SUMS, TOLERANCES, differences
from recount.facts import facts
from recount.of_traders import owned

from sim.risk.measures import by_key


def test_every_registered_measure_is_recounted() -> None:
    assert set(SUMS) == {measure.key for measure in REPLAYED}
    assert set(TOLERANCES) == set(SUMS)


def test_no_tolerance_is_above_a_millionth() -> None:
    assert all(each.absolute <= 1e-6 and each.relative <= 1e-6 for each in TOLERANCES.values())


@pytest.mark.parametrize("name", runs.names())
def test_measures_are_what_the_tape_comes_to(name: str) -> None:
    found = runs.run(name)
    assert differences(found.records, found.accounts) == {}


@pytest.mark.parametrize("name", runs.names())
def test_rows_add_up_exactly(name: str) -> None:
    """Without any rounding in the recount of a provider and of insurance; accounts' worths are rounded to the wei."""
    for account in runs.run(name).accounts:
        _add_up(account)


def _add_up(account: Account) -> None:
    assert sum((part(account) for part in PROVIDERS_PARTS), NONE) == SUMS["lp_result_usd"](account)
    insurance = {part: SUMS[f"insurance_{part}_usd"](account) for part in ("received", "used", "positions", "prices")}
    insurance["used"] *= -1
    assert sum(insurance.values(), NONE) == SUMS["insurance_result_usd"](account)
    gone = (SUMS[f"trader_{part}_usd"](account) for part in ("to_pool", "to_insurance", "to_keepers", "kept"))
    unbooked = owned(account, account.story.end, sign=-1) - owned(account, account.story.start, sign=-1)
    result = SUMS["trader_prices_usd"](account) - sum(gone, NONE) + unbooked
    assert abs(result - SUMS["trader_result_usd"](account)) < Fraction(1, 10**9)


@pytest.mark.parametrize("name", runs.names())
def test_rows_of_the_simulator_add_up(name: str) -> None:
    records = runs.run(name).records
    parts = [key for key in SUMS if key.startswith("lp_") and key.endswith("_usd") and key != "lp_result_usd"]
    assert len(parts) == len(PROVIDERS_PARTS)
    told = {key: by_key(key).per_path(records) for key in SUMS}
    assert sum(told[part] for part in parts) == pytest.approx(told["lp_result_usd"], rel=0, abs=1e-6)
    insurance = told["insurance_received_usd"] - told["insurance_used_usd"]
    insurance += told["insurance_positions_usd"] + told["insurance_prices_usd"]
    assert insurance == pytest.approx(told["insurance_result_usd"], rel=0, abs=1e-6)


@pytest.mark.parametrize("name", runs.names())
def test_tokens_close_to_the_unit(name: str) -> None:
    """What the pool and all accounts hold at the end, and did not at first, came by calls."""
    for account in runs.run(name).accounts:
        _close(account)


def _close(account: Account) -> None:
    first, last = account.first, account.last
    for k, asset in enumerate(account.story.assets):
        held = [sum((each[k] for each in (i.pool, i.others, i.insurance, i.treasury)), NONE) for i in (first, last)]
        came = sum((call.moved[k] for call in account.story.calls if call.moved), NONE)
        for call in account.story.of("deposit_collateral", "withdraw_collateral"):
            if call.row.arguments["k"] == k:
                units = Fraction(call.row.arguments["amount"], asset.unit)
                came += units if call.row.function == "deposit_collateral" else -units
        assert held[1] - held[0] == came


def test_everything_happens_to_one_design_or_another() -> None:
    """So every fact that measures tell apart is in one tape at least, and no measure is compared at zero alone."""
    accounts = [account for name in runs.names() for account in runs.run(name).accounts]
    told = [facts(account) for account in accounts]
    assert [fact for fact in told[0] if not any(each[fact] for each in told)] == []
    assert [key for key, recount in SUMS.items() if all(recount(account) == 0 for account in accounts)] == []
