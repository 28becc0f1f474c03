# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Choices, short circuits, tuples, defaults, immutables, constants, reverts
"""
from contracts.lib import errors

WAD: constant(uint256) = 10**18
HALF: constant(uint256) = WAD // 2
IS_ON: constant(bool) = True
LOW: constant(int256) = min_value(int256)

struct Pair:
    left: uint256
    right: uint256


RATE: public(immutable(uint256))
OWNER: public(immutable(address))
PAIR: immutable(Pair)
ROW: public(immutable(uint256[3]))

total: public(uint256)
last: public(uint256)
pair: public(Pair)
slots: public(uint256[4])


@deploy
def __init__(rate: uint256, owner: address):
    RATE = rate
    OWNER = owner
    PAIR = Pair(left=rate, right=rate + 1)
    ROW = [rate, 2, 3]
    self.total = 5


@internal
@pure
def _two(x: uint256) -> (uint256, uint256):
    return x // 2, x % 7


@internal
def _counted(x: uint256) -> (uint256, Pair, bool):
    self.total = unsafe_add(self.total, x)
    return self.total, Pair(left=x, right=self.total), x > 3


@internal
@pure
def _coded(x: uint256, code: uint256) -> bool:
    errors.check(x != code, code)
    return x > code


@external
@view
def constants() -> (uint256, uint256, bool, int256, uint256, address):
    return WAD, HALF, IS_ON, LOW, RATE, OWNER


@external
@view
def immutables(i: uint256) -> (uint256, uint256, uint256[3]):
    own: Pair = PAIR
    own.left += 1
    return own.left + PAIR.left, ROW[i], ROW


@external
def defaults() -> (uint256, bool, address, int128, Pair):
    a: uint256 = empty(uint256)
    b: bool = empty(bool)
    c: address = empty(address)
    d: int128 = 0
    e: Pair = empty(Pair)
    return a, b, c, d, e


@external
def tuples(x: uint256) -> (uint256, uint256, bool):
    a: uint256 = 0
    b: uint256 = 0
    a, b = self._two(x)
    self.last, self.slots[1] = self._two(a + b)
    b, a = self._two(unsafe_add(a * 7, b))
    found: bool = False
    self.total, self.pair, found = self._counted(x)
    return a, b, found


@external
def tuple_index(i: uint256, x: uint256) -> uint256:
    own: uint256[3] = [1, 2, 3]
    k: uint256 = i
    k, own[k] = self._two(x)
    return own[0] + own[1] * 100 + own[2] * 10000


@external
@view
def both(x: uint256, y: uint256) -> (bool, bool, bool):
    return (
        x > 2 and WAD // x > y,
        x == 0 or 10 // x > y,
        not (x < y and y < 5 or x == 9),
    )


@external
@pure
def chained(x: uint256, y: uint256) -> bool:
    return self._coded(x, 21) and self._coded(y, 22) or self._coded(x, 23) and not self._coded(y, 24)


@external
@pure
def picked(x: uint256, y: uint256, flag: bool) -> (uint256, bool):
    chosen: uint256 = x // y if flag else y // x
    return chosen, self._coded(x, 30) if x < y else (True if y == x else self._coded(y, 31))


@external
def branches(x: uint256) -> uint256:
    if x == 0:
        return 1
    elif x < 5:
        self.last = x
    elif x < 10:
        if x == 7:
            raise "seven"
        self.last = 2 * x
    else:
        assert x != 11
        errors.check(x != 12, errors.TRADE_NOTHING)
        errors.check(x != 13, x)
    return self.last


@external
def changed_arguments(x: uint256, given: Pair, row: uint256[3]) -> (uint256, Pair, uint256[3]):
    return self._changing(x, given, row)


@internal
def _changing(x: uint256, given: Pair, row: uint256[3]) -> (uint256, Pair, uint256[3]):
    y: uint256 = x
    y += given.left
    own: Pair = given
    own.left = own.right
    copied: uint256[3] = row
    copied[0] -= 1
    return y, own, copied


@external
def augmented(i: uint256, x: uint256):
    self.slots[i] += x
    self.slots[0] *= 2
    self.slots[3] -= self.slots[i]
    self.slots[2] //= x
    self.slots[2] %= 5
    self.slots[1] |= x
    self.slots[1] &= 255
    self.slots[1] ^= 3
    self.slots[1] <<= 1
    self.slots[0] >>= 1


@external
@pure
def asserted(x: uint256, y: uint256):
    assert x < 100, "x"
    assert y < 100
    assert x != y, "equal"
    errors.check(x < y, errors.TOKENS_TOO_FEW)


@external
@view
def who() -> (address, uint256, uint256, bool, bool, bool):
    return msg.sender, block.timestamp, block.number, msg.sender.is_contract, self.is_contract, empty(address).is_contract
