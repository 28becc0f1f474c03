"""Runs of designs that execute after the request: traders ask, keepers execute at the next report, tapes play again."""

from __future__ import annotations

import numpy as np
import pytest
from storm import storm

from sim.chain.digest import digest
from sim.chain.evm import EvmChain
from sim.chain.tape import Recorder, play
from sim.design import load_design
from sim.engine import loop as engine
from sim.risk.records import Records
from sim.runs.experiment import Task, run_task
from sim.runs.staging import cast_agents, stage
from sim.world.streams import Streams

AFTER = ["execution=after_request"]


@pytest.fixture(scope="module")
def records() -> Records:
    return run_task(Task(load_design("glp_partial", AFTER), storm(), 1, (0, 1), None))


def test_traders_ask_and_keepers_execute(records: Records) -> None:
    done = {verb: int(counts.sum()) for verb, counts in records.actions.items()}
    assert "trade" not in done
    assert done["place"] > 40
    assert 0.9 * done["place"] < done["execute"] <= done["place"]
    assert (records.totals["trade_fee_usd"] > 0).all()
    assert done["liquidate"] > 50


def test_nobody_acts_on_what_has_just_been_executed(records: Records) -> None:
    """Refusals are those of a storm: no room in a block or in the pool, and prices that came too late."""
    refused = {
        (verb, reason) for verb, reason in records.reverts if verb in ("place", "execute", "withdraw_collateral")
    }
    reasons = {"NO_BLOCK_SPACE", "POOL_RESERVED", "ORDER_PRICE_TOO_OLD", "PRICE_WIDE", "PRICE_HALTED"}
    assert {reason for _, reason in refused} <= reasons


def test_a_recorded_path_plays_again_to_the_same_state() -> None:
    scenario, paths = storm(), (4,)
    chain, window, head = stage(load_design("jlp", AFTER), scenario, 1, paths)
    recorder, streams = Recorder(), Streams(1, paths)
    engine.run(chain, window, cast_agents(chain, window, scenario, streams), streams, recorder=recorder)
    tape = recorder.tape(0, head)
    again, differences = play(tape, EvmChain)
    assert differences == []
    assert digest(again) == digest(chain, 0)
    verbs = np.array([str(verb) for verb in tape.verb])
    assert (verbs == "execute").sum() > 20
    # Whoever acts does so in a later block than the report of its step.
    at = {
        step: set(tape.time_s[(tape.step == step) & (verbs == "report")].tolist()) for step in set(tape.step.tolist())
    }
    assert all(
        int(t) - 1 in at[s] for s, t in zip(tape.step[verbs != "report"], tape.time_s[verbs != "report"], strict=True)
    )


def test_a_request_for_which_there_is_no_room_ends_and_its_margin_goes_home() -> None:
    """The side is full: nobody tries in vain, nothing is left to withdraw from the order book, and traders go home."""
    small = [*AFTER, *(f"market.{symbol}.max_open_interest_usd=20_000" for symbol in ("BTC", "ETH", "SOL"))]
    scenario = storm(**{"clock.segment": [{"until": "2025-01-01T00:20:00Z", "step_s": 20}], "waypoint": calm()})
    found = run_task(Task(load_design("glp", small), scenario, 1, (0,), None))
    done = {verb: int(counts.sum()) for verb, counts in found.actions.items()}
    assert ("execute", "TRADE_OPEN_INTEREST_CAP") not in found.reverts
    assert "cancel" not in done
    assert done["execute"] > 0.9 * done["place"]
    assert done["withdraw_collateral"] > 0.8 * done["place"]


def calm() -> list[dict[str, object]]:
    start, end = "2025-01-01T00:00:00Z", "2025-01-01T00:20:00Z"
    prices = {"BTC": 100_000.0, "ETH": 4_000.0, "SOL": 200.0}
    return [
        {"feed": feed, "time": time, "price_usd": price, "source": "made up"}
        for feed, price in prices.items()
        for time in (start, end)
    ]
