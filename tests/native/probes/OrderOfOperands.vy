# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Order of operands: which of several reverts with a code comes first inside an expression
"""
from contracts.lib import errors
import Coded as coded

next: address


@deploy
def __init__(next: address):
    self.next = next


@internal
@view
def _address(x: uint256, code: uint256) -> address:
    errors.check(x != 0, code)
    return self.next


@external
@view
def add(x: uint256, y: uint256) -> uint256:
    return coded.a(x) + coded.b(y)


@external
@view
def sub(x: uint256, y: uint256) -> uint256:
    return coded.a(x) - coded.b(y)


@external
@view
def mul(x: uint256, y: uint256) -> uint256:
    return coded.a(x) * coded.b(y)


@external
@view
def div(x: uint256, y: uint256) -> uint256:
    return coded.a(x) // coded.b(y)


@external
@view
def mod(x: uint256, y: uint256) -> uint256:
    return coded.a(x) % coded.b(y)


@external
@view
def narrow(x: uint256, y: uint256) -> (uint8, uint8, uint8):
    return (
        coded.narrow(x, 1) * coded.narrow(y, 2),
        coded.narrow(x, 3) - coded.narrow(y, 4),
        coded.narrow(x, 3) // coded.narrow(y, 4),
    )


@external
@view
def signed(x: uint256, y: uint256) -> (int128, bool):
    return coded.signed(x, 1) * coded.signed(y, 2), coded.signed(x, 3) < coded.signed(y, 4)


@external
@view
def bits(x: uint256, y: uint256) -> uint256:
    return coded.a(x) & coded.b(y)


@external
@view
def bits_or(x: uint256, y: uint256) -> uint256:
    return coded.a(x) | coded.b(y)


@external
@view
def bits_xor(x: uint256, y: uint256) -> uint256:
    return coded.a(x) ^ coded.b(y)


@external
@view
def shifts(x: uint256, y: uint256) -> uint256:
    return coded.a(x) << coded.b(y)


@external
@view
def shifts_right(x: uint256, y: uint256) -> uint256:
    return coded.a(x) >> coded.b(y)


@external
@view
def less(x: uint256, y: uint256) -> bool:
    return coded.a(x) < coded.b(y)


@external
@view
def less_or_equal(x: uint256, y: uint256) -> bool:
    return coded.a(x) <= coded.b(y)


@external
@view
def greater(x: uint256, y: uint256) -> bool:
    return coded.a(x) > coded.b(y)


@external
@view
def greater_or_equal(x: uint256, y: uint256) -> bool:
    return coded.a(x) >= coded.b(y)


@external
@view
def equal(x: uint256, y: uint256) -> bool:
    return coded.a(x) == coded.b(y)


@external
@view
def unequal(x: uint256, y: uint256) -> bool:
    return coded.a(x) != coded.b(y)


@external
@view
def same_truth(x: uint256, y: uint256) -> (bool, bool):
    return coded.truth(x, 1) == coded.truth(y, 2), coded.truth(x, 3) != coded.truth(y, 4)


@external
@view
def same_address(x: uint256, y: uint256) -> bool:
    return self._address(x, 1) == self._address(y, 2)


@external
@view
def extremes(x: uint256, y: uint256) -> (uint256, uint256):
    return min(coded.a(x), coded.b(y)), max(coded.a(x), coded.c(y))


@external
@view
def least(x: uint256, y: uint256) -> uint256:
    return min(coded.b(x), coded.a(y))


@external
@view
def unsafely(x: uint256, y: uint256) -> uint256:
    return unsafe_add(coded.a(x), coded.b(y))


@external
@view
def unsafely_less(x: uint256, y: uint256) -> uint256:
    return unsafe_sub(coded.a(x), coded.b(y))


@external
@view
def unsafely_divided(x: uint256, y: uint256) -> uint256:
    return unsafe_div(coded.a(x), coded.b(y))


@external
@view
def unsafely_multiplied(x: uint256, y: uint256) -> uint8:
    return unsafe_mul(coded.narrow(x, 1), coded.narrow(y, 2))


@external
@view
def mixed(x: uint256, y: uint256, z: uint256) -> uint256:
    return (coded.a(x) + coded.b(y)) * (coded.c(z) & coded.a(y)) // (coded.b(x) | coded.c(y))


@external
@view
def chained(x: uint256, y: uint256, z: uint256) -> bool:
    return coded.truth(x, 1) and coded.truth(y, 2) or coded.truth(z, 3) and not coded.truth(x, 4)


@external
@view
def chained_or(x: uint256, y: uint256, z: uint256) -> bool:
    return (coded.truth(x, 1) or coded.truth(y, 2)) and (coded.truth(z, 3) or coded.truth(y, 4))


@external
@view
def chosen(x: uint256, y: uint256, z: uint256) -> uint256:
    return coded.a(y) if coded.truth(x, 1) else coded.b(z)


@external
@view
def converted(x: uint256, y: uint256) -> int256:
    return convert(coded.a(x), int256) - convert(coded.b(y), int256)


@external
@view
def negated(x: uint256, y: uint256) -> int128:
    return -coded.signed(x, 1) - coded.signed(y, 2)


@external
@view
def powers(x: uint256, y: uint256) -> uint256:
    return coded.a(x) ** 3 + 2 ** coded.b(y)
