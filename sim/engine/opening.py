"""The opening book: what is open before time starts, set up by the design's own verbs.

The same people come in every design, in rounds some minutes apart at the prices of the first step. Blocks have room for
everybody: whether somebody exists is for the design's rules alone to say. Who is refused takes less, tries again, or
gives up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.chain.failures import name_of
from sim.engine.agent import Agent, Outcome, Settler
from sim.engine.stepping import Stepper
from sim.risk.records import WISH
from sim.world.streams import Draws

#: Rounds, and the time between them: prices age, impact wears off.
ROUNDS, ROUND_S = 12, 300
#: A request of a round executes at a price of so long after it.
EXECUTION_S = 20
#: How long before the first step the first round is.
LEAD_S = ROUNDS * ROUND_S


@dataclass(frozen=True, slots=True)
class OpeningBook:
    """What people wished to have open, and what they have; each (paths,)."""

    wished: np.ndarray  # people
    entered: np.ndarray
    reduced: np.ndarray  # of whom, with less than they wished
    wished_usd: np.ndarray  # notional
    wished_margin_usd: np.ndarray
    wished_long_usd: np.ndarray
    open_usd: np.ndarray  # notional at the oracle's mid
    margin_usd: np.ndarray  # equity of those who entered
    long_usd: np.ndarray
    refusals: dict[tuple[str, str], np.ndarray]  # (verb, reason) -> counts


def set_up(stepper: Stepper, people: Settler, keepers: list[Agent], draws: Draws) -> OpeningBook:
    """Let the people of the opening book in.

    Args:
        stepper: at a chain whose pool is open, `LEAD_S` or more before its first step.
        keepers: who executes requests.
    """
    refusals: dict[tuple[str, str], np.ndarray] = {}
    paths = stepper.chain.paths

    def heard(outcome: Outcome) -> None:
        for code in np.unique(outcome.status[~outcome.ok]).tolist():
            key = (outcome.batch.verb, name_of(code))
            count = np.bincount(outcome.batch.path[outcome.status == code], minlength=paths)
            refusals[key] = refusals.get(key, np.zeros(paths, dtype=np.int64)) + count

    start_s = int(stepper.world.times_s[0])
    for number in range(ROUNDS):
        time_s = start_s - LEAD_S + number * ROUND_S
        seen = stepper.begin(number, time_s, tape_step=number - ROUNDS, is_opening=True)
        for batch in people.settle_in(seen, draws):
            stepper.send(seen, batch, people, heard)
        if stepper.is_after_request:
            seen = stepper.begin(number, time_s + EXECUTION_S, tape_step=number - ROUNDS, is_opening=True)
            everywhere = np.ones((paths, 1), dtype=bool)
            for keeper in keepers:
                for batch in keeper.act(seen, draws, everywhere):
                    stepper.send(seen, batch, keeper, heard)
            for batch in people.execute_own(seen, np.ones((paths, people.seats), dtype=bool)):
                stepper.send(seen, batch, people, heard)
    return _measured(stepper, people, refusals)


def _measured(stepper: Stepper, people: Settler, refusals: dict[tuple[str, str], np.ndarray]) -> OpeningBook:
    """What is open, as the chain shows it before the first step."""
    wishes, book = people.wishes, stepper.book
    prices = stepper.views.prices()
    book.refresh(stepper.views, prices, stepper.time_s)
    wishes.met += (wishes.is_open & book.has_position).sum(axis=1)
    wishes.reduced += (wishes.is_open & book.has_position & (wishes.taken < 1.0)).sum(axis=1)
    wishes.is_open &= ~book.has_position
    # Of each path in one run of memory: sums are then the same in any company.
    notional = (book.sizes * prices.mid[:, None, stepper.market_feeds]).reshape(stepper.chain.paths, -1)
    wished_usd = np.where(wishes.was_made, wishes.size_usd, 0.0)
    found = OpeningBook(
        wished=wishes.made.copy(),
        entered=book.has_position.sum(axis=1),
        reduced=wishes.reduced.copy(),
        wished_usd=np.abs(wished_usd).sum(axis=1),
        wished_margin_usd=np.where(wishes.was_made, wishes.margin_usd, 0.0).sum(axis=1),
        wished_long_usd=np.maximum(wished_usd, 0.0).sum(axis=1),
        open_usd=np.abs(notional).sum(axis=1),
        margin_usd=np.where(book.has_position, book.equity, 0.0).sum(axis=1),
        long_usd=np.maximum(notional, 0.0).sum(axis=1),
        refusals=refusals | {(WISH, reason): count for reason, count in wishes.shortages.items()},
    )
    wishes.forget_counts()
    return found
