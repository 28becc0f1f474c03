"""What prices really are in a storm: a random walk with jumps and crashes."""

from __future__ import annotations

from sim.certificate.storm.dice import Dice
from sim.certificate.storm.seen import Seen
from sim.certificate.storm.stage import Stage

WAD = 10**18
HALTED = 2
_RIPPLE, _MOVE, _JUMP = (-0.004, 0.004), (-0.06, 0.06), (-0.45, 0.6)
_SLOWLY = 0.03
_STRAY = 8  # a price further than so many times from where it began returns there


class Truth:
    """What prices really are."""

    def __init__(self, stage: Stage) -> None:
        design = stage.design
        self._rules = {design.feed_id(feed.symbol): feed for feed in design.oracle.feeds}
        self._ids = {feed.symbol: f for f, feed in self._rules.items()}
        self._base = list(stage.prices_wad)
        self.prices = list(stage.prices_wad)
        self._is_slow = bool(design.oracle.max_step_wad)

    def move(self, dice: Dice, seen: Seen) -> None:
        """Move on; where the oracle takes a move for an error, return to what it believes."""
        for f in range(len(self.prices)):
            self.prices[f] = self._moved(f, dice)
            if self._is_slow and seen.prices[f][5] == HALTED and dice.chance(0.5):
                self.prices[f] = seen.prices[f][1] or self.prices[f]
        for f, feed in self._rules.items():
            if feed.redemption_base is not None and dice.chance(0.95):
                base = self._ids.get(feed.redemption_base)
                price = WAD if base is None else self.prices[base]
                self.prices[f] = price * feed.redemption_rate_wad // WAD

    def _moved(self, f: int, dice: Dice) -> int:
        """A ripple, a move or a jump; who is worth a dollar seldom leaves it."""
        kind, base = dice.roll(), self._base[f]
        if base == WAD:
            return int(WAD * (1 + (dice.between(-0.002, 0.002) if kind < 0.97 else dice.between(-0.12, 0.03))))
        least, most = _RIPPLE if kind < 0.75 else _MOVE if kind < 0.94 else _JUMP
        move = dice.between(least, most)
        if self._is_slow and dice.chance(0.8):
            move = max(-_SLOWLY, min(_SLOWLY, move))
        price = int(self.prices[f] * (1 + move))
        rules = self._rules[f]
        strays = not base // _STRAY < price < base * _STRAY
        return base if strays or not rules.min_usd_wad * 1.1 < price < rules.max_usd_wad * 0.9 else price
