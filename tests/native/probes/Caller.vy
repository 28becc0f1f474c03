# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Caller: calls of other contracts, through interfaces, to addresses that may be anything
"""

struct Note:
    by: address
    x: uint256


interface ICallee:
    def keep(x: uint256) -> uint256: nonpayable
    def keep_silently(x: uint256): nonpayable
    def sender() -> address: view
    def several(x: uint256) -> (uint256, address, bool): view
    def row(given: uint256[2], notes: Note[2]) -> Note[2]: view
    def doubled(given: DynArray[uint256, 3]) -> DynArray[uint256, 3]: view
    def only_if(x: uint256, code: uint256) -> uint256: view
    def missing(x: uint256) -> uint256: view
    def missing_silently(x: uint256): nonpayable
    def note() -> Note: view
    def notes(who: address) -> Note: view
    def mutable_answer() -> uint256: view
    def no_answer() -> bool: nonpayable
    def small() -> uint256: view
    def four(given: DynArray[uint256, 2]) -> DynArray[uint256, 2]: view


callee: public(ICallee)
targets: ICallee[2]
by: public(HashMap[address, ICallee])
kept: public(uint256)
last: public(Note)


@deploy
def __init__(callee: ICallee):
    self.callee = callee
    self.targets = [callee, callee]


@external
def retarget(who: address):
    self.callee = ICallee(who)
    self.by[msg.sender] = self.callee


@external
def restore():
    self.callee = self.targets[0]


@external
def keep(x: uint256, y: uint256) -> uint256:
    self.kept = x
    found: uint256 = extcall self.callee.keep(y)
    self.kept += found
    assert x != 2
    return extcall self.targets[1].keep(x)


@external
def keep_at(who: address, x: uint256):
    self.kept += 1
    extcall ICallee(who).keep_silently(x)


@external
@view
def senders() -> (address, address, bool, address):
    return staticcall self.callee.sender(), self.callee.address, self.callee.address.is_contract, msg.sender


@external
@view
def several(x: uint256) -> (uint256, address, bool):
    a: uint256 = 0
    b: address = empty(address)
    c: bool = False
    a, b, c = staticcall self.callee.several(x)
    return a + x, b, not c


@external
@view
def row(x: uint256, note: Note) -> (Note[2], uint256):
    found: Note[2] = staticcall self.callee.row([x, 5], [note, Note(by=self, x=x)])
    return found, (staticcall self.callee.row([x, x], [note, found[1]]))[1].x


@external
@view
def doubled(given: DynArray[uint256, 3]) -> DynArray[uint256, 3]:
    return staticcall self.callee.doubled(given)


@external
@view
def codes(x: uint256, y: uint256) -> uint256:
    return staticcall self.callee.only_if(x, 71) + staticcall self.callee.only_if(y, 72)


@external
@view
def missing(x: uint256) -> uint256:
    return staticcall self.callee.missing(x)


@external
def missing_silently(x: uint256):
    self.kept = x
    extcall self.callee.missing_silently(x)


@external
def note() -> uint256:
    self.last = staticcall self.callee.note()
    return self.last.x + (staticcall self.callee.notes(self)).x


@external
def defaulted() -> bool:
    return extcall self.callee.no_answer(default_return_value=True)


@external
@view
def static_write() -> uint256:
    return staticcall self.callee.mutable_answer()


@external
@view
def other_width() -> uint256:
    return staticcall self.callee.small()


@external
@view
def other_capacity(given: DynArray[uint256, 2]) -> DynArray[uint256, 2]:
    return staticcall self.callee.four(given)
