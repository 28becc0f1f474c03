"""What `init` and `new policy` write is whole, works as it lies there, and is never written over something."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from sim.design import SLOTS, list_designs, load_design
from sim.inputs.compiler import CONTRACTS, ROOT, artifact
from sim.inputs.errors import InputError
from sim.workbench import Bench, load_designs
from sim.workbench.checked import interface
from sim.workbench.scaffold import TEMPLATES, new_design, new_policy

each_slot = pytest.mark.parametrize("slot", SLOTS)

#: Parameters of the policies that `new policy` writes.
PARAMETERS = {
    "weight_fee": "fee_bps = 30",
    "borrow_rate": "rate_at_full_per_year = 0.9",
    "funding_rate": "maximum_per_year = 0.5",
    "price_impact": "spread_bps = 5",
    "margin": "initial_bps = { BTC = 200, ETH = 200, SOL = 300 }",
    "liquidation": "penalty_bps = 20",
    "deleverage": "trigger = 0.6",
    "circuit": "ratio = 0.5",
}


def name_of(slot: str) -> str:
    return "Mine" + "".join(part.title() for part in slot.split("_"))


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:ape_test", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def uncommented(text: str) -> str:
    """Every setting in force: as if the # of each were taken away."""
    return re.sub(r"^#(?=[a-z])", "", text, flags=re.MULTILINE)


# --- designs


@pytest.mark.parametrize("base", list_designs())
def test_a_new_design_behaves_like_its_base_with_and_without_its_comments(base: str, tmp_path: Path) -> None:
    file, _ = new_design("mine", base, tmp_path)
    (made,), original = load_designs([str(file)]), load_design(base)
    assert made.fingerprint == original.fingerprint
    assert made.title != original.title
    text = file.read_text()
    whole = tmp_path / "whole.toml"
    whole.write_text(uncommented(text))
    assert whole.read_text() != text
    written_out = load_design(str(whole))
    assert written_out.fingerprint == original.fingerprint
    assert set(original.numbers()) <= set(written_out.numbers())
    on_its_own = tomllib.loads(uncommented(text))
    assert {asset["symbol"] for asset in on_its_own["asset"]} == {asset.symbol for asset in original.assets}
    assert on_its_own["weight_fee"]["policy"] == original.policies["weight_fee"].policy


def test_a_design_can_begin_with_one_in_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    new_design("first", "jlp", Path("a"))
    new_design("second", "a/first.toml", Path("b/c"))
    assert 'extends = "../../a/first.toml"' in (tmp_path / "b/c/second.toml").read_text()
    assert load_design("b/c/second.toml").fingerprint == load_design("jlp").fingerprint


def test_the_test_of_a_new_design_passes_and_asks_for_sources(tmp_path: Path) -> None:
    file, _ = new_design("mine", "glp_partial", tmp_path)
    fine = run_pytest(tmp_path)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    assert fine.stdout.count("PASSED") == 3
    file.write_text(file.read_text().replace("#redeem_delay_s = 0", "redeem_delay_s = 60"))
    unsourced = run_pytest(tmp_path, "-k", "source")
    assert unsourced.returncode == 1
    assert "pool.redeem_delay_s" in unsourced.stdout


# --- policies


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a new policy for each slot."""
    folder = tmp_path_factory.mktemp("policies")
    for slot in SLOTS:
        new_policy(slot, name_of(slot), folder)
    return folder


@pytest.fixture(scope="module")
def tested(policies: Path) -> str:
    """What pytest says about their tests, from a folder of the user's."""
    return run_pytest(policies).stdout


@each_slot
def test_a_new_policy_compiles_and_answers_for_its_slot(slot: str, policies: Path) -> None:
    code = artifact(policies / f"{name_of(slot)}.vy")
    assert len(code.constructor) == 1
    names = {entry["name"] for entry in code.abi if entry["type"] == "function"}
    assert {signature.partition("(")[0] for signature in interface(slot)} <= names
    assert "MyPolicy" not in (policies / f"{name_of(slot)}.vy").read_text()


@each_slot
def test_the_test_of_a_new_policy_passes(slot: str, tested: str) -> None:
    file = f"test_{name_of(slot)}.py"
    assert tested.count(f"PASSED {file}::") >= 2, tested
    assert f"FAILED {file}" not in tested and f"ERROR {file}" not in tested


@each_slot
def test_a_new_policy_runs_in_a_design_that_names_its_path(slot: str, policies: Path) -> None:
    table = f'extends = "glp"\n[{slot}]\npolicy = "{name_of(slot)}.vy"\n{PARAMETERS[slot]}\n'
    file = policies / f"{slot}.toml"
    file.write_text(table)
    (design,) = load_designs([str(file)])
    choice = design.policies[slot]
    assert choice.source == policies / f"{name_of(slot)}.vy"
    assert Bench(choice.source, *choice.arguments).code.name == name_of(slot)


@each_slot
def test_the_import_form_works_inside_the_contracts_folder_too(slot: str, policies: Path) -> None:
    """A user may move a policy to contracts/policies/<slot>/: the source says the same there."""
    text = (policies / f"{name_of(slot)}.vy").read_text()
    imported = re.findall(r"^from (\S+) import (\w+)", text, re.MULTILINE)
    assert imported
    for module, name in imported:
        folder = ROOT.joinpath(*module.split("."))
        assert folder.is_relative_to(CONTRACTS)
        assert any((folder / f"{name}{ending}").is_file() for ending in (".vy", ".vyi"))


def test_templates_are_packaged() -> None:
    """Each is matched by a pattern of package-data."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        patterns = tomllib.load(file)["tool"]["setuptools"]["package-data"]["sim"]
    packaged = {path for pattern in patterns for path in (ROOT / "sim").glob(pattern)}
    templates = {path for path in TEMPLATES.iterdir() if path.is_file()}
    assert len(templates) == 2 * len(SLOTS) + 3
    assert templates <= packaged


# --- what cannot be written


@pytest.mark.parametrize("name", ["", "1st", "my-pool", "my.pool", "../mine", "a/b", "x" * 65, "glp"])
def test_a_name_that_is_none_writes_no_design(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        new_design(name, "glp", tmp_path)
    assert caught.value.file == "NAME"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", "mine", "1Mine", "My_Rule", "../Mine", "FlatFee", "Market", "IMargin"])
def test_a_name_that_is_none_writes_no_policy(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        new_policy("margin", name, tmp_path)
    assert caught.value.file == "NAME"
    assert list(tmp_path.iterdir()) == []


def test_a_slot_that_is_none_lists_the_slots(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="SLOT: expected one of weight_fee, borrow_rate.*got fees"):
        new_policy("fees", "Mine", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_base_that_does_not_load_writes_nothing(tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    base.write_text('extends = "glp"\n[weight_fee]\ntax_bps = 501\n')
    with pytest.raises(InputError, match="weight_fee.tax_bps"):
        new_design("mine", str(base), tmp_path)
    assert list(tmp_path.iterdir()) == [base]


@pytest.mark.parametrize("taken", ["Mine.vy", "test_Mine.py"])
def test_nothing_is_overwritten_and_nothing_half_written(taken: str, tmp_path: Path) -> None:
    (tmp_path / taken).write_text("mine")
    with pytest.raises(InputError, match=rf"{taken}: expected no such file yet"):
        new_policy("margin", "Mine", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "mine"


def test_a_link_to_nowhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").symlink_to(tmp_path / "elsewhere.toml")
    with pytest.raises(InputError, match="no such file yet"):
        new_design("mine", "glp", tmp_path)
    assert not (tmp_path / "elsewhere.toml").exists()


def test_a_disk_that_fails_half_way_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = Path.open

    def failing(path: Path, *arguments: object, **named: object) -> object:
        if path.name == "test_mine.py":
            raise OSError(28, "No space left on device")
        return original(path, *arguments, **named)

    monkeypatch.setattr(Path, "open", failing)
    with pytest.raises(InputError, match="No space left on device"):
        new_design("mine", "glp", tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="file: expected a folder to write to"):
        new_policy("margin", "Mine", tmp_path / "file")
