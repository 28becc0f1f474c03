# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title No circuit breaker
@notice Closes nothing, and forgets what another rule remembered.
"""

from ...interfaces import ICircuit

implements: ICircuit


@external
@view
def closed(
    market: uint256,
    price_wad: uint256,
    pnl_usd_wad: int256[2],
    pool_usd_wad: uint256[2],
    elapsed_s: uint256,
    memo: uint256,
) -> (uint256, uint256):
    """@notice (no verb, no memory)."""
    return 0, 0
