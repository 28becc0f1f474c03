"""Prices as venues tell them, of which some lie; and the oracle's own settings."""

from __future__ import annotations

from sim.certificate.machine import Sent
from sim.certificate.storm.dice import Dice
from sim.certificate.storm.hand import Hand
from sim.certificate.storm.recipes import recipe
from sim.certificate.storm.truth import Truth

VENUES = 8
_SPREADS = (0, 1, -1, 2, -2, 1, -1, 0)  # tenths of a basis point
_WORD_OFFSET = 32


def quotes(p: Hand, truth: Truth) -> list[int]:
    """Words of a report, feed by feed: mostly venues that agree, sometimes madness in one feed."""
    now = p.stage.twin.time_s
    mad = p.dice.below(len(truth.prices)) if p.dice.chance(0.06) else -1
    words = []
    for f, price in enumerate(truth.prices):
        for v in range(VENUES):
            told = price * (100_000 + _SPREADS[v]) // 100_000
            word = told << 160 | price // 100_000 << 64 | now
            words.append(_mad(p.dice, told, now) if f == mad and p.dice.chance(0.6) else word)
    return words


def _mad(dice: Dice, price: int, now: int) -> int:
    """A quote that is wrong in some way."""
    kind = dice.below(8)
    if kind == 0:
        return 0
    if kind == 1:
        return dice.any_word()
    factor = dice.pick((0.1, 0.7, 0.97, 1.03, 1.4, 10.0))
    confidence = price // dice.pick((10, 30, 60, 100_000))
    time = now + dice.pick((0, 0, 0, 1, -30, -3_600))
    return int(price * factor) % 2**96 << 160 | confidence << 64 | time


def report(p: Hand, sender: str, words: list[int]) -> Sent:
    """A report of these quote words."""
    return p.sent(sender, "oracle", "report", _WORD_OFFSET, len(words), *words)


@recipe("oracle", "report", 0.5)
def report_again(p: Hand) -> list[Sent]:
    """A second report in a block, by somebody else, or of another length."""
    words = quotes(p, p.truth)
    kind = p.dice.roll()
    if kind < 0.6:
        return [report(p, "reporter", words)]
    if kind < 0.75:
        return [report(p, p.actor(), [0] * len(words))]
    return [report(p, p.actor(), words[: p.dice.below(len(words) + 1)])]


@recipe("oracle", "set_venue", 0.3)
def set_venue(p: Hand) -> list[Sent]:
    """A venue as it was deployed, its limits a little different."""
    v = p.dice.below(VENUES)
    reporter, weight, age, confidence = p.venues[v]
    age = age + p.dice.below(20) if p.dice.chance(0.5) else age
    weight = p.edge(weight)
    values = (p.address(p.stage.names.get(reporter, "reporter")), weight, p.edge(age), p.edge(confidence))
    return [p.sent("oracle_controller", "oracle", "set_venue", v, *values)]


@recipe("oracle", "set_feed", 0.3)
def set_feed(p: Hand) -> list[Sent]:
    """A feed as it was deployed, its spread a little different, or one number of it at an edge."""
    f = p.dice.below(len(p.feeds))
    params = list(p.feeds[f])
    params[2] = params[2] * (100 + p.dice.below(50)) // 100
    again: list[Sent] = []
    if p.dice.chance(0.3):
        again = [p.sent("oracle_controller", "oracle", "set_feed", f, *params)]
        params[p.dice.below(len(params))] = p.dice.any_word()
    return [p.sent("oracle_controller", "oracle", "set_feed", f, *params), *again]
