"""Time as it passes in a world with a keeper: nobody stays below maintenance margin for days because nobody looks.

Insurance pays all that a bankrupt account lacks, fees and funding that it owes included, to whom they are owed (as
those of dYdX and Hyperliquid cover negative equity). So whoever is alone in a pool, and has his own account die of
fees, takes what insurance has, if every keeper stays away until it is bankrupt. Here one looks in each hour, as slowly
as can be believed, and liquidates whomever he may: at the highest rates that any rule may ask an account loses less in
it than the least maintenance margin.
"""

from __future__ import annotations

from collections.abc import Collection

from sim.chain.failures import OK
from sim.fuzz.facts import INSURANCE
from sim.fuzz.reader import signed
from sim.fuzz.search.stage import OUTSIDER, Stage
from sim.fuzz.session import Act

#: Seconds between two looks of a keeper.
LOOK_S = 3_600


def pass_attended(stage: Stage, accounts: Collection[int], seconds: int) -> None:
    """So much time passes at the same prices, reported at the end; a keeper liquidates whoever of these falls below.

    The hour in which the first one falls is found by halving: equity falls all the time or not at all. What insurance
    has taken over is unwound at each look.
    """
    end_s = stage.time_s + seconds
    while stage.time_s < end_s:
        looks = _looks(end_s - stage.time_s)
        is_unwound = not _taken_over(stage)
        mark = stage.mark()
        stage.report(stage.truth, looks[-1])
        if is_unwound and not _below(stage, accounts):
            return
        stage.reset(mark)
        before, fallen = -1, len(looks) - 1 if is_unwound else 0
        while fallen - before > 1:
            middle = (before + fallen) // 2
            if _would_be_below(stage, accounts, looks[middle]):
                fallen = middle
            else:
                before = middle
        stage.report(stage.truth, looks[fallen])
        done = [stage.call("unwind", OUTSIDER, m) for m in _taken_over(stage)]
        for account in _below(stage, accounts):
            stage.call("release", OUTSIDER, account)
            done.append(stage.call("liquidate", OUTSIDER, account, stage.honest_keeper))
        if OK not in done and stage.time_s < end_s:
            stage.report(stage.truth, end_s - stage.time_s)  # nor can they be closed later: only time passes


def is_by_keeper(act: Act) -> bool:
    """Whether it is what that keeper did, who signs as an outsider."""
    return act.actor == OUTSIDER and act.verb in ("release", "liquidate", "unwind")


def _taken_over(stage: Stage) -> list[int]:
    """Markets in which insurance holds a position."""
    keys = [("position", INSURANCE, m) for m in range(len(stage.facts.markets))]
    return [m for (_, _, m), row in zip(keys, stage.ask(keys), strict=True) if row[0]]


def _looks(seconds: int) -> list[int]:
    """When a keeper looks in so much time, the end included."""
    return [*range(LOOK_S, seconds, LOOK_S), seconds]


def _would_be_below(stage: Stage, accounts: Collection[int], seconds: int) -> bool:
    """Whether one of them is, when so much time has passed."""
    mark = stage.mark()
    stage.report(stage.truth, seconds)
    found = _below(stage, accounts)
    stage.reset(mark)
    return bool(found)


def _below(stage: Stage, accounts: Collection[int]) -> list[int]:
    """Those below maintenance margin."""
    reads = stage.arena.reader.reads
    bearers = [a for a in sorted(accounts) if ("health", a) in reads]
    rows = stage.ask([("health", a) for a in bearers])
    return [a for a, row in zip(bearers, rows, strict=True) if any(row[6:14]) and signed(row[0]) < row[3]]
