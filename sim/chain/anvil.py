"""A private Anvil: found, started, waited for, and never left behind."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import weakref
from pathlib import Path
from types import TracebackType

from sim.chain.rpc import Node
from sim.inputs.compiler import EVM_VERSION
from sim.inputs.errors import InputError

HOST = "127.0.0.1"
MAX_WAIT_S = 20.0
_POLL_S = 0.01
_MAX_STARTS = 3  # a free port may be taken by somebody else before Anvil binds it
#: Only the newest states and transactions are kept: a long run would otherwise fill the memory.
_KEPT_BLOCKS = 64
_PR_SET_PDEATHSIG = 1


def find_anvil() -> Path:
    """The program: beside the running interpreter, else on PATH.

    Raises:
        InputError: there is none.
    """
    beside = Path(sys.executable).parent / "anvil"
    if os.access(beside, os.X_OK):
        return beside
    found = shutil.which("anvil")
    if found is None:
        raise InputError(file="anvil", expected="the program beside Python or on PATH; `make setup` installs it")
    return Path(found)


class Anvil:
    """A running Anvil; `close` it, or use it as a context.

    It mines only when told and charges nothing for gas. It ends with this process, however that ends.
    """

    def __init__(self, *, port: int | None = None, time_s: int | None = None) -> None:
        """Start on a port (default: any free one), with the first block at a time (default: now).

        Raises:
            InputError: there is no Anvil, the port is taken, or Anvil does not start.
        """
        program = find_anvil()
        if port is not None and not _is_free(port):
            raise InputError(file="--port", expected="a free port", got=port)
        for _ in range(_MAX_STARTS):
            self.port = port or _free_port()
            self.url = f"http://{HOST}:{self.port}"
            process = _start(program, self.port, time_s)
            self._finalizer = weakref.finalize(self, _stop, process)
            self.process_id = process.pid
            if _answers(process, self.url):
                return
            is_stuck = process.poll() is None
            self.close()
            if is_stuck:
                break
        raise InputError(file=program, expected=f"a node on port {self.port} within {MAX_WAIT_S:.0f} s")

    def close(self) -> None:
        """End the process. Closing twice is harmless."""
        self._finalizer()

    def __enter__(self) -> Anvil:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _start(program: Path, port: int, time_s: int | None) -> subprocess.Popen[bytes]:
    command = [str(program), "--host", HOST, "--port", str(port), "--hardfork", EVM_VERSION]
    command += ["--quiet", "--no-mining", "--order", "fifo"]
    command += ["--disable-block-gas-limit", "--base-fee", "0", "--gas-price", "0"]
    command += ["--no-request-size-limit", "--prune-history", str(_KEPT_BLOCKS)]
    command += ["--transaction-block-keeper", str(_KEPT_BLOCKS)]
    if time_s is not None:
        command += ["--timestamp", str(time_s)]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches this process alone, which then ends Anvil in order
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
    )


_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _die_with_parent() -> None:
    """Runs in the child: even a killed parent leaves no Anvil behind."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def _answers(process: subprocess.Popen[bytes], url: str) -> bool:
    """Wait until the node answers; False when the process ended or the time is over."""
    node = Node(url)
    deadline = time.monotonic() + MAX_WAIT_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            node.call("eth_chainId")
        except InputError:
            time.sleep(_POLL_S)
        else:
            return process.poll() is None
    return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
