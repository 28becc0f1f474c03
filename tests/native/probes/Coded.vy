# pragma version 0.4.3
"""
@title Coded: values of every shape that revert with a code of one's own where they are made of zero
"""
from contracts.lib import errors

struct Three:
    a: uint256
    b: uint256
    c: uint256


@internal
@pure
def a(x: uint256) -> uint256:
    errors.check(x != 0, 11)
    return x


@internal
@pure
def b(x: uint256) -> uint256:
    errors.check(x != 0, 12)
    return x


@internal
@pure
def c(x: uint256) -> uint256:
    errors.check(x != 0, 13)
    return x


@internal
@pure
def truth(x: uint256, code: uint256) -> bool:
    errors.check(x != 0, code)
    return x == 1


@internal
@pure
def signed(x: uint256, code: uint256) -> int128:
    errors.check(x != 0, code)
    return -convert(x, int128)


@internal
@pure
def narrow(x: uint256, code: uint256) -> uint8:
    errors.check(x != 0, code)
    return convert(x, uint8)


@internal
@pure
def row(x: uint256, code: uint256) -> uint256[3]:
    errors.check(x != 0, code)
    return [x, x, x]


@internal
@pure
def three(x: uint256, code: uint256) -> Three:
    errors.check(x != 0, code)
    return Three(a=x, b=x, c=x)
