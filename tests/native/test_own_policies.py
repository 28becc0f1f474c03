"""An author's own policy in a design: what it stores, what it has no room for, and what the commands say."""

from __future__ import annotations

import pickle
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from storm import storm

from sim.chain.evm import EvmChain
from sim.chain.plan import encode_call
from sim.chain.protocol import Read
from sim.cli.shell import EXIT_BAD_INPUT, clear_errors
from sim.design import load_design
from sim.inputs.compiler import ROOT, artifact
from sim.inputs.errors import InputError
from sim.native.chain import NativeChain, NativeLimit
from sim.native.storage import differences
from sim.runs.staging import stage

SOURCE = (ROOT / "examples" / "QuadraticBorrow.vy").read_text()
DESIGN = (ROOT / "examples" / "own_rule.toml").read_text()
STRANGER = "0x1111111111111111111111111111111111111111"


def own(tmp_path: Path, *changes: tuple[str, str]) -> str:
    """The example's design with a changed policy, as a path."""
    source = SOURCE
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    (tmp_path / "QuadraticBorrow.vy").write_text(source)
    (tmp_path / "own.toml").write_text(DESIGN)
    return str(tmp_path / "own.toml")


def test_a_policy_may_store_whose_address_it_likes(tmp_path: Path) -> None:
    """In storage, behind a key, and as an immutable: from its constructor on."""
    design = load_design(
        own(
            tmp_path,
            (
                "@deploy\n",
                "friend: public(address)\nof: public(HashMap[address, address])\n"
                "BOSS: public(immutable(address))\n\n\n@deploy\n",
            ),
            (
                "    RATE_AT_FULL_WAD_PER_S = ",
                f"    self.friend = {STRANGER}\n    self.of[{STRANGER}] = {STRANGER.replace('1', '2')}\n"
                f"    BOSS = {STRANGER.replace('1', '3')}\n    RATE_AT_FULL_WAD_PER_S = ",
            ),
        )
    )
    native, _, _ = stage(design, storm(), 1, (0,), NativeChain)
    evm, _, _ = stage(design, storm(), 1, (0,), EvmChain)
    code = artifact(design.policies["borrow_rate"].source)
    reads = [Read("policy:borrow_rate", encode_call(code, name, ())) for name in ("friend", "BOSS")]
    reads.append(Read("policy:borrow_rate", encode_call(code, "of", (STRANGER,))))
    assert native.read(0, reads) == evm.read(0, reads)
    assert [answer[-1] for answer in native.read(0, reads)] == [0x11, 0x33, 0x22]
    assert differences(native.world, native.genesis.ledger, native.words[0], evm.evm(0)) == []


def test_a_call_beyond_native_room_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    square = "fp.mul_up(utilisation_wad, utilisation_wad))"
    keys = ("@deploy\n", "seen: HashMap[uint256, uint256]  # keys: 1\n\n\n@deploy\n")
    design = load_design(own(tmp_path, keys, (square, f"{square} + self.seen[utilisation_wad]")))
    native, _, _ = stage(design, storm(), 1, (0,), NativeChain)
    code = artifact(design.policies["borrow_rate"].source)
    inside, beyond = (encode_call(code, "rates", (0, key, 0, 0, 0, 0, 7)) for key in (0, 1))
    assert native.read(0, [Read("policy:borrow_rate", inside)])[0][-1] == 7
    with pytest.raises(InputError, match="--chain evm"):
        native.read(0, [Read("policy:borrow_rate", beyond)])
    with pytest.raises(InputError, match="--chain evm"):
        native.ask(np.array([0]), "policy:borrow_rate", [beyond], 3)


def test_a_command_tells_it_in_one_line() -> None:
    @clear_errors
    def command() -> None:
        raise pickle.loads(pickle.dumps(NativeLimit("trade: call 3 of the batch")))

    result = CliRunner(mix_stderr=False).invoke(click.command()(command), [])
    assert result.exit_code == EXIT_BAD_INPUT
    assert result.stderr.startswith("error: --chain native: ") and len(result.stderr.splitlines()) == 1
