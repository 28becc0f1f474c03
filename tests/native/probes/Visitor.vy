# pragma version 0.4.3
"""
@title Visitor: calls back whoever called it, into functions with and without a lock
"""

interface IGuarded:
    def act(what: uint256) -> uint256: nonpayable
    def touch(): nonpayable
    def touch_open(): nonpayable
    def read() -> uint256: view
    def read_open() -> uint256: view
    def double(x: uint256) -> uint256: view
    def count() -> uint256: view
    def open_count() -> uint256: view
    def peek(what: uint256) -> uint256: view


seen: public(uint256)


@external
def visit(what: uint256):
    guarded: IGuarded = IGuarded(msg.sender)
    self.seen += 1
    if what == 0:
        extcall guarded.touch()
    elif what == 1:
        extcall guarded.touch_open()
    elif what == 2:
        self.seen += staticcall guarded.read()
    elif what == 3:
        self.seen += staticcall guarded.read_open()
    elif what == 4:
        self.seen += staticcall guarded.count()
    elif what == 5:
        self.seen += staticcall guarded.open_count()
    elif what == 6:
        count: uint256 = extcall guarded.act(7)
        self.seen += count
    elif what == 7:
        self.seen += staticcall guarded.double(4)
    elif what == 8:
        self.seen += staticcall guarded.peek(3)
    elif what == 9:
        raise "no"


@external
@view
def look(what: uint256) -> uint256:
    guarded: IGuarded = IGuarded(msg.sender)
    if what == 2:
        return staticcall guarded.read()
    if what == 3:
        return staticcall guarded.read_open()
    if what == 4:
        return staticcall guarded.peek(3)
    return what // (what - 6)
