# pragma version 0.4.3
"""
@title Witness: whom the subject calls, and who calls back
"""
from contracts.lib import errors

interface ISubject:
    def touch(): nonpayable
    def look() -> uint256: view


noted: public(uint256)


@external
def note(x: uint256) -> uint256:
    self.noted += x
    errors.check(x != 5, 31)
    return self.noted


@external
@view
def told_by() -> address:
    return msg.sender


@external
def call_back(what: uint256):
    if what == 1:
        extcall ISubject(msg.sender).touch()
    elif what == 2:
        self.noted = staticcall ISubject(msg.sender).look()
