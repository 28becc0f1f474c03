# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Ledger: a module with state, used and exported by others
"""
from contracts.lib import errors

event Moved:
    who: indexed(address)
    amount: uint256


struct Entry:
    amount: uint256
    by: address


MOST: constant(uint256) = 10**6
LIMIT_OF: immutable(uint256)

total: public(uint256)
entries: public(HashMap[address, Entry])
open_until_s: uint256


@deploy
def __init__(limit: uint256):
    LIMIT_OF = limit
    self.open_until_s = 1


@internal
def _move(who: address, amount: uint256) -> uint256:
    errors.check(amount <= LIMIT_OF, 61)
    self.entries[who].amount += amount
    self.entries[who].by = msg.sender
    self.total += amount
    errors.check(self.total <= MOST, 62)
    log Moved(who=who, amount=amount)
    return self.total


@external
def move(who: address, amount: uint256) -> uint256:
    return self._move(who, amount)


@view
@external
def share(who: address) -> uint256:
    return self.entries[who].amount * 100 // max(self.total, 1)
