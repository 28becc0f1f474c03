"""One tape, two chains: a path of the main job does on Anvil exactly what it did in process."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from storm import storm

from sim.chain.devnet import DevnetChain
from sim.chain.digest import digest
from sim.chain.tape import Tape, load, play
from sim.cli.root import main
from sim.design import load_design
from sim.runs.experiment import Task, run_task
from sim.scenario import load_scenario


def recorded(folder: Path, scenario) -> Tape:
    run_task(Task(load_design("glp_partial"), scenario, 1, (0,), folder, frozenset({0}), chain="evm"))
    return load(folder / "tapes" / "glp_partial" / "00000.tape")


def test_a_path_of_the_main_job_replays_on_anvil_to_the_same_state(tmp_path: Path) -> None:
    # With far more leverage than shipped, some are liquidated in part, and some as a whole.
    mix = [{"leverage": 10, "share": 0.5}, {"leverage": 48, "share": 0.5}]
    tape = recorded(tmp_path, load_scenario("oct_2025_replay", {"traders.leverage": mix}))
    done = tape.status == 0
    is_full = [tape.output[i][31] for i in np.flatnonzero(done & (tape.verb == "liquidate"))]
    assert 0 in is_full and 1 in is_full
    assert (~done).sum() >= 10
    assert len(set(tape.verb[~done])) >= 2

    chain, differences = play(tape, DevnetChain)
    try:
        assert differences == []
        assert digest(chain) == tape.head.digest
    finally:
        chain.close()


def test_the_command_replays_on_a_devnet_and_explains_a_bad_one(tmp_path: Path) -> None:
    recorded(tmp_path, storm())
    file = str(tmp_path / "tapes" / "glp_partial" / "00000.tape")
    runner = CliRunner(mix_stderr=False)
    result = runner.invoke(main, ["replay", file, "--chain", "devnet"])
    assert result.exit_code == 0, result.stderr
    assert "receipts: 0 differ" in result.stdout

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for flags in (["--port", port], ["--url", "http://127.0.0.1:9"]):
            result = runner.invoke(main, ["replay", file, "--chain", "devnet", *flags])
            assert result.exit_code == 2
            assert len(result.stderr.splitlines()) == 1
            assert flags[1] in result.stderr
