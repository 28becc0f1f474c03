# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Order of parts: which of several reverts with a code comes first in calls, values, places and statements
"""
from contracts.lib import errors
import Coded as coded

struct Nested:
    t: coded.Three
    u: uint256


event Told:
    a: uint256
    b: indexed(uint256)
    c: uint256
    d: indexed(uint256)


interface IOrder:
    def given(a: uint256, b: coded.Three, c: uint256) -> uint256: view


row: uint256[3]
list: DynArray[uint256, 3]
of: HashMap[uint256, HashMap[uint256, uint256]]
threes: coded.Three[2]
three: coded.Three
next: address


@deploy
def __init__(next: address):
    self.next = next
    self.list = [1, 2]


@internal
@view
def _address(x: uint256, code: uint256) -> address:
    errors.check(x != 0, code)
    return self.next


@internal
@view
def _given(a: uint256, b: uint256, c: uint256) -> uint256:
    return a + b + c


@external
@view
def given(a: uint256, b: coded.Three, c: uint256) -> uint256:
    return a + b.b + c


@external
@view
def passed(x: uint256, y: uint256, z: uint256) -> uint256:
    return self._given(coded.a(x), coded.b(y), coded.c(z))


@external
@view
def passed_on(x: uint256, y: uint256, z: uint256) -> uint256:
    return staticcall IOrder(self._address(x, 1)).given(
        coded.a(y), coded.Three(a=coded.b(x), b=coded.c(z), c=coded.a(x)), coded.b(z)
    )


@external
@view
def called_nobody(x: uint256, y: uint256) -> uint256:
    return staticcall IOrder(empty(address)).given(coded.a(x), coded.three(y, 3), 1)


@external
@view
def literal(x: uint256, y: uint256, z: uint256) -> coded.Three:
    return coded.Three(a=coded.a(x), b=coded.b(y), c=coded.c(z))


@external
@view
def nested(x: uint256, y: uint256, z: uint256) -> Nested:
    own: Nested = Nested(t=coded.Three(a=coded.c(x), b=coded.b(y), c=coded.a(z)), u=coded.b(x))
    return own


@external
@view
def listed(x: uint256, y: uint256, z: uint256) -> uint256[3]:
    own: uint256[3] = [coded.a(x), coded.b(y), coded.c(z)]
    return own


@external
@view
def several(x: uint256, y: uint256, z: uint256) -> (uint256, coded.Three, uint256):
    return coded.c(x), coded.three(y, 5), coded.a(z)


@internal
@view
def _several(x: uint256, y: uint256, z: uint256) -> (uint256, coded.Three, uint256):
    return coded.c(x), coded.three(y, 5), coded.a(z)


@external
@view
def several_inside(x: uint256, y: uint256, z: uint256) -> (uint256, coded.Three, uint256):
    return self._several(x, y, z)


@external
def stored(x: uint256, y: uint256):
    self.row[coded.a(x)] = coded.b(y)


@external
def stored_whole(x: uint256, y: uint256):
    self.threes[coded.a(x)] = coded.three(y, 5)


@external
def stored_copy(x: uint256, y: uint256, z: uint256):
    self.threes[x] = self.threes[coded.a(y) + z]


@external
def stored_member(x: uint256, y: uint256):
    self.threes[x].b = coded.b(y)


@external
def stored_in_map(x: uint256, y: uint256, z: uint256):
    self.of[coded.a(x)][coded.b(y)] = coded.c(z)


@external
def stored_in_list(x: uint256, y: uint256):
    self.list[coded.a(x)] = coded.b(y)


@external
def stored_plainly(x: uint256, y: uint256, z: uint256):
    self.three = coded.Three(a=coded.a(x), b=coded.b(y), c=coded.c(z))
    self.row = [coded.c(x), coded.b(y), coded.a(z)]


@external
def augmented(x: uint256, y: uint256):
    self.row[coded.a(x)] += coded.b(y)


@external
def augmented_bits(x: uint256, y: uint256):
    self.row[coded.a(x)] |= coded.b(y)


@external
def augmented_less(x: uint256, y: uint256):
    self.row[x] -= coded.b(y)


@external
def assigned(i: uint256, x: uint256, y: uint256) -> uint256[3]:
    own: uint256[3] = [7, 8, 9]
    k: uint256 = i
    b: coded.Three = empty(coded.Three)
    own[k], b, k = self._several(x, y, x)
    own[k], b, own[i] = self._several(y, x, 1)
    return own


@external
@view
def indexed_by(x: uint256, y: uint256) -> uint256:
    return coded.row(x, 1)[coded.b(y)]


@external
@view
def indexed_list(x: uint256, y: uint256) -> uint256:
    return [coded.a(x), coded.b(y), 3][coded.c(y)]


@external
@view
def in_maps(x: uint256, y: uint256) -> uint256:
    return self.of[coded.a(x)][coded.b(y)]


@external
@view
def in_threes(x: uint256, y: uint256) -> uint256:
    return self.threes[coded.a(x)].b + self.row[coded.b(y)]


@external
@view
def ranged(x: uint256, y: uint256) -> uint256:
    sum: uint256 = 0
    for i: uint256 in range(coded.a(x), coded.b(y), bound=3):
        sum += i
    return sum


@external
@view
def looped(x: uint256, y: uint256) -> uint256:
    sum: uint256 = 0
    for each: uint256 in [coded.a(x), coded.b(y)]:
        sum += each
    return sum


@external
def told(x: uint256, y: uint256, z: uint256):
    log Told(a=coded.a(x), b=coded.b(y), c=coded.c(z), d=convert(coded.narrow(y, 14), uint256))


@external
def told_indexed(x: uint256, y: uint256, z: uint256):
    log Told(a=1, b=coded.b(y), c=coded.c(z), d=convert(coded.narrow(x, 14), uint256))


@external
@view
def checked(x: uint256, y: uint256):
    errors.check(coded.a(x) == coded.b(y), 15 + coded.c(y))


@external
@view
def asserted(x: uint256, y: uint256):
    assert coded.a(x) < coded.b(y), "reason"
