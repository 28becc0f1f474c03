# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Callee: what others call; it tells who called, keeps what it was given, and refuses late
"""
from contracts.lib import errors

struct Note:
    by: address
    x: uint256


note: public(Note)
notes: public(HashMap[address, Note])
count: public(uint256)


event Noted:
    by: indexed(address)
    x: uint256


@external
def keep(x: uint256) -> uint256:
    self.note = Note(by=msg.sender, x=x)
    self.notes[msg.sender].x += x
    self.count += 1
    log Noted(by=msg.sender, x=x)
    errors.check(x != 3, 50 + x)
    assert x != 4
    return self.count


@external
def keep_silently(x: uint256):
    self.count += x


@external
@view
def sender() -> address:
    return msg.sender


@external
@view
def several(x: uint256) -> (uint256, address, bool):
    return x + 1, msg.sender, x > 3


@external
@view
def row(given: uint256[2], notes: Note[2]) -> Note[2]:
    return [notes[1], Note(by=self, x=given[0] + given[1])]


@external
@view
def doubled(given: DynArray[uint256, 3]) -> DynArray[uint256, 3]:
    out: DynArray[uint256, 3] = []
    for x: uint256 in given:
        out.append(2 * x)
    return out


@external
@pure
def only_if(x: uint256, code: uint256) -> uint256:
    errors.check(x != 0, code)
    return 100 // (x - 1)


@external
def mutable_answer() -> uint256:
    self.count += 1
    return self.count


@external
def no_answer():
    pass


@external
@view
def small() -> uint8:
    return 7


@external
@view
def four(given: DynArray[uint256, 4]) -> DynArray[uint256, 4]:
    return given
