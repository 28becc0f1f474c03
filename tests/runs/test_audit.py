"""A run on native code is checked on bytecode, and a difference ends it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from storm import storm

from sim.certificate.certificate import Certificate, Lockstep
from sim.chain.protocol import Receipts
from sim.chain.tape import load
from sim.design import Design, load_design, load_designs
from sim.native.chain import NativeChain
from sim.risk.records import Records
from sim.runs import audit, comparison_run
from sim.runs.comparison_run import Plan, execute
from sim.runs.experiment import run_all, tasks
from sim.runs.kinds import Kind
from sim.runs.trust import Trust


def plan(folder: Path, *designs: str, paths: int = 3, share: float = 0.01, chain: str = "native") -> Plan:
    return Plan(
        designs=tuple(load_design(name) for name in designs or ("glp",)),
        scenario=storm(),
        seed=3,
        paths=paths,
        tapes=0,
        processes=1,
        out=folder,
        chain=chain,  # type: ignore[arg-type]
        audit_share=share,
    )


def test_the_sample_is_a_share_of_the_paths_and_at_least_one() -> None:
    assert len(audit.sample(1, 3, 0.01)) == 1
    assert len(audit.sample(1, 1_000, 0.01)) == 10
    assert audit.sample(1, 1_000, 0.01) == audit.sample(1, 1_000, 0.01) != audit.sample(2, 1_000, 0.01)
    assert audit.sample(1, 50, 0.0) == frozenset()
    assert max(audit.sample(5, 40, 1.0)) == 39


def test_a_run_tells_what_was_audited(tmp_path: Path) -> None:
    """The sampled path and the worst one, whose calls and words are counted."""
    finished = execute(plan(tmp_path, "glp", "jlp"))
    found = audit.load_all(finished.folder)
    assert {item.design for item in found} == {"glp", "jlp"}
    assert {item.why for item in found} >= {"sampled"}
    worst = {name: audit.worst_paths(records) for name, records in zip(("glp", "jlp"), finished.records, strict=True)}
    assert {(item.design, item.path) for item in found} >= {(n, p) for n, paths in worst.items() for p in paths}
    assert all(item.calls > 100 and item.words > 10_000 for item in found)
    (sentence,) = [s for s in finished.trust.sentences if s.startswith("Audit")]
    assert f"{len(found)} paths" in sentence and "0 differences" in sentence


def test_a_policy_of_the_user_s_own_runs_natively_and_is_audited_like_any_other(tmp_path: Path) -> None:
    told: list[str] = []
    finished = execute(plan(tmp_path, "examples/own_rule.toml"), warn=told.append)
    assert told == []
    assert {item.design for item in audit.load_all(finished.folder)} == {"own_rule"}


def test_no_path_is_audited_if_nobody_asks(tmp_path: Path) -> None:
    finished = execute(plan(tmp_path, share=0.0))
    assert audit.load_all(finished.folder) == []
    assert "No path was audited on bytecode." in finished.trust.sentences


def test_bytecode_needs_no_audit_and_gives_the_same_records(tmp_path: Path) -> None:
    native, evm = execute(plan(tmp_path / "a")), execute(plan(tmp_path / "b", chain="evm"))
    assert evm.trust.sentences == ("The contracts' bytecode was run.",)
    assert native.folder.name != evm.folder.name
    for name, series in evm.records[0].series.items():
        assert np.array_equal(series, native.records[0].series[name], equal_nan=True), name


def test_the_worst_paths_are_the_poorest_and_the_most_indebted(tmp_path: Path) -> None:
    found = execute(plan(tmp_path, paths=4)).records[0]
    price = found.series["share_price_usd"]
    assert int(np.argmin(price[:, -1] / price[:, 0])) in audit.worst_paths(found)


class LyingChain(NativeChain):
    """Native code that is wrong about one verb: it says of what it carried out that it was refused."""

    def apply(self, calls):  # type: ignore[no-untyped-def]
        receipts = super().apply(calls)
        if calls.verb != "withdraw_collateral" or not (receipts.status == 0).any():
            return receipts
        return Receipts(np.where(receipts.status == 0, 77, receipts.status).astype(np.int32), receipts.output)


class ForgetfulChain(NativeChain):
    """Native code that loses a write and tells nobody."""

    def advance(self, time_s: int) -> None:
        super().advance(time_s)
        cell = next(c for c in self.world.contracts["market"].object.layout.cells if c.name.endswith("markets_of"))
        start = (
            self.world.bases["market"]
            + self.world.contracts["market"].object.layout.offsets(self.world.sizes)[cell.index]
        )
        self.words[:, start + 3] = 1  # account 3 is the order book's and has no position


@pytest.mark.parametrize("liar", [LyingChain, ForgetfulChain])
def test_a_difference_ends_the_run_and_leaves_a_short_tape(liar, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("sim.runs.experiment.chain_maker", lambda kind: liar)
    monkeypatch.setattr("sim.runs.audit.chain_maker", lambda kind: liar)
    monkeypatch.setattr("sim.runs.audit.PATIENCE_S", 60.0)
    work = tasks([load_design("glp")], storm(), seed=3, paths=2, folder=tmp_path, tapes=0, audit_share=1.0)
    with pytest.raises(audit.AuditError, match="glp, path 0") as caught:
        list(run_all(work, processes=1))
    tape = load(caught.value.tape)
    assert tape.head.note in str(caught.value)
    assert len(tape) < 200  # of some thousand rows
    assert not list(tmp_path.rglob("*.npz"))  # no record of a run that nobody can trust


def test_a_path_that_comes_out_differently_the_second_time_is_noticed(tmp_path: Path, monkeypatch) -> None:
    original = comparison_run.run_all

    def unsteady(work, *, processes):  # type: ignore[no-untyped-def]
        for task, found in original(work, processes=processes):
            if task.is_repeat:
                found = Records.concatenate([found])
                found.series["share_price_usd"] = found.series["share_price_usd"] + 1e-12
            yield task, found

    monkeypatch.setattr(comparison_run, "run_all", unsteady)
    monkeypatch.setattr(audit, "sample", lambda seed, paths, share: frozenset())
    with pytest.raises(RuntimeError, match="came out differently the second time"):
        execute(plan(tmp_path))


HASHED = """# pragma version 0.4.3
# pragma nonreentrancy on
from contracts.interfaces import IBorrowRate

implements: IBorrowRate


@external
@view
def rates(
    market: uint256,
    utilisation_long_wad: uint256,
    utilisation_short_wad: uint256,
    long_usd_wad: uint256,
    short_usd_wad: uint256,
    elapsed_s: uint256,
    memo: uint256,
) -> (uint256, uint256, uint256):
    seed: bytes32 = keccak256(convert(market, bytes32))
    return convert(seed, uint256) % 1000, 1000, memo
"""


def test_a_policy_that_native_code_refuses_runs_on_the_evm_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "Hashed.vy").write_text(HASHED)
    design = tmp_path / "hashed.toml"
    design.write_text('extends = "glp"\ntitle = "t"\nsummary = "s"\n\n[borrow_rate]\npolicy = "Hashed.vy"\n')
    told = []
    found = execute(
        Plan((load_design(str(design)),), storm(), 1, 1, 0, 1, tmp_path / "runs", chain="native"), warn=told.append
    )
    assert len(told) == 1
    assert "hashed runs on the EVM" in told[0] and "Hashed.vy:19: expected" in told[0]
    assert told[0] in found.trust.sentences
    assert found.trust.sentences[0] == "The contracts' bytecode was run."


def test_a_report_quotes_the_certificate_or_says_that_there_is_none(monkeypatch) -> None:
    shipped, own = load_design("glp"), load_design("examples/own_rule.toml")
    monkeypatch.setattr("sim.certificate.certificate.last_valid", lambda: None)
    assert "no certificate" in Trust.of([shipped], ["native"], [], []).sentences[2]

    policies = {choice.code_sha256: choice.source.name for choice in shipped.policies.values()}
    lockstep = Lockstep(7, 7, 0, 0, 0, (1, 1), (1, 1), 2.0, 1.0, 0, ())
    found = Certificate(
        "k", "2026", 1, "p", {}, {}, {}, 0, 0, {}, {"glp": lockstep}, (), (), is_whole=True, policies=policies
    )
    monkeypatch.setattr("sim.certificate.certificate.last_valid", lambda: found)

    def said(*designs: Design, chains: Sequence[Kind] = ()) -> str:
        return Trust.of(designs, chains or ["native"] * len(designs), [], []).sentences[2]

    assert said(shipped).startswith("Certificate: native = bytecode: 0 differences in 7 actions (glp;")
    assert "exercise" not in said(shipped)
    assert "It did not exercise QuadraticBorrow.vy" in said(shipped, own)
    # A shipped rule that none of its designs has is as unknown to it as one of the user's own.
    assert "It did not exercise RestoreMargin.vy" in said(load_design("glp_partial"))
    other = load_design("glp", ["deleverage.policy=index_haircut"])
    assert "Cohorts.vy, IndexHaircut.vy" in said(other)
    assert "exercise" not in said(shipped, own, chains=["native", "evm"])


def test_two_variants_of_a_design_are_audited_each_for_itself(tmp_path: Path) -> None:
    """They share a name, and neither what was sampled nor the worst paths of one stand for the other's."""
    designs = load_designs(["glp_partial", "glp_partial"], ["glp_partial#2:liquidation.close_factor=0.2"])
    found = execute(replace(plan(tmp_path, paths=3), designs=tuple(designs), has_neighbours=False))
    audited = {(item.design, item.path) for item in audit.load_all(found.folder)}
    for record in found.records:
        paths = {path for design, path in audited if design == record.design}
        assert set(audit.worst_paths(record)) <= paths and paths
