# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Policies
@notice The contract that fills each slot of the design, and the one word of memory that a rule may keep per market.
@dev A policy has no storage. What it must remember (a window, a direction) it gets as `memo` and gives back. A memory belongs to the
     rule that wrote it: another rule begins with none. Each contract that asks rules holds the slots that it asks.
"""

from ..interfaces import IMarket
from ..lib import constants as c
from . import access

uses: access

policy_of: public(HashMap[uint256, address])
memo_of: public(HashMap[uint256, HashMap[uint256, uint256]])  # slot -> market -> word
changes: HashMap[uint256, uint256]  # slot -> how often it was filled


@external
def set_policy(slot: uint256, policy: address):
    access._only_controller()
    self.policy_of[slot] = policy
    self.changes[slot] += 1
    for m: uint256 in range(c.MAX_MARKETS):
        self._remember(slot, m, 0)
    log IMarket.PolicyChanged(slot=slot, policy=policy)


@internal
def _remember(slot: uint256, m: uint256, memo: uint256):
    if memo != self.memo_of[slot][m]:
        self.memo_of[slot][m] = memo
