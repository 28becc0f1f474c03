"""The books of every path close at the end of a run; one that does not ends it, and leaves its tape."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from storm import storm

from sim.chain import tape
from sim.chain.evm import EvmChain
from sim.chain.plan import encode_call
from sim.chain.worth import Appraiser, Books
from sim.cli.root import main
from sim.design import list_designs, load_design
from sim.engine import conservation
from sim.engine import loop as engine
from sim.engine.conservation import ConservationError
from sim.inputs.compiler import artifact
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

PATHS = (3, 8)


def run(name: str, make_chain: Callable | None = None, steps: int | None = None):
    """A storm on some paths; every run ends with the check."""
    scenario, streams = storm(), Streams(1, PATHS)
    more = {} if make_chain is None else {"make_chain": make_chain}
    chain, window, _ = stage(load_design(name), scenario, 1, PATHS, **more)
    engine.run(chain, window, cast_agents(chain, window, scenario, streams), streams, steps=steps)
    return chain


@pytest.mark.parametrize("name", list_designs())
def test_the_books_of_every_design_close(name: str) -> None:
    run(name)


def test_they_close_on_bytecode_as_well() -> None:
    run("gmx_v2", EvmChain, steps=12)


def _minted(chain: EvmChain) -> None:
    """A token out of nothing, where nobody looks for any."""
    _send(chain, "token:USDC", "mocks/MockToken.vy", "mint", chain.deployment.addresses["exits"], 1)


def _given(chain: EvmChain) -> None:
    """A unit that Market has and nobody's books show."""
    _send(chain, "token:USDC", "mocks/MockToken.vy", "transfer", chain.deployment.addresses["market"], 1)


def _lent(chain: EvmChain) -> None:
    """A unit of collateral in an account that is not among those of the cast."""
    _send(chain, "market", "Market.vy", "open_account")
    new = chain.deployment.cast.keeper_ids[-1] + 1
    _send(chain, "market", "Market.vy", "deposit_collateral", new, 3, 1)


def _kept(chain: EvmChain) -> None:
    """A share that left for where no holder is known."""
    _send(chain, "pool", "Pool.vy", "transfer", chain.deployment.addresses["oracle"], 1)


def _send(chain: EvmChain, target: str, source: str, function: str, *arguments: object) -> None:
    addresses = chain.deployment.addresses
    data = encode_call(artifact(source), function, arguments)
    assert chain.send(1, addresses["lp0"], addresses[target], data)[0] == 0


@pytest.mark.parametrize(
    ("plant", "what"),
    [
        (_minted, "USDC: what was minted"),
        (_given, "USDC: Market's tokens"),
        (_lent, "USDC: collateral"),
        (_kept, "shares: the supply"),
    ],
)
def test_a_unit_that_is_nobody_s_is_found(plant: Callable[[EvmChain], None], what: str) -> None:
    chain = run("glp", EvmChain, steps=3)
    conservation.check(chain, PATHS)
    plant(chain)
    with pytest.raises(ConservationError, match=what) as found:
        conservation.check(chain, PATHS)
    assert (found.value.design, found.value.path) == ("glp", 8)


@pytest.mark.parametrize("usd", [0.1, -0.1])
def test_a_claim_without_tokens_and_tokens_without_a_claim_are_found(
    usd: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    chain = run("glp")
    _lie(monkeypatch, usd)
    with pytest.raises(ConservationError, match="claims to the pool's tokens") as found:
        conservation.check(chain, PATHS)
    assert found.value.path == 3


def test_a_break_ends_the_run_with_one_message_and_the_tape_of_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _lie(monkeypatch, 1.0)
    monkeypatch.setattr("sim.scenario.load_scenario", lambda name, **given: storm())
    command = ["compare", "glp", "--paths", "2", "--jobs", "1", "--out", str(tmp_path), "--audit", "0"]
    told = CliRunner().invoke(main, command)
    assert told.exit_code == 1
    (file,) = tmp_path.rglob("broken/*.tape")
    (line,) = [line for line in told.output.splitlines() if "do not close" in line]
    assert line.startswith("glp, path 0: the books do not close") and line.endswith(f"breakwater replay {file}")
    kept = tape.load(file)
    again, differences = tape.play(kept, EvmChain)
    assert differences == [] and "claims" in kept.head.note
    again.close()


def _lie(monkeypatch: pytest.MonkeyPatch, usd: float) -> None:
    """Let the pool say that it is worth more than it is."""
    true = Appraiser.books

    def told(self: Appraiser) -> Books:
        books = true(self)
        books.aum_usd[:] = np.asarray(books.aum_usd) + usd
        return books

    monkeypatch.setattr(Appraiser, "books", told)
