"""Anvil starts on request, and never outlives the process that started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from sim.chain.anvil import HOST, Anvil, find_anvil
from sim.chain.rpc import Node
from sim.inputs.errors import InputError

ROOT = Path(__file__).parents[2]
PATIENCE_S = 10.0
#: Starts a node, tells its process id, and waits for whatever comes.
KEEPER = """
import sys, time
from sim.chain.anvil import Anvil
node = Anvil()
print(node.process_id, flush=True)
time.sleep(60)
"""


def is_running(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ended(process_id: int) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not is_running(process_id):
            return True
        time.sleep(0.01)
    return False


def test_the_first_block_has_the_time_and_the_node_mines_only_when_told() -> None:
    with Anvil(time_s=1_760_000_000) as node:
        block = Node(node.url).call("eth_getBlockByNumber", "latest", False)
        assert int(block["timestamp"], 16) == 1_760_000_000
        assert Node(node.url).call("anvil_getAutomine") is False
        assert Node(node.url).call("anvil_nodeInfo")["hardFork"] == "Cancun"


def test_two_nodes_have_ports_of_their_own() -> None:
    with Anvil() as one, Anvil() as other:
        assert one.port != other.port
        assert Node(one.url).call("eth_chainId") == Node(other.url).call("eth_chainId")


def test_a_given_port_is_used_and_a_taken_one_refused() -> None:
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        holder.listen()
        port = holder.getsockname()[1]
        with pytest.raises(InputError) as caught:
            Anvil(port=port)
        assert str(caught.value) == f"--port: expected a free port, got {port}"
    with Anvil(port=port) as node:
        assert node.url == f"http://{HOST}:{port}"
        with pytest.raises(InputError, match="--port: expected a free port"):
            Anvil(port=port)


def test_a_missing_program_is_one_line_that_says_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="^anvil: expected .*`make setup` installs it$"):
        find_anvil()


def test_a_program_on_path_is_found_when_there_is_none_beside_python(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "anvil"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "elsewhere" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_anvil() == program


def test_a_program_that_ends_at_once_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program = tmp_path / "anvil"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    with pytest.raises(InputError, match="expected a node on port"):
        Anvil()


def test_closing_ends_the_process() -> None:
    node = Anvil()
    node.close()
    node.close()
    assert not is_running(node.process_id)


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda s: s.name)
def test_no_node_outlives_its_process(end: signal.Signals) -> None:
    """Ctrl-C, a polite end, and a crash."""
    keeper = subprocess.Popen(
        [sys.executable, "-c", KEEPER],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        # A test run in the background of a shell ignores SIGINT and would hand that down.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert keeper.stdout is not None
        process_id = int(keeper.stdout.readline())
        assert is_running(process_id)
        os.kill(keeper.pid, end)
        keeper.wait(PATIENCE_S)
        assert ended(process_id)
    finally:
        keeper.kill()
        keeper.wait()
