"""What a group holds that does nothing but settle, while the same things happen in the world."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sim.fuzz.search.attended import pass_attended
from sim.fuzz.search.play import Player
from sim.fuzz.search.worth import group_worth, settle

Events = Sequence[tuple[int, str, int]]


def idle_worth(player: Player, held: Collection[int], events: Events, end_s: int) -> int:
    """From where the player's stage stands: the best of settling when all is over, or before or after any event.

    What a position costs or earns while requests are executed is no gain of theirs. Nobody settles before a move of
    prices that he does not know.
    """
    stage = player.stage
    begun_s = stage.time_s
    is_known = not any(kind == "move" for _, kind, _ in events)
    turns = range(len(events) + 1) if held and is_known else ()
    worths = []
    for turn in (*turns, None):
        mark = stage.mark()
        player.played.events.clear()
        for i, event in enumerate(events):
            if i == turn:
                settle(stage, held)
            _happen(player, event, begun_s)
        if turn == len(events):
            settle(stage, held)
        left = end_s - (stage.time_s - begun_s)
        if left > 0:
            stage.report(stage.truth, left)
        if turn is None:
            settle(stage, held)
        worths.append(group_worth(stage, held))
        stage.reset(mark)
    return max(worths)


def _happen(player: Player, event: tuple[int, str, int], begun_s: int) -> None:
    """An event at its time, or as soon as what came before is over."""
    stage, (at_s, kind, what) = player.stage, event
    left = at_s - (stage.time_s - begun_s)
    match kind:
        case "wait":
            if left > 0:
                pass_attended(stage, stage.outsiders, left)
        case "move":
            if left > player.world.moves_in_s:
                stage.report(stage.truth, left - player.world.moves_in_s)
            player.move()
        case _:
            if left > 0:
                stage.report(stage.truth, left)
            player.leave(what)
