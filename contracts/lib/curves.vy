# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Curves
@notice What it costs to move a signed distance, as the difference of a potential: splitting a move in one direction changes nothing.
@dev Distances and costs are USD WAD. A cost > 0 is paid, < 0 is earned. Every rounding is against whoever moves.
     Distances up to 1e13 USD are reckoned with every factor up to one and every exponent up to three. A power beyond that is no number
     but MOST, which no cap lets through: what cannot be reckoned is as dear as it gets. Distances up to 2e19 USD fit.
"""

from . import constants as c
from . import fixed_point as fp

MOST: constant(uint256) = 2**190  # of a power, and of a cost: far beyond all money


@internal
@pure
def div_up(n: int256, d: uint256) -> int256:
    """@dev Toward plus infinity; the language's own division truncates toward zero."""
    q: int256 = n // convert(d, int256)
    if n > 0 and q * convert(d, int256) != n:
        q += 1
    return q


@internal
@pure
def _is_beyond(power: uint256, distance: uint256) -> bool:
    """@notice Whether the next power would be more than MOST."""
    return distance > 0 and power > MOST // distance * c.WAD


@internal
@pure
def power_up(factor_wad: uint256, distance: uint256, exponent: uint256) -> uint256:
    """@notice factor * distance ** exponent, distances in USD; MOST where the power is beyond it."""
    power: uint256 = distance
    for _: uint256 in range(exponent - 1, bound=2):
        if self._is_beyond(power, distance):
            return MOST if factor_wad > 0 else 0
        power = fp.mul_up(power, distance)
    return fp.mul_up(power, factor_wad)


@internal
@pure
def power_down(factor_wad: uint256, distance: uint256, exponent: uint256) -> uint256:
    power: uint256 = distance
    for _: uint256 in range(exponent - 1, bound=2):
        if self._is_beyond(power, distance):
            return MOST if factor_wad > 0 else 0
        power = fp.mul_down(power, distance)
    return fp.mul_down(power, factor_wad)


@internal
@pure
def power_cost(
    before: int256,
    after: int256,
    gain_factor_wad: uint256,
    gain_exponent: uint256,
    loss_factor_wad: uint256,
    loss_exponent: uint256,
) -> int256:
    """
    @notice GMX v2's price impact. Nearer to zero on the same side: gain * after**e - gain * before**e (< 0). Away from it: the same
            with the loss factor (> 0). Across zero: the way in earns, the way out pays: loss * after**e - gain * before**e.
    """
    distance_before: uint256 = fp.magnitude(before)
    distance_after: uint256 = fp.magnitude(after)
    crosses: bool = (before < 0) != (after < 0)
    worsens: bool = distance_after >= distance_before
    paid: uint256 = 0
    if crosses or worsens:
        paid = self.power_up(loss_factor_wad, distance_after, loss_exponent)
    else:
        paid = self.power_up(gain_factor_wad, distance_after, gain_exponent)
    if paid == MOST:
        return convert(MOST, int256)
    earned: uint256 = 0
    if worsens and not crosses:
        earned = self.power_down(loss_factor_wad, distance_before, loss_exponent)
    else:
        earned = self.power_down(gain_factor_wad, distance_before, gain_exponent)
    return convert(paid, int256) - convert(earned, int256)


@internal
@pure
def _twice_ramp_area(position: int256, knee: uint256) -> uint256:
    distance: uint256 = fp.magnitude(position)
    if distance <= knee:
        return distance * distance
    return knee * (2 * distance - knee)


@internal
@pure
def ramp_cost(before: int256, after: int256, knee: uint256, scale: uint256) -> int256:
    """
    @notice Integral from `before` to `after` of the marginal cost clamp(x, -knee, knee) / scale: it rises in proportion to the
            distance x up to the knee and is level beyond it.
    @dev Twice the area under the clamp is x**2 up to the knee and knee * (2 |x| - knee) beyond. Exact but for one division.
    """
    area: int256 = convert(self._twice_ramp_area(after, knee), int256) - convert(
        self._twice_ramp_area(before, knee), int256
    )
    return self.div_up(area, 2 * scale)


@internal
@pure
def ramp_parts(before: int256, after: int256, knee: uint256, scale: uint256) -> (int256, int256):
    """@notice (cost of the part of a move that leads away from zero, what the part toward zero would earn), neither below zero."""
    if (before < 0) != (after < 0):
        return self.ramp_cost(0, after, knee, scale), -self.ramp_cost(before, 0, knee, scale)
    cost: int256 = self.ramp_cost(before, after, knee, scale)
    return max(cost, 0), max(-cost, 0)


@internal
@pure
def price_with(
    cost_usd_wad: int256,
    base_price_wad: uint256,
    size_delta_wad: int256,
    gain_cap_wad: uint256,
    loss_cap_wad: uint256,
) -> uint256:
    """
    @notice The fill price that charges a cost (> 0) or pays it (< 0) on a size in tokens (> 0 buys), at most the caps, as shares of the
            base price, away from it.
    @dev The size is not zero.
    """
    worse: int256 = self.div_up(cost_usd_wad * c.SWAD, fp.magnitude(size_delta_wad))
    worse = min(worse, convert(fp.mul_down(base_price_wad, loss_cap_wad), int256))
    worse = max(worse, -convert(fp.mul_down(base_price_wad, gain_cap_wad), int256))
    base: int256 = convert(base_price_wad, int256)
    if size_delta_wad > 0:
        return convert(base + worse, uint256)
    return convert(base - worse, uint256)
