"""The one loop: the world moves, the oracle reports, agents propose, the chain disposes, the ledger takes note."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from sim.chain.protocol import Chain
from sim.chain.tape import Recorder
from sim.engine import conservation
from sim.engine.agent import Agent, Settler
from sim.engine.blockspace import BlockSpace
from sim.engine.ledger import Ledger
from sim.engine.opening import set_up
from sim.engine.order import StepOrder
from sim.engine.stepping import Stepper
from sim.engine.trading import VenueTrading
from sim.risk.records import Records
from sim.world.market import Window
from sim.world.streams import Blocks, Streams

#: Told after every step: (steps done, steps in all).
Progress = Callable[[int, int], None]


def run(
    chain: Chain,
    window: Window,
    agents: Sequence[Agent],
    streams: Streams,
    *,
    recorder: Recorder | None = None,
    progress: Progress | None = None,
    steps: int | None = None,
    blocks: BlockSpace | None = None,
    order: StepOrder | None = None,
) -> Records:
    """Play a world on a chain: the opening book first, then step by step.

    Args:
        chain: as many paths as `streams`, deployed as `sim.runs.staging.stage` does it, its pool already open.
        agents: act in the turns of their group, within it in this order; one with a `look` method looks around at the
            beginning of a step, one with a `retire` method is told who was liquidated.
        recorder: keeps every call and receipt, if given.
        steps: stop after so many; default: all of the world's.
        blocks: what fits into the blocks of a step; default: everything.
        order: who is before whom inside a step; default: keepers, arbitrageurs, people.

    Raises:
        ConservationError: the books of a path do not close at the end.
    """
    stepper = Stepper(chain, window, agents, recorder)
    draws, order = Blocks(streams), order or StepOrder.by_group(chain.paths)
    trading = VenueTrading(window, agents)
    times_s = window.world.times_s[:steps]
    (people,) = (agent for agent in agents if isinstance(agent, Settler))
    book = set_up(stepper, people, [agent for agent in agents if agent.group == "keepers"], draws)
    is_varied = len(set(streams.paths)) < len(streams.paths)  # one path in several variations: records number the rows
    ledger = Ledger(chain, np.arange(chain.paths) if is_varied else np.array(streams.paths), times_s)

    for step, time_s in enumerate(times_s.tolist()):
        seen = stepper.begin(step, time_s)
        trading.hear()
        if step == 0:
            ledger.open(book, seen)
        ledger.observe(seen)
        for agent in agents:
            if hasattr(agent, "look"):
                agent.look(seen, draws)
        for turn in order.turns(step, seen.step_s, draws):
            if blocks is not None and turn.opens_blocks:
                blocks.open(turn.lasts_s)
            for agent in agents:
                if agent.group != turn.group:
                    continue
                may = turn.may_act(agent.name, agent.seats, step, draws)
                if not may.any():
                    continue
                for batch in agent.act(seen, draws, may):
                    if blocks is not None:
                        batch, late = blocks.admit(batch)
                        ledger.note_late(batch.verb, late)
                    ledger.foresee(seen, batch)
                    stepper.send(seen, batch, agent, partial(ledger.note, seen))
        trading.send(seen)
        if progress is not None:
            progress(step + 1, len(times_s))
    conservation.check(chain, streams.paths)
    stepper.book.refresh(stepper.views, stepper.views.prices(), stepper.time_s)
    return ledger.close(seen, people.wishes, trading.close(seen))
