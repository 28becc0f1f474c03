# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Order: which of several reverts with a code comes first
"""
from contracts.lib import errors

struct Three:
    a: uint256
    b: uint256
    c: uint256


struct Nested:
    t: Three
    u: uint256


event Told:
    a: uint256
    b: indexed(uint256)
    c: uint256
    d: indexed(uint256)


interface IOrder:
    def given(a: uint256, b: Three, c: uint256) -> uint256: view


row: uint256[3]
list: DynArray[uint256, 3]
of: HashMap[uint256, HashMap[uint256, uint256]]
threes: Three[2]
three: Three
next: address


@deploy
def __init__(next: address):
    self.next = next
    self.list = [1, 2]


@internal
@view
def _a(x: uint256) -> uint256:
    errors.check(x != 0, 11)
    return x


@internal
@view
def _b(x: uint256) -> uint256:
    errors.check(x != 0, 12)
    return x


@internal
@view
def _c(x: uint256) -> uint256:
    errors.check(x != 0, 13)
    return x


@internal
@view
def _is(x: uint256, code: uint256) -> bool:
    errors.check(x != 0, code)
    return x == 1


@internal
@view
def _signed(x: uint256, code: uint256) -> int128:
    errors.check(x != 0, code)
    return -convert(x, int128)


@internal
@view
def _narrow(x: uint256, code: uint256) -> uint8:
    errors.check(x != 0, code)
    return convert(x, uint8)


@internal
@view
def _address(x: uint256, code: uint256) -> address:
    errors.check(x != 0, code)
    return self.next


@internal
@view
def _row(x: uint256, code: uint256) -> uint256[3]:
    errors.check(x != 0, code)
    return [x, x, x]


@internal
@view
def _three(x: uint256, code: uint256) -> Three:
    errors.check(x != 0, code)
    return Three(a=x, b=x, c=x)


@internal
@view
def _given(a: uint256, b: uint256, c: uint256) -> uint256:
    return a + b + c


@external
@view
def given(a: uint256, b: Three, c: uint256) -> uint256:
    return a + b.b + c


@external
@view
def add(x: uint256, y: uint256) -> uint256:
    return self._a(x) + self._b(y)


@external
@view
def sub(x: uint256, y: uint256) -> uint256:
    return self._a(x) - self._b(y)


@external
@view
def mul(x: uint256, y: uint256) -> uint256:
    return self._a(x) * self._b(y)


@external
@view
def div(x: uint256, y: uint256) -> uint256:
    return self._a(x) // self._b(y)


@external
@view
def mod(x: uint256, y: uint256) -> uint256:
    return self._a(x) % self._b(y)


@external
@view
def narrow(x: uint256, y: uint256) -> (uint8, uint8, uint8):
    return (
        self._narrow(x, 1) * self._narrow(y, 2),
        self._narrow(x, 3) - self._narrow(y, 4),
        self._narrow(x, 3) // self._narrow(y, 4),
    )


@external
@view
def signed(x: uint256, y: uint256) -> (int128, bool):
    return self._signed(x, 1) * self._signed(y, 2), self._signed(x, 3) < self._signed(y, 4)


@external
@view
def bits(x: uint256, y: uint256) -> uint256:
    return self._a(x) & self._b(y)


@external
@view
def bits_or(x: uint256, y: uint256) -> uint256:
    return self._a(x) | self._b(y)


@external
@view
def bits_xor(x: uint256, y: uint256) -> uint256:
    return self._a(x) ^ self._b(y)


@external
@view
def shifts(x: uint256, y: uint256) -> uint256:
    return self._a(x) << self._b(y)


@external
@view
def shifts_right(x: uint256, y: uint256) -> uint256:
    return self._a(x) >> self._b(y)


@external
@view
def less(x: uint256, y: uint256) -> bool:
    return self._a(x) < self._b(y)


@external
@view
def less_or_equal(x: uint256, y: uint256) -> bool:
    return self._a(x) <= self._b(y)


@external
@view
def greater(x: uint256, y: uint256) -> bool:
    return self._a(x) > self._b(y)


@external
@view
def greater_or_equal(x: uint256, y: uint256) -> bool:
    return self._a(x) >= self._b(y)


@external
@view
def equal(x: uint256, y: uint256) -> bool:
    return self._a(x) == self._b(y)


@external
@view
def unequal(x: uint256, y: uint256) -> bool:
    return self._a(x) != self._b(y)


@external
@view
def same_truth(x: uint256, y: uint256) -> (bool, bool):
    return self._is(x, 1) == self._is(y, 2), self._is(x, 3) != self._is(y, 4)


@external
@view
def same_address(x: uint256, y: uint256) -> bool:
    return self._address(x, 1) == self._address(y, 2)


@external
@view
def extremes(x: uint256, y: uint256) -> (uint256, uint256):
    return min(self._a(x), self._b(y)), max(self._a(x), self._c(y))


@external
@view
def least(x: uint256, y: uint256) -> uint256:
    return min(self._b(x), self._a(y))


@external
@view
def unsafely(x: uint256, y: uint256) -> uint256:
    return unsafe_add(self._a(x), self._b(y))


@external
@view
def unsafely_less(x: uint256, y: uint256) -> uint256:
    return unsafe_sub(self._a(x), self._b(y))


@external
@view
def unsafely_divided(x: uint256, y: uint256) -> uint256:
    return unsafe_div(self._a(x), self._b(y))


@external
@view
def unsafely_multiplied(x: uint256, y: uint256) -> uint8:
    return unsafe_mul(self._narrow(x, 1), self._narrow(y, 2))


@external
@view
def mixed(x: uint256, y: uint256, z: uint256) -> uint256:
    return (self._a(x) + self._b(y)) * (self._c(z) & self._a(y)) // (self._b(x) | self._c(y))


@external
@view
def passed(x: uint256, y: uint256, z: uint256) -> uint256:
    return self._given(self._a(x), self._b(y), self._c(z))


@external
@view
def passed_on(x: uint256, y: uint256, z: uint256) -> uint256:
    return staticcall IOrder(self._address(x, 1)).given(
        self._a(y), Three(a=self._b(x), b=self._c(z), c=self._a(x)), self._b(z)
    )


@external
@view
def called_nobody(x: uint256, y: uint256) -> uint256:
    return staticcall IOrder(empty(address)).given(self._a(x), self._three(y, 3), 1)


@external
@view
def literal(x: uint256, y: uint256, z: uint256) -> Three:
    return Three(a=self._a(x), b=self._b(y), c=self._c(z))


@external
@view
def nested(x: uint256, y: uint256, z: uint256) -> Nested:
    own: Nested = Nested(t=Three(a=self._c(x), b=self._b(y), c=self._a(z)), u=self._b(x))
    return own


@external
@view
def listed(x: uint256, y: uint256, z: uint256) -> uint256[3]:
    own: uint256[3] = [self._a(x), self._b(y), self._c(z)]
    return own


@external
@view
def several(x: uint256, y: uint256, z: uint256) -> (uint256, Three, uint256):
    return self._c(x), self._three(y, 5), self._a(z)


@internal
@view
def _several(x: uint256, y: uint256, z: uint256) -> (uint256, Three, uint256):
    return self._c(x), self._three(y, 5), self._a(z)


@external
@view
def several_inside(x: uint256, y: uint256, z: uint256) -> (uint256, Three, uint256):
    return self._several(x, y, z)


@external
def stored(x: uint256, y: uint256):
    self.row[self._a(x)] = self._b(y)


@external
def stored_whole(x: uint256, y: uint256):
    self.threes[self._a(x)] = self._three(y, 5)


@external
def stored_copy(x: uint256, y: uint256, z: uint256):
    self.threes[x] = self.threes[self._a(y) + z]


@external
def stored_member(x: uint256, y: uint256):
    self.threes[x].b = self._b(y)


@external
def stored_in_map(x: uint256, y: uint256, z: uint256):
    self.of[self._a(x)][self._b(y)] = self._c(z)


@external
def stored_in_list(x: uint256, y: uint256):
    self.list[self._a(x)] = self._b(y)


@external
def stored_plainly(x: uint256, y: uint256, z: uint256):
    self.three = Three(a=self._a(x), b=self._b(y), c=self._c(z))
    self.row = [self._c(x), self._b(y), self._a(z)]


@external
def augmented(x: uint256, y: uint256):
    self.row[self._a(x)] += self._b(y)


@external
def augmented_bits(x: uint256, y: uint256):
    self.row[self._a(x)] |= self._b(y)


@external
def augmented_less(x: uint256, y: uint256):
    self.row[x] -= self._b(y)


@external
def assigned(i: uint256, x: uint256, y: uint256) -> uint256[3]:
    own: uint256[3] = [7, 8, 9]
    k: uint256 = i
    b: Three = empty(Three)
    own[k], b, k = self._several(x, y, x)
    own[k], b, own[i] = self._several(y, x, 1)
    return own


@external
@view
def indexed_by(x: uint256, y: uint256) -> uint256:
    return self._row(x, 1)[self._b(y)]


@external
@view
def indexed_list(x: uint256, y: uint256) -> uint256:
    return [self._a(x), self._b(y), 3][self._c(y)]


@external
@view
def in_maps(x: uint256, y: uint256) -> uint256:
    return self.of[self._a(x)][self._b(y)]


@external
@view
def in_threes(x: uint256, y: uint256) -> uint256:
    return self.threes[self._a(x)].b + self.row[self._b(y)]


@external
@view
def chained(x: uint256, y: uint256, z: uint256) -> bool:
    return self._is(x, 1) and self._is(y, 2) or self._is(z, 3) and not self._is(x, 4)


@external
@view
def chained_or(x: uint256, y: uint256, z: uint256) -> bool:
    return (self._is(x, 1) or self._is(y, 2)) and (self._is(z, 3) or self._is(y, 4))


@external
@view
def chosen(x: uint256, y: uint256, z: uint256) -> uint256:
    return self._a(y) if self._is(x, 1) else self._b(z)


@external
@view
def ranged(x: uint256, y: uint256) -> uint256:
    sum: uint256 = 0
    for i: uint256 in range(self._a(x), self._b(y), bound=3):
        sum += i
    return sum


@external
@view
def looped(x: uint256, y: uint256) -> uint256:
    sum: uint256 = 0
    for each: uint256 in [self._a(x), self._b(y)]:
        sum += each
    return sum


@external
def told(x: uint256, y: uint256, z: uint256):
    log Told(a=self._a(x), b=self._b(y), c=self._c(z), d=convert(self._narrow(y, 14), uint256))


@external
def told_indexed(x: uint256, y: uint256, z: uint256):
    log Told(a=1, b=self._b(y), c=self._c(z), d=convert(self._narrow(x, 14), uint256))


@external
@view
def converted(x: uint256, y: uint256) -> int256:
    return convert(self._a(x), int256) - convert(self._b(y), int256)


@external
@view
def checked(x: uint256, y: uint256):
    errors.check(self._a(x) == self._b(y), 15 + self._c(y))


@external
@view
def asserted(x: uint256, y: uint256):
    assert self._a(x) < self._b(y), "reason"


@external
@view
def negated(x: uint256, y: uint256) -> int128:
    return -self._signed(x, 1) - self._signed(y, 2)


@external
@view
def powers(x: uint256, y: uint256) -> uint256:
    return self._a(x) ** 3 + 2 ** self._b(y)
