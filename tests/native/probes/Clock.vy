# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Clock: a module that uses another one's state
"""
import Ledger as ledger
uses: ledger

last_s: public(uint256)
moves: uint256


@internal
def _tick(who: address, amount: uint256) -> (uint256, uint256):
    self.last_s = block.timestamp
    self.moves += 1
    ledger.total -= min(ledger.total, 1)
    after: uint256 = ledger._move(who, amount)
    return after, self.moves
