"""How a provider leaves, the way that the design has: at once, or by request."""

from __future__ import annotations

from fractions import Fraction

from sim.chain.failures import name_of
from sim.fuzz.arena import Arena
from sim.fuzz.facts import Facts
from sim.fuzz.properties import Lab

#: Prices that a request may need until one is the first after its wait.
_MOST_PRICES = 240
_PRICE_S = 12
_FEW_PRICES = 4
#: A request that was not paid returns after so long (contracts/Exits.vy).
LIFE_S = 86_400


def is_by_request(facts: Facts) -> bool:
    """Shares of this pool leave by request."""
    return facts.pool.exit_wait_s > 0


def start(arena: Arena, actor: str, k: int, shares: int) -> bool:
    """Leave at once, or ask to: whether that was accepted."""
    verb = "request_exit" if is_by_request(arena.facts) else "redeem"
    return arena.call(verb, actor, k, shares, 0, arena.facts.actor(actor)).accepted


def finish(lab: Lab, actor: str, truth: tuple[int, ...] | None = None, *, leaves: bool = True) -> bool:
    """Wait, and let a keeper execute the request at the first price that there is: whether it was paid.

    Without a request (`leaves` is false) the same time passes.
    """
    arena = lab.arena
    lab.later(arena.facts.pool.exit_wait_s + 1, truth)
    if not leaves:
        return True
    for _ in range(_MOST_PRICES):
        call = arena.call("execute_exit", "keepers", arena.facts.actor(actor))
        if call.accepted and call.returns["units"]:
            return True
        if name_of(call.status) == "REQUEST_UNKNOWN":  # it was returned
            return False
        lab.later(_PRICE_S, truth)
    return False


def grown(lab: Lab, seconds: int) -> Fraction:
    """By what factor a share's low value grows in so much time at prices as they are; at least one."""
    arena, state = lab.arena, lab.state
    if not seconds or not state.aum.low:
        return Fraction(1)
    with arena.fork():
        lab.later(seconds)
        return max(Fraction(arena.reader.aum().low, state.aum.low), Fraction(1))


def unlocked(lab: Lab) -> None:
    """As long as shares stay with whoever has minted them."""
    if lab.facts.pool.redeem_delay_s:
        lab.later(lab.facts.pool.redeem_delay_s)


def settle_requests(lab: Lab) -> None:
    """Let keepers bring to an end what providers asked for before."""
    arena = lab.arena
    for actor, asked in enumerate(arena.snapshot().exits):
        if not asked.shares:
            continue
        lab.later(max(0, asked.due_s - arena.time_s) + 1)
        for _ in range(_FEW_PRICES):
            arena.call("execute_exit", "keepers", actor)
            if not arena.snapshot().exits[actor].shares:
                break
            lab.later(_PRICE_S)
        else:  # the asset that was asked for cannot pay: the shares return
            lab.later(LIFE_S)
            arena.call("execute_exit", "keepers", actor)


def leave(lab: Lab, actor: str, k: int, shares: int) -> int:
    """Tokens for shares, whichever way they leave; 0 if they do not."""
    arena = lab.arena
    if not is_by_request(arena.facts):
        call = arena.call("redeem", actor, k, shares, 0, arena.facts.actor(actor))
        return call.returns["tokens"] if call.accepted else 0
    me = arena.facts.actor(actor)
    before = arena.reader.balance(k, me)
    if not start(arena, actor, k, shares) or not finish(lab, actor):
        return 0
    return arena.reader.balance(k, me) - before
