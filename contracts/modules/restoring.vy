# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Restoring
@notice The least close that brings an account in liquidation to a target of equity / maintenance requirement: of which position, and how
        much of it.
@dev Next is the position of which each dollar closed brings the account furthest toward the target, reckoned where a straight line says that
     it is enough, or for all that may be closed. One whose close lowers equity / requirement, or loses what collateral cannot pay, is left
     alone. While a side's profit is capped the close is not rehearsed in full: it stops a little short, and the next one is reckoned anew.
     A secant kept in a bracket finds the size: a requirement that bends or is bounded below is the same to it. Views alone.
"""

from ..interfaces import ILiquidation
from ..lib import constants as c
from ..lib import fixed_point as fp
from . import prospect

uses: prospect

TOLERANCE_WAD: constant(uint256) = 10**12  # of the target: a hundredth of a basis point
ROUNDS: constant(uint256) = 32
PROBES: constant(uint256) = 6  # where all of a position does not help, or cannot be paid: a quarter, a sixteenth, and between
NEAR: constant(uint256) = 200  # part of the target: from further away a close stops short where a cap on profits binds
FINEST: constant(uint256) = 2**24  # of a size: the search ends at so small a part of it


struct Close:
    holding: prospect.Holding
    moved: uint256  # 0: none helps
    outcome: prospect.Outcome
    low: uint256  # less is not enough
    low_gap: int256


@internal
@view
def _next(
    id: uint256, markets: uint256, plan: ILiquidation.Plan, closed_usd_wad: uint256, exit_fees_usd_wad: uint256
) -> (uint256, int256, bool):
    """
    @notice The next close of an account, out of these markets.
    @return (market, size to trade, 0 where none helps or none is needed, whether the account is at its target afterwards)
    """
    a: prospect.Account = prospect._account(id, plan, closed_usd_wad, exit_fees_usd_wad)
    goal: uint256 = fp.mul_up(a.health.maintenance, plan.target_wad)
    if a.gap + convert(fp.mul_up(goal, TOLERANCE_WAD), int256) >= 0:
        return 0, 0, True
    best: Close = empty(Close)
    is_capped: bool = False
    most: uint256 = 0
    for m: uint256 in range(c.MAX_MARKETS):
        if markets & (1 << m) == 0 or a.health.notionals[m] == 0:
            continue
        close: Close = self._candidate(a, m, plan)
        is_capped = is_capped or close.holding.is_capped
        if close.moved > 0:
            gain: uint256 = fp.mul_div_down(
                fp.unsigned_or_zero(close.outcome.gap - a.gap), c.WAD, max(close.outcome.closed_usd_wad, 1)
            )
            if gain > most:
                best = close
                most = gain
    if best.moved == 0:
        return 0, 0, False
    if best.outcome.gap >= 0:
        restored: Close = self._least(a, best, plan)
        best = restored
        if is_capped and plan.close_wad == c.WAD and fp.unsigned_or_zero(-a.gap) > goal // NEAR:
            best.moved -= best.moved // 16
            best.outcome.gap = -1
    moved: int256 = convert(prospect._standing(best.holding, best.moved), int256)
    return best.holding.m, -moved if best.holding.is_long else moved, best.outcome.gap >= 0


@internal
@view
def _candidate(a: prospect.Account, m: uint256, plan: ILiquidation.Plan) -> Close:
    """@notice A first guess for one position: all that may be closed of it, or what would be enough on a straight line."""
    close: Close = empty(Close)
    close.holding = prospect._holding(a, m)
    close.low_gap = a.gap
    moved: uint256 = fp.mul_up(close.holding.size, plan.close_wad)
    below: uint256 = 0  # helps, and
    above: uint256 = 0  # does not: what collateral can pay ends between them
    for _: uint256 in range(PROBES):
        found: prospect.Outcome = prospect._after(a, close.holding, plan, moved)
        if found.helps:
            close.outcome = found
            below = moved
        else:
            above = moved
        if above == 0:
            break
        moved = above // 4 if below == 0 else (below + above) // 2
        if moved == below:
            break
    if below == 0:
        return close
    close.moved = below
    if close.outcome.gap > 0:
        guess: uint256 = self._between(close, convert(close.outcome.goal_usd_wad * TOLERANCE_WAD // c.WAD // 2, int256))
        found: prospect.Outcome = prospect._after(a, close.holding, plan, guess)
        if found.helps and found.gap >= 0:
            close.moved = guess
            close.outcome = found
        elif found.helps:
            close.low = guess
            close.low_gap = found.gap
    return close


@internal
@pure
def _between(close: Close, aim: int256) -> uint256:
    """@notice Where a straight line between the ends of a bracket is at `aim`, inside of it."""
    span: uint256 = close.moved - close.low
    up: uint256 = fp.unsigned_or_zero(aim - close.low_gap)
    whole: uint256 = max(fp.unsigned_or_zero(close.outcome.gap - close.low_gap), 1)
    return close.low + min(max(fp.mul_div_up(span, min(up, whole), whole), 1), max(span - 1, 1))


@internal
@view
def _least(a: prospect.Account, start: Close, plan: ILiquidation.Plan) -> Close:
    """@notice The size between one that is not enough and one that is, as near to the target as matters."""
    close: Close = start
    high_gap: int256 = close.outcome.gap  # as the secant weighs it
    was_high: bool = False
    was_low: bool = False
    for i: uint256 in range(ROUNDS):
        tolerance: int256 = convert(fp.mul_up(close.outcome.goal_usd_wad, TOLERANCE_WAD), int256)
        if close.outcome.gap <= tolerance or close.moved - close.low <= close.holding.size // FINEST + 1:
            break
        weighed: Close = close
        weighed.outcome.gap = high_gap
        moved: uint256 = self._between(weighed, tolerance // 2)
        if i % 4 == 3:
            moved = close.low + (close.moved - close.low) // 2
        found: prospect.Outcome = prospect._after(a, close.holding, plan, moved)
        if found.helps and found.gap >= 0:
            close.moved = moved
            close.outcome = found
            high_gap = found.gap
            if was_high:
                close.low_gap //= 2  # an end that stays is weighed less
            was_high = True
            was_low = False
        else:
            close.low = moved
            close.low_gap = min(found.gap, -1) if found.helps else -high_gap - 1
            if was_low:
                high_gap = max(high_gap // 2, tolerance // 2 + 1)
            was_low = True
            was_high = False
    return close
