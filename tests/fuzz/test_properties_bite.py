"""Each property bites: contracts with one planted fault are caught by the machine, by the property that was predicted.

Mutants as data: what the fault stands for, the shell that it is compiled into, the text that is replaced, and who has
to catch it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from fuzz.patched import Patch, compile_patched, deployed_instead

from sim.chain.evm import EvmChain
from sim.fuzz import campaign
from sim.tape import load, play

STRESS = str(Path(__file__).with_name("stress.toml"))
EXAMPLES = 60  # at most: a mutant is caught in a few
STEPS = 25
SEED = 1


@dataclass(frozen=True, slots=True)
class Mutant:
    """One planted fault."""

    name: str
    shell: str
    patch: Patch
    caught_by: frozenset[str]
    design: str = STRESS


def mutant(name: str, shell: str, file: str, old: str, new: str, *caught_by: str, design: str = STRESS) -> Mutant:
    return Mutant(name, shell, Patch(file, old, new), frozenset(caught_by), design)


MUTANTS = [
    mutant(
        "the sums of a side are not updated when the liquidator closes",
        "Market.vy",
        "modules/markets.vy",
        "    self.sides[m][side] = s\n    self.positions",
        "    if msg.sender != policies.policy_of[c.LIQUIDATOR]:\n        self.sides[m][side] = s\n    self.positions",
        "RO-02",
    ),
    mutant(
        "mint pays the low value of the pool",
        "Market.vy",
        "Market.vy",
        "fp.mul_div_down(minted, shares.totalSupply, aum.high)",
        "fp.mul_div_down(minted, shares.totalSupply, aum.low)",
        "LP-02",
    ),
    mutant(
        "a debt is rounded down to whole tokens",
        "Market.vy",
        "modules/accounts.vy",
        "amount: uint256 = pricing.amount_up(left, scale, price.low)",
        "amount: uint256 = pricing.amount_down(left, scale, price.low)",
        "LP-04",
        "PO-01",
        "LQ-08",
    ),
    mutant(
        "funding is paid without leaving the pot",
        "Market.vy",
        "Market.vy",
        "funding_pot_usd_wad = pot - paid",
        "funding_pot_usd_wad = pot",
        "FF-03",
    ),
    mutant(
        "unrealised profit counts on withdrawal and opening",
        "Market.vy",
        "Market.vy",
        "h.free += min(pnl, 0) - owed",
        "h.free += pnl - owed",
        "PO-07",
        "PO-08",
    ),
    mutant(
        "a reserve is kept when its position shrinks",
        "Market.vy",
        "modules/assets.vy",
        "    self.buckets[k].reserved = reserved",
        "    self.buckets[k].reserved = max(reserved, self.buckets[k].reserved)",
        "RO-02",
    ),
    mutant(
        "the treasury takes its share twice",
        "Market.vy",
        "Market.vy",
        "share: uint256 = fp.mul_down(fee_usd_wad, assets.protocol_fee_wad)",
        "share: uint256 = 2 * fp.mul_down(fee_usd_wad, assets.protocol_fee_wad)",
        "TA-06",
    ),
    mutant(
        "a margin below the charges is closed in parts",
        "Liquidator.vy",
        "Liquidator.vy",
        "r.is_full = plan.is_full or ",
        "r.is_full = plan.is_full and ",
        "LQ-05",
        "LQ-06",
    ),
    mutant(
        "bad debt goes to the pool before insurance",
        "Liquidator.vy",
        "Liquidator.vy",
        "r.bad_debt_usd_wad = extcall MARKET.seize(c.INSURANCE, c.POOL, unpaid)",
        "r.bad_debt_usd_wad = unpaid",
        "AD-01",
    ),
    mutant(
        "a liquidation takes healthy accounts",
        "Liquidator.vy",
        "Liquidator.vy",
        "err.check(h.equity < convert(h.maintenance, int256), err.LIQUIDATION_HEALTHY)",
        "err.check(h.equity < convert(h.initial, int256), err.LIQUIDATION_HEALTHY)",
        "LQ-01",
    ),
    mutant(
        "any weight is enough",
        "Oracle.vy",
        "Oracle.vy",
        "and total >= feed.min_weight\n",
        "and total >= 1\n",
        "OR-05",
    ),
    mutant(
        "a stale venue counts",
        "Oracle.vy",
        "Oracle.vy",
        "if published_at + venues[v].max_age_s < block.timestamp or published_at > block.timestamp:",
        "if published_at > block.timestamp:",
        "OR-02",
        "OR-05",
    ),
]


@pytest.mark.parametrize("fault", MUTANTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_planted_fault_is_caught_by_its_property(fault: Mutant, tmp_path: Path):
    other = compile_patched(fault.shell, [fault.patch], tmp_path)
    with deployed_instead(fault.shell, other):
        report = campaign.run([fault.design], EXAMPLES, STEPS, SEED, tmp_path, shrinks=False)
        assert report.failures, "survived"
        failure = report.failures[0]
        assert failure.property_id in fault.caught_by, failure.message
        assert failure.message.startswith(f"{failure.property_id}: ")
        tape = load(failure.tape)
        chain, differences = play(tape, EvmChain)
        chain.close()
    assert tape.head.note == failure.message
    assert differences == []


def test_a_counterexample_is_cut_short(tmp_path: Path):
    fault = next(each for each in MUTANTS if each.caught_by == {"LP-02"})
    with deployed_instead(fault.shell, compile_patched(fault.shell, [fault.patch], tmp_path)):
        report = campaign.run([fault.design], EXAMPLES, STEPS, SEED, tmp_path)
    (failure,) = report.failures
    tape = load(failure.tape)
    assert failure.tape.name == "LP-02-stress.tape"
    assert [path.name for path in tmp_path.glob("*.tape")] == [failure.tape.name]
    assert list(tape.verb) == ["report", "mint"]
