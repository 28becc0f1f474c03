# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Guarded: locked functions that call somebody who may call back
"""

interface IVisitor:
    def visit(what: uint256): nonpayable
    def look(what: uint256) -> uint256: view


visitor: IVisitor
count: public(uint256)
open_count: reentrant(public(uint256))


@external
def invite(who: IVisitor):
    self.visitor = who


@external
def act(what: uint256) -> uint256:
    self.count += 1
    self.open_count += 1
    extcall self.visitor.visit(what)
    return self.count


@external
@reentrant
def act_open(what: uint256) -> uint256:
    self.open_count += 1
    extcall self.visitor.visit(what)
    return self.open_count


@external
@view
def peek(what: uint256) -> uint256:
    return staticcall self.visitor.look(what)


@external
def touch():
    self.count += 10


@external
@reentrant
def touch_open():
    self.open_count += 10


@external
@view
def read() -> uint256:
    return self.count


@external
@view
@reentrant
def read_open() -> uint256:
    return self.count


@external
@pure
def double(x: uint256) -> uint256:
    return 2 * x
