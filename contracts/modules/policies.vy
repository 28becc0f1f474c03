# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Policies
@notice The contract that fills each slot of the design, and the one word of memory that a rule may keep per subject.
@dev A policy has no storage. What it must remember (a window, a cooldown) it gets as `memo` and gives back. The subject is a market for
     borrow rate, funding rate and price impact, an account for liquidation.
"""

from ..interfaces import IMarket
from ..lib import constants as c
from ..lib import errors as err
from . import access

uses: access

policy_of: public(HashMap[uint256, address])
memo_of: public(HashMap[uint256, HashMap[uint256, uint256]])  # slot -> subject -> word


@external
def set_policy(slot: uint256, policy: address):
    access._only_controller()
    self.policy_of[slot] = policy
    log IMarket.PolicyChanged(slot=slot, policy=policy)


@internal
def _remember(slot: uint256, subject: uint256, memo: uint256):
    if memo != self.memo_of[slot][subject]:
        self.memo_of[slot][subject] = memo
