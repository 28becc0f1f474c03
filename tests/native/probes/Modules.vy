# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Modules: state in modules that use each other, exported functions, one lock for all
"""
import Ledger as ledger
import Clock as clock

initializes: ledger
initializes: clock[ledger := ledger]

exports: (ledger.move, ledger.share, ledger.total, ledger.entries, clock.last_s)

own: public(uint256)
total_seen: public(uint256)


@deploy
def __init__(limit: uint256):
    ledger.__init__(limit)
    self.own = 3


@external
def tick(who: address, amount: uint256) -> (uint256, uint256):
    a: uint256 = 0
    b: uint256 = 0
    a, b = clock._tick(who, amount)
    self.own += b
    self.total_seen = ledger.total
    return a, b


@external
def give_back(who: address):
    taken: ledger.Entry = ledger.entries[who]
    ledger.entries[who] = empty(ledger.Entry)
    ledger.total -= taken.amount
    ledger.entries[msg.sender].amount += taken.amount
