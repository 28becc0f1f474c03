# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Losses
@notice What bankrupt accounts cost the pool: per market and winning side, as far as winners may still be asked for it, and per epoch, as
        far as the design lets the pool take new risk.
"""

from ..interfaces import IDesk
from ..interfaces import IMarket
from ..lib import fixed_point as fp

MAX_EPOCH_S: constant(uint256) = 30 * 86_400

MARKET: public(immutable(IMarket))
DESK: public(immutable(IDesk))
MAX_EPOCH_LOSS_USD_WAD: public(immutable(uint256))
EPOCH_S: public(immutable(uint256))

epoch_ends_s: public(uint256)
epoch_loss_usd_wad: public(uint256)
deficits: public(HashMap[uint256, HashMap[uint256, uint256]])  # market -> winning side -> USD that the pool lost to it
deficit_at_s: public(HashMap[uint256, HashMap[uint256, uint256]])


event DeficitChanged:
    market: indexed(uint256)
    side: indexed(uint256)  # whose winners may be asked for it
    usd_wad: uint256


@deploy
def __init__(market: address, desk: address, max_epoch_loss_usd_wad: uint256, epoch_s: uint256):
    assert epoch_s <= MAX_EPOCH_S, "Losses: epoch_s above 30 days"
    MARKET = IMarket(market)
    DESK = IDesk(desk)
    MAX_EPOCH_LOSS_USD_WAD = max_epoch_loss_usd_wad
    EPOCH_S = epoch_s


@internal
def _lose(usd_wad: uint256, m: uint256, winning_side: uint256):
    """@notice The pool has a loss: winners on the other side may be asked for it, and too much of it in an epoch stops new risk."""
    if usd_wad == 0:
        return
    if self.deficit_at_s[m][winning_side] + EPOCH_S < block.timestamp:
        self.deficits[m][winning_side] = 0
    self.deficits[m][winning_side] += usd_wad
    self.deficit_at_s[m][winning_side] = block.timestamp
    log DeficitChanged(market=m, side=winning_side, usd_wad=self.deficits[m][winning_side])
    if block.timestamp >= self.epoch_ends_s:
        self.epoch_ends_s = block.timestamp + EPOCH_S
        self.epoch_loss_usd_wad = 0
    self.epoch_loss_usd_wad += usd_wad
    if self.epoch_loss_usd_wad > MAX_EPOCH_LOSS_USD_WAD:
        extcall MARKET.restrict(self.epoch_ends_s)


@internal
@view
def _deficit(m: uint256, side: uint256) -> uint256:
    """@notice What the pool lost to a side in this epoch; older losses are settled."""
    if self.deficit_at_s[m][side] + EPOCH_S < block.timestamp:
        return 0
    return self.deficits[m][side]


@internal
def _recover(m: uint256, side: uint256, usd_wad: uint256):
    """@notice Winners gave this much back."""
    left: uint256 = fp.sub_or_zero(self.deficits[m][side], usd_wad)
    self.deficits[m][side] = left
    log DeficitChanged(market=m, side=side, usd_wad=left)
