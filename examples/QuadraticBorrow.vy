# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Quadratic borrow rate
@notice rate = rate at full utilisation * utilisation ** 2: cheap while the pool is idle, steep where it runs short. An own
        policy, named by its path in own_rule.toml. Source: none, an example.
@dev contracts.interfaces and contracts.lib are found wherever this file lies.
"""

from contracts.interfaces import IBorrowRate
from contracts.lib import constants as c
from contracts.lib import fixed_point as fp

implements: IBorrowRate

RATE_AT_FULL_WAD_PER_S: public(immutable(uint256))


@deploy
def __init__(rate_at_full_wad_per_s: uint256):
    assert rate_at_full_wad_per_s <= c.MAX_RATE_WAD_PER_S, "QuadraticBorrow: rate_at_full_wad_per_s above the hard bound"
    RATE_AT_FULL_WAD_PER_S = rate_at_full_wad_per_s


@internal
@view
def _rate(utilisation_wad: uint256) -> uint256:
    return fp.mul_up(RATE_AT_FULL_WAD_PER_S, fp.mul_up(utilisation_wad, utilisation_wad))


@external
@view
def rates(
    market: uint256,
    utilisation_long_wad: uint256,
    utilisation_short_wad: uint256,
    long_usd_wad: uint256,
    short_usd_wad: uint256,
    elapsed_s: uint256,
    memo: uint256,
) -> (uint256, uint256, uint256):
    """@notice (long, short) WAD per second on the entry notional, and the memo."""
    return self._rate(utilisation_long_wad), self._rate(utilisation_short_wad), memo
