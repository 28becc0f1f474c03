"""Recipes of the oracle's admin: venues and feeds near those of the design, announced and then set."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.recipes import recipe

_TARGET = "oracle_controller"
VENUES = 8
_LIMBS = 4


def _stored(p: Hand, name: str) -> list[int]:
    """Words of a variable of the controller."""
    limbs = p.stage.stored(f"{_TARGET}.{name}").reshape(-1, _LIMBS).tolist()
    return [sum(limb << 64 * i for i, limb in enumerate(row)) for row in limbs]


def _admin(p: Hand) -> str:
    (address,) = _stored(p, "admin")
    return p.stage.names.get(address, "admin")


def _rows(p: Hand, name: str, rows: int) -> list[list[int]]:
    words = _stored(p, name)
    width = len(words) // rows
    return [words[i : i + width] for i in range(0, len(words), width)]


@recipe(_TARGET, "bind", 0.15)
def bind(p: Hand) -> list[Sent]:
    """Refused: the controller has its oracle."""
    return [p.sent(_admin(p), _TARGET, "bind", p.address("oracle"))]


@recipe(_TARGET, "seal", 0.05)
def seal(p: Hand) -> list[Sent]:
    """Once more."""
    return [p.sent(_admin(p), _TARGET, "seal")]


@recipe(_TARGET, "nominate_admin", 0.1)
def nominate_admin(p: Hand) -> list[Sent]:
    """The office goes to somebody and back."""
    there = [p.sent("admin", _TARGET, "nominate_admin", p.address("lp0")), p.sent("lp0", _TARGET, "accept_admin")]
    back = [p.sent("lp0", _TARGET, "nominate_admin", p.address("admin")), p.sent("admin", _TARGET, "accept_admin")]
    return there + back if _admin(p) == "admin" else back


@recipe(_TARGET, "accept_admin", 0.05)
def accept_admin(p: Hand) -> list[Sent]:
    """Mostly by somebody who was not nominated."""
    return [p.sent(p.actor(), _TARGET, "accept_admin")]


@recipe(_TARGET, "announce_venue", 0.3)
def announce_venue(p: Hand) -> list[Sent]:
    """A venue as it was deployed, its limits a little different; sometimes too far away."""
    v = p.dice.below(VENUES)
    reporter, weight, age, confidence = p.venues[v]
    by = p.address(p.stage.names.get(reporter, "reporter"))
    weight = p.edge(weight) if p.dice.chance(0.1) else weight
    return [p.sent(_admin(p), _TARGET, "announce_venue", v, by, weight, age + p.dice.below(20), confidence)]


@recipe(_TARGET, "set_venue", 0.4)
def set_venue(p: Hand) -> list[Sent]:
    """A venue that was announced, if there is one; mostly when it is due."""
    times = _stored(p, "announced_venue_at_s")
    v = max(range(VENUES), key=lambda each: (times[each] + 86_400 <= p.seen.now_s, times[each]))
    reporter, *rest = _rows(p, "announced_venue", len(times))[v]
    by = p.address(p.stage.names.get(reporter, "reporter"))
    return [p.sent(_admin(p), _TARGET, "set_venue", v, by, *rest)]


@recipe(_TARGET, "announce_feed", 0.3)
def announce_feed(p: Hand) -> list[Sent]:
    """A feed as it was deployed, its age a little different; sometimes one number at an edge."""
    f = p.dice.below(len(p.feeds))
    params = list(p.feeds[f])
    params[4] += p.dice.below(10)
    if p.dice.chance(0.2):
        params[p.dice.below(len(params))] = p.dice.any_word()
    return [p.sent(_admin(p), _TARGET, "announce_feed", f, *params)]


@recipe(_TARGET, "set_feed", 0.4)
def set_feed(p: Hand) -> list[Sent]:
    """A feed that was announced, if there is one; mostly when it is due."""
    times = _stored(p, "announced_feed_at_s")
    f = max(range(len(p.feeds)), key=lambda each: (times[each] + 86_400 <= p.seen.now_s, times[each]))
    return [p.sent(_admin(p), _TARGET, "set_feed", f, *_rows(p, "announced_feed", len(times))[f])]
