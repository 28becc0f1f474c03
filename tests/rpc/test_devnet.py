"""A devnet does what the in-process chain does, to the bit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from functools import cache

import numpy as np
import pytest
from rpc.scripted_tape import (
    AT_ONCE,
    CALM_USD,
    CAST,
    FUNDED,
    OPEN_CAST,
    START_S,
    TAKING_OVER,
    USDC,
    VENUES,
    Script,
    record,
)

from sim.chain import driver
from sim.chain.actions import VERBS, batch
from sim.chain.deployment import Cast
from sim.chain.devnet import DevnetChain
from sim.chain.digest import digest, state
from sim.chain.encode import Encoder
from sim.chain.evm import EvmChain
from sim.chain.failures import ContractError, code_of, name_of
from sim.chain.protocol import Calls
from sim.chain.rpc import Node
from sim.chain.tape import Tape, play
from sim.chain.views import Views
from sim.design import load_design

HISTORIES = {
    "glp": ("glp", AT_ONCE, CAST),
    "jlp": ("jlp", AT_ONCE, OPEN_CAST),
    "glp_partial with funding": ("glp_partial", (*AT_ONCE, *FUNDED), CAST),
    "glp that takes over": ("glp", (*AT_ONCE, *TAKING_OVER), CAST),
}


@cache
def tape_of(history: str) -> Tape:
    name, overrides, cast = HISTORIES[history]
    return record(load_design(name, overrides), cast)


def devnet(cast: Cast = CAST, url: str | None = None) -> DevnetChain:
    return DevnetChain(load_design("glp", AT_ONCE), VENUES, cast, time_s=START_S, url=url)


@pytest.fixture(scope="module")
def chain() -> Iterator[DevnetChain]:
    """A devnet with an open pool, for tests that ask little of its state."""
    with closing(devnet(OPEN_CAST)) as opened:
        yield opened


@pytest.fixture(scope="module")
def script(chain: DevnetChain) -> Script:
    made = Script(chain)
    made.step(10, CALM_USD)
    return made


# ------------------------------------------------------------------ the same history


@pytest.mark.parametrize("history", HISTORIES)
def test_a_tape_made_in_process_replays_on_a_devnet_without_a_difference(history: str) -> None:
    tape = tape_of(history)
    replayed, differences = play(tape, DevnetChain)
    with closing(replayed):
        assert differences == []
        assert digest(replayed) == tape.head.digest


def test_a_tape_made_on_a_devnet_is_the_one_made_in_process() -> None:
    """Actors have other addresses there; the tape names them as every chain does."""
    tape, known = record(load_design("glp", AT_ONCE), CAST, DevnetChain), tape_of("glp")
    assert tape.head == known.head
    assert tape.data.tolist() == known.data.tolist()
    assert tape.status.tolist() == known.status.tolist()
    assert tape.output.tolist() == known.output.tolist()


def test_the_histories_reach_every_verb_and_many_refusals() -> None:
    seen: Counter[tuple[str, str]] = Counter()
    full_flags: Counter[int] = Counter()
    for history in HISTORIES:
        tape = tape_of(history)
        for verb, status, output in zip(tape.verb, tape.status, tape.output, strict=True):
            seen[verb, name_of(status)] += 1
            if verb == "liquidate" and not status:
                full_flags[int.from_bytes(output[:32], "big")] += 1
    accepted = {verb for verb, name in seen if name == "OK"}
    refusals = {name for _, name in seen if name != "OK"}
    assert accepted == set(VERBS)
    assert full_flags[0] >= 5
    assert full_flags[1] >= 5
    assert {"PANIC", "MARGIN_BELOW_INITIAL", "ORACLE_NOT_REPORTER", "PRICE_HALTED", "POOL_RESERVED"} <= refusals
    assert len(refusals) >= 15


def test_views_see_the_current_step_even_before_its_first_call() -> None:
    """Prices age out with time alone, so every view that looks at them depends on the clock."""
    design = load_design("glp", AT_ONCE)
    in_process = EvmChain(design, VENUES, OPEN_CAST, paths=1, time_s=START_S)
    with closing(devnet(OPEN_CAST)) as on_node:
        for time_s in (START_S, START_S + 30, START_S + 61):
            seen = []
            for each in (in_process, on_node):
                each.advance(time_s)
                prices, pool = Views(each).prices(), Views(each).pool()
                seen.append((prices.status.tolist(), pool.status.tolist(), pool.aum_mid.tolist()))
            assert seen[0] == seen[1]
        assert seen[0][1] == [2], "the last step was meant to be past the age limit"
        assert state(on_node) == state(in_process)


# ------------------------------------------------------------------ batches


def test_a_batch_may_be_longer_than_one_transaction(script: Script) -> None:
    """150 deposits of different sizes: three transactions, receipts in order."""
    receipts = script.do("deposit_collateral", "traders", account=script.ids[0], k=USDC, amount=np.arange(1.0, 151.0))
    assert receipts.status.tolist() == [0] * 150
    held = Views(script.chain).accounts(np.zeros(1), script.ids[:1]).collateral[0, USDC]
    assert held == 150 * 151 / 2


def test_refusals_stand_where_they_happened_in_a_long_batch(script: Script) -> None:
    accounts = np.where(np.arange(130) % 3 == 1, 10_000, script.ids[1])
    receipts = script.do("deposit_collateral", "traders", account=accounts, k=USDC, amount=1.0)
    unknown = code_of("ACCOUNT_UNKNOWN")
    assert receipts.status.tolist() == [unknown if i % 3 == 1 else 0 for i in range(130)]


def test_interleaved_actors_keep_their_order() -> None:
    """Each deposit moves the pool's weights and with them the fee of the next: any other order gives other shares."""
    design = load_design("glp", AT_ONCE)
    in_process = Script(EvmChain(design, VENUES, OPEN_CAST, paths=1, time_s=START_S))
    amounts = np.arange(1.0, 25.0) * 1e5
    with closing(devnet(OPEN_CAST)) as on_node:
        shares = []
        for script, order in ((in_process, 1), (Script(on_node), 1), (in_process, -1)):
            script.step(10, CALM_USD)
            who = ["lp0", "lp1", "lp1", "lp0"] * 6
            receipts = script.do("mint", who, k=USDC, amount=amounts[::order], min_shares=0.0, receiver=[4, 5] * 12)
            assert receipts.status.tolist() == [0] * 24
            shares.append(receipts.output[::order, 0].tolist())
    assert shares[1] == shares[0]
    assert shares[2] != shares[0]


def test_an_empty_batch_is_no_transaction(script: Script) -> None:
    before = script.chain._nonce
    receipts = script.chain.apply(Calls("trade", np.zeros(0), np.zeros(0, int), np.zeros((0, 132), np.uint8)))
    assert receipts.status.shape == (0,)
    assert receipts.output.shape == (0, len(VERBS["trade"].returns), 32)
    assert script.chain._nonce == before


@pytest.mark.parametrize(
    ("width", "most"),
    [(132, 64), (2_308, 38)],
    ids=["a trade: as many as the Driver takes", "a report of eight feeds: as many as a node takes"],
)
def test_a_transaction_holds_no_more_than_driver_and_node_take(width: int, most: int) -> None:
    calls = Calls("report", np.zeros(200), np.zeros(200, int), np.zeros((200, width), np.uint8))
    parts = list(driver.groups(calls, driver.MAX_CALLS))
    assert parts[0].stop - parts[0].start == most
    assert [row for part in parts for row in range(part.start, part.stop)] == list(range(200))
    assert len(driver.encode_run("0x" + "11" * 20, calls.data[parts[0]])) <= driver.MAX_BYTES + 100


def test_calls_made_in_one_step_share_its_time(script: Script) -> None:
    times = []
    for amount in (1.0, 2.0, 3.0):
        script.do("deposit_collateral", "traders", account=script.ids[2], k=USDC, amount=amount)
        times.append(int(Node(script.chain.url).call("eth_getBlockByNumber", "latest", False)["timestamp"], 16))
    assert times == [script._time_s] * 3


# ------------------------------------------------------------------ what cannot be


def test_time_does_not_go_back(chain: DevnetChain) -> None:
    with pytest.raises(ValueError, match="time cannot go back"):
        chain.advance(START_S - 1)


def test_a_devnet_has_one_path(chain: DevnetChain) -> None:
    with pytest.raises(ValueError, match="one path"):
        DevnetChain(load_design("glp", AT_ONCE), VENUES, CAST, paths=2, time_s=START_S)
    made = batch("claim_funding", np.array([1]), 0, account=3, m=0)
    with pytest.raises(ValueError, match="one path"):
        chain.apply(Encoder(chain.deployment).encode(made))


def test_a_refused_call_of_the_set_up_is_an_error_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue of no weight is not a venue: the deployment's first report has no quorum, so nobody can mint."""
    weightless = tuple(type(venue)(venue.name, 0) for venue in VENUES)
    with pytest.raises(ContractError, match="pool.mint: PRICE_HALTED"):
        DevnetChain(load_design("glp", AT_ONCE), weightless, OPEN_CAST, time_s=START_S)


def test_a_refused_call_of_the_admin_is_an_error_with_its_name() -> None:
    heavy = tuple(type(venue)(venue.name, 2**40) for venue in VENUES)
    with pytest.raises(ContractError, match="oracle_controller.set_venue: ORACLE_BAD_PARAMS"):
        DevnetChain(load_design("glp", AT_ONCE), heavy, CAST, time_s=START_S)


def test_a_node_that_runs_a_call_out_of_gas_is_not_taken_for_a_refusal(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script.chain, "_gas", 200_000)
    monkeypatch.setattr("sim.chain.devnet.CALL_GAS", 50_000)
    with pytest.raises(RuntimeError, match="ran out of gas"):
        script.do("trade", "traders", account=script.ids[0], m=0, size=0.001, acceptable_price_usd=1e9)
