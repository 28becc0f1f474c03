"""An own policy by itself, and one that is wrong: told by the design file, the key, and in the compiler's own words."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from sim.inputs.compiler import CONTRACTS
from sim.inputs.errors import InputError
from sim.workbench import Bench, Refused, load_designs
from sim.workbench.checked import SourceError
from sim.workbench.scaffold import TEMPLATES


def own_policy(folder: Path, text: str, parameters: str = "") -> str:
    (folder / "Mine.vy").write_text(text)
    file = folder / "mine.toml"
    file.write_text(f'extends = "glp"\n[borrow_rate]\npolicy = "Mine.vy"\n{parameters}')
    return str(file)


def borrow(**changes: str) -> str:
    text = (TEMPLATES / "borrow_rate.vy").read_text()
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    return text


def test_the_bench_takes_parameters_as_a_design_file_has_them() -> None:
    source = CONTRACTS / "policies" / "borrow_rate" / "LinearBorrow.vy"
    assert Bench.of(source, rate_at_full_per_year=0.876).call("RATE_AT_FULL_WAD_PER_S") == 876 * 10**15 // 31_536_000
    with pytest.raises(Refused, match="LinearBorrow: rate_at_full_wad_per_s above the hard bound"):
        Bench.of(source, rate_at_full_per_year=11)
    with pytest.raises(InputError, match="expected rate_at_full_per_year, got rate"):
        Bench.of(source, rate=1)
    with pytest.raises(InputError, match="rate_at_full_per_year: expected a number per year, got much"):
        Bench.of(source, rate_at_full_per_year="much")


def test_the_bench_has_a_clock(tmp_path: Path) -> None:
    source = tmp_path / "Clock.vy"
    source.write_text("# pragma version 0.4.3\n@external\n@view\ndef now() -> uint256:\n    return block.timestamp\n")
    bench = Bench(source, time_s=1_000)
    assert bench.call("now") == 1_000
    assert bench.at(2_000).call("now") == 2_000


def test_a_source_that_does_not_compile_is_told_by_file_key_and_vyper(tmp_path: Path) -> None:
    file = own_policy(tmp_path, borrow(typo=("fp.mul_up(RATE", "fp.mul_upp(RATE")))
    with pytest.raises(SourceError) as caught:
        load_designs([file])
    assert str(caught.value) == f"{file}: borrow_rate.policy: expected Vyper source that compiles, got Mine.vy"
    assert "has no member 'mul_upp'" in caught.value.details
    assert "---> 42" in caught.value.details


def test_the_message_of_the_compiler_survives_the_way_between_processes(tmp_path: Path) -> None:
    with pytest.raises(SourceError) as caught:
        load_designs([own_policy(tmp_path, "# pragma version 0.4.3\nx: uint\n")])
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.details) == (str(caught.value), caught.value.details)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"# pragma version 0.4.3\nx: constant(uint256) = \0\n"])
def test_bytes_that_are_no_source_are_an_error_of_the_file(content: bytes, tmp_path: Path) -> None:
    file = own_policy(tmp_path, "")
    (tmp_path / "Mine.vy").write_bytes(content)
    with pytest.raises(SourceError) as caught:
        load_designs([file])
    assert caught.value.key == "borrow_rate.policy"
    assert caught.value.details


def test_a_policy_for_another_slot_is_told_what_this_one_asks(tmp_path: Path) -> None:
    file = own_policy(tmp_path, (TEMPLATES / "margin.vy").read_text(), "initial_bps = 100\n")
    with pytest.raises(InputError, match=r"borrow_rate.policy: expected a policy with the views of IBorrowRate.vyi"):
        load_designs([file])


def test_a_policy_that_may_write_does_not_fit_a_slot(tmp_path: Path) -> None:
    """Market only reads policies: a function that is no view would fail at the first call."""
    text = borrow(implements=("implements: IBorrowRate", ""), view=("@view", ""), name=("IBorrowRate\n", "IMargin\n"))
    with pytest.raises(InputError, match="expected a policy with the views of IBorrowRate.vyi"):
        load_designs([own_policy(tmp_path, text)])


def test_a_missing_source_is_named_by_key(tmp_path: Path) -> None:
    file = own_policy(tmp_path, "")
    (tmp_path / "Mine.vy").unlink()
    with pytest.raises(
        InputError, match=r"borrow_rate.policy: expected the path of a Vyper source file, got .*Mine.vy"
    ):
        load_designs([file])


def test_a_bound_of_a_constructor_is_named_by_file_key_and_sentence(tmp_path: Path) -> None:
    file = own_policy(tmp_path, borrow(), "rate_at_full_per_year = 11\n")
    with pytest.raises(InputError) as caught:
        load_designs([file])
    assert str(caught.value) == (
        f"{file}: borrow_rate.rate_at_full_per_year: expected what Mine.vy accepts "
        "(MyPolicy: rate_at_full_wad_per_s above the hard bound), got 11"
    )


def test_of_two_parameters_in_a_refusal_the_one_that_the_file_changed_is_blamed(write_design) -> None:
    file = write_design("[margin]\nmaintenance_bps = 300\n")
    with pytest.raises(InputError, match="margin.maintenance_bps: .*maintenance_bps above initial_bps.*, got 300"):
        load_designs([file])
    with pytest.raises(InputError, match="--set: margin.initial_bps: .*, got 100"):
        load_designs(["glp"], ["margin.initial_bps=100"])


def test_a_constructor_that_gives_no_reason_is_blamed_as_a_whole(tmp_path: Path) -> None:
    text = borrow(reason=(', "MyPolicy: rate_at_full_wad_per_s above the hard bound"', ""))
    file = own_policy(tmp_path, text, "rate_at_full_per_year = 11\n")
    with pytest.raises(InputError) as caught:
        load_designs([file])
    assert str(caught.value) == f"{file}: borrow_rate: expected what Mine.vy accepts (a revert without a reason)"


def test_a_broken_policy_that_the_command_line_replaces_is_not_looked_at(tmp_path: Path) -> None:
    file = own_policy(tmp_path, "nonsense(")
    overrides = ["borrow_rate.policy=linear_borrow", "borrow_rate.rate_at_full_per_year=0.5"]
    (design,) = load_designs([file], overrides)
    assert design.policies["borrow_rate"].policy == "linear_borrow"
