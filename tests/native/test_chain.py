"""NativeChain is a chain like the others, and equal to the bytecode in whatever it is used for."""

from __future__ import annotations

from collections.abc import Iterator

import numba
import numpy as np
import pytest
from storm import storm

from sim.chain.digest import digest, state
from sim.chain.evm import EvmChain
from sim.chain.failures import code_of
from sim.chain.plan import encode_call
from sim.chain.protocol import Calls, Read, Receipts
from sim.design import list_designs, load_design
from sim.engine.loop import run
from sim.inputs.compiler import artifact
from sim.native.chain import NativeChain, NativeLimit
from sim.native.context import LIMIT
from sim.native.storage import differences
from sim.native.views import floats, integers
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

PATHS = (0, 1)


class Script:
    """Every call of a run and what became of it."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, Calls, Receipts]] = []

    def record(self, step: int, time_s: int, calls: Calls, receipts: Receipts) -> None:
        self.rows.append((time_s, calls, receipts))

    @property
    def calls(self) -> list[tuple[int, Calls]]:
        return [(time_s, calls) for time_s, calls, _ in self.rows]


def played(design: str, make: type[NativeChain] | type[EvmChain], steps: int | None = None):
    chain, window, _ = stage(load_design(design), storm(), 1, PATHS, make)
    streams, script = Streams(1, PATHS), Script()
    records = run(chain, window, cast_agents(chain, window, storm(), streams), streams, recorder=script, steps=steps)
    return chain, records, script


@pytest.fixture(scope="module")
def native() -> Iterator[NativeChain]:
    chain, _, _ = played("glp", NativeChain)
    yield chain
    chain.close()


@pytest.mark.parametrize("design", list_designs())
def test_a_simulation_is_the_same_on_bytecode_and_on_native_code(design: str) -> None:
    native, found, ours = played(design, NativeChain)
    evm, expected, theirs = played(design, EvmChain)
    assert len(ours.rows) == len(theirs.rows)
    for (_, calls, mine), (_, others, their) in zip(ours.rows, theirs.rows, strict=True):
        assert calls.verb == others.verb
        assert np.array_equal(mine.status, their.status)
        assert np.array_equal(mine.output, their.output)
    for name, series in expected.series.items():
        assert np.array_equal(series, found.series[name], equal_nan=True), name
    for index in range(len(PATHS)):
        assert differences(native.world, native.genesis.ledger, native.words[index], evm.evm(index)) == []
        assert digest(native, index) == digest(evm, index)
    assert sum(int((receipts.status == 0).sum()) for _, _, receipts in ours.rows) > 300


def test_every_read_of_the_digest_is_answered_alike() -> None:
    native, _, _ = played("breakwater", NativeChain, steps=15)
    evm, _, _ = played("breakwater", EvmChain, steps=15)
    assert state(native, 1) == state(evm, 1)


def test_a_prepared_batch_does_what_its_parts_did() -> None:
    """All verbs, blocks and paths in one go, without returning to Python."""
    chain, _, script = played("glp", NativeChain)
    again, _, _ = stage(load_design("glp"), storm(), 1, PATHS, NativeChain)
    status = again.play(again.prepare(script.calls))
    assert np.array_equal(status, np.concatenate([r.status for _, c, r in script.rows if len(c.path)]))
    assert np.array_equal(again.words, chain.words)


def test_a_snapshot_brings_a_path_back_and_leaves_the_others(native: NativeChain) -> None:
    before, mark = native.words.copy(), native.snapshot(0)
    addresses = native.world.addresses
    data = encode_call(artifact("Market.vy"), "deposit_collateral", (5, 3, 10**6))
    for path in (0, 1):
        assert native.send(path, addresses["traders"], addresses["market"], data)[0] == 0
    changed = native.words[1].copy()
    assert not np.array_equal(native.words[0], before[0])
    native.revert(0, mark)
    assert np.array_equal(native.words[0], before[0])
    assert np.array_equal(native.words[1], changed)
    native.words[:] = before


def test_a_refused_call_leaves_every_word_as_it_was(native: NativeChain) -> None:
    before, addresses = native.words.copy(), native.world.addresses
    data = encode_call(artifact("Desk.vy"), "trade", (5, 0, 10**24, 2**255))
    status, output = native.send(0, addresses["traders"], addresses["desk"], data)
    assert status != 0 and output == b""
    assert np.array_equal(native.words, before)


def test_an_account_beyond_the_world_s_room_is_a_limit_and_never_an_answer(native: NativeChain) -> None:
    addresses = native.world.addresses
    for account in (native.world.accounts, 2**64 + 5, 2**256 - 1):
        data = encode_call(artifact("Market.vy"), "health", (account,))
        with pytest.raises(NativeLimit):
            native.send(0, addresses["admin"], addresses["market"], data)
    data = encode_call(artifact("Market.vy"), "assess", (native.world.accounts,))
    with pytest.raises(NativeLimit):
        native.send(0, addresses["traders"], addresses["market"], data)


def test_an_unknown_address_is_a_limit(native: NativeChain) -> None:
    addresses = native.world.addresses
    data = encode_call(artifact("Pool.vy"), "balanceOf", ("0x" + "99" * 20,))
    with pytest.raises(NativeLimit):
        native.send(0, addresses["admin"], addresses["pool"], data)


def test_time_cannot_go_back_and_paths_have_to_exist(native: NativeChain) -> None:
    with pytest.raises(ValueError, match="time cannot go back"):
        native.advance(1)
    data = encode_call(artifact("Market.vy"), "claim_funding", (5, 0))
    given = np.frombuffer(data, dtype=np.uint8)[None]
    for path in (-1, len(PATHS)):
        with pytest.raises(IndexError, match="a path outside 0..1"):
            native.apply(Calls("claim_funding", np.array([path]), np.array([1]), given))


def test_a_call_of_no_function_is_a_limit(native: NativeChain) -> None:
    addresses = native.world.addresses
    with pytest.raises(NativeLimit, match="no compiled function"):
        native.send(0, addresses["traders"], addresses["market"], b"\1\2\3\4")


def test_health_over_arrays_is_what_the_contract_says_one_by_one(native: NativeChain) -> None:
    ids = np.array(native.deployment.cast.trader_ids)
    path, account = (grid.ravel() for grid in np.meshgrid(np.arange(len(PATHS)), ids, indexing="ij"))
    found = native.view("market", "health")(path, account)
    market = artifact("Market.vy")
    for row in range(0, len(path), 7):
        answer = native.read(int(path[row]), [Read("market", encode_call(market, "health", (int(account[row]),)))])[0]
        words = [int.from_bytes(answer[i : i + 32], "big") for i in range(0, len(answer), 32)]
        assert integers(found[row]) == words
    equity = floats(found[:, 0], signed=True)
    assert np.isfinite(equity).all() and (equity > 0).any()


def test_a_view_changes_nothing_and_names_the_row_that_is_refused(native: NativeChain) -> None:
    before = native.words.copy()
    native.view("market", "assess")(np.array([0, 1]), np.array([5, 6]))  # writes, and is undone
    assert np.array_equal(native.words, before)
    with pytest.raises(ValueError, match=f"row 0 was refused with status {code_of('ACCESS_NOT_CONTROLLER')}"):
        native.view("market", "set_mode")(np.array([0, 1]), np.array([1, 1]))
    with pytest.raises(KeyError):
        native.view("market", "no_such_function")


def test_an_argument_is_not_cut(native: NativeChain) -> None:
    """An unsigned number of 64 bits is no negative one, and a fraction is no argument."""
    view, path = native.view("market", "health"), np.zeros(1, dtype=np.int64)
    for column in (np.array([2**63 + 5], dtype=np.uint64), np.array([[5, 0, 0, 1]], dtype=np.uint64)):
        assert view.attempt(path, column)[1].tolist() == [LIMIT]
    for column in (np.array([5.0]), np.array([2**70], dtype=object)):
        with pytest.raises(TypeError, match="integers are expected"):
            view(path, column)


def test_compiled_agents_can_ask_compiled_contracts(native: NativeChain) -> None:
    """Without going back to Python: a numba loop that looks for accounts below a margin."""
    view = native.view("market", "health")
    batch, handle, width, room = view.batch, view.handle, view.argument_words, view.answer_words

    @numba.njit
    def poorest(handle, paths, accounts):
        n = len(accounts)
        arguments = np.zeros((n, width, 4), dtype=np.uint64)
        arguments[:, 0, 0] = accounts
        results = np.zeros((n, room, 4), dtype=np.uint64)
        status = np.zeros(n, dtype=np.int32)
        batch(
            handle[0],
            handle[1],
            handle[2],
            handle[3],
            handle[4],
            n,
            paths.ctypes.data,
            arguments.ctypes.data,
            width,
            results.ctypes.data,
            room,
            status.ctypes.data,
        )
        best = 0
        for i in range(n):
            if status[i] == 0 and results[i, 0, 0] < results[best, 0, 0]:
                best = i
        return best, results[:, 0, 0], status.sum()

    accounts = np.array(native.deployment.cast.trader_ids, dtype=np.uint64)
    paths = np.zeros(len(accounts), dtype=np.int64)
    best, low_limbs, refused = poorest(np.array(handle, dtype=np.uint64), paths, accounts)
    expected = view(paths, accounts.astype(np.int64))[:, 0, 0]
    assert refused == 0
    assert np.array_equal(low_limbs, expected)
    assert best == int(np.argmin(expected))
