"""The file that says what was deployed where."""

from __future__ import annotations

import json
from pathlib import Path

from eth_utils import keccak

from sim.chain import manifest
from sim.chain.manifest import Done, Network
from sim.chain.plan import Create, Ref, Send
from sim.chain.settings import Venue
from sim.design import Design, load_design
from sim.inputs.compiler import artifact

NETWORK = Network("ethereum", "local", "foundry", 31_337)
ADMIN, ORACLE = "0x" + "ad" * 20, "0x" + "0c" * 20
VENUES = (Venue("one", 3), Venue("two", 2))
#: Code on the chain ends with the values of the immutables.
CODE = artifact("Oracle.vy").runtime + bytes.fromhex(ADMIN[2:]).rjust(32, b"\0")
HISTORY = (
    Done(Create("oracle", artifact("Oracle.vy"), (Ref("admin"),)), (ADMIN,), ORACLE, "0x01", 7, CODE),
    Done(Send("oracle", "set_venue", ()), (0, (ADMIN, 3, 60, 2**200)), ORACLE, "0x02", 8),
)


def written(folder: Path) -> dict:
    design = load_design("glp")
    path = manifest.file_of(folder, NETWORK, design)
    manifest.write(path, manifest.manifest(design, VENUES, NETWORK, ADMIN, HISTORY))
    assert path == folder / "ethereum-local-foundry" / "glp.json"
    assert [file.name for file in path.parent.iterdir()] == ["glp.json"]
    return json.loads(path.read_text())


def test_a_contract_has_its_address_code_and_arguments(tmp_path: Path) -> None:
    oracle = written(tmp_path)["contracts"]["oracle"]
    made = artifact("Oracle.vy")
    assert oracle["address"] == ORACLE
    assert oracle["constructor"] == [{"name": "admin", "type": "address", "value": ADMIN}]
    assert (oracle["block"], oracle["transaction"]) == (7, "0x01")
    assert oracle["abi"] == list(made.abi)
    hashes = {name: entry["keccak256"] for name, entry in oracle["bytecode"].items()}
    assert hashes == {
        "initcode": "0x" + keccak(made.initcode).hex(),
        "runtime": "0x" + keccak(made.runtime).hex(),
        "deployed": "0x" + keccak(CODE).hex(),
    }


def test_integers_are_text_for_readers_that_keep_only_53_bits(tmp_path: Path) -> None:
    (setting,) = written(tmp_path)["settings"]
    assert setting["function"] == "set_venue"
    assert setting["arguments"] == ["0", [ADMIN, "3", "60", str(2**200)]]


def test_the_design_can_be_read_back(tmp_path: Path) -> None:
    told = written(tmp_path)["design"]
    assert Design.from_dict(told["content"]).fingerprint == told["fingerprint"] == load_design("glp").fingerprint


def test_the_compiler_and_its_settings_are_told(tmp_path: Path) -> None:
    settings = {"evmVersion": "cancun"}
    assert written(tmp_path)["compiler"] == {"name": "vyper", "version": "0.4.3", "settings": settings}
