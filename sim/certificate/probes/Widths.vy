# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Widths: numbers that are short on one way and long on another
"""

struct Seen:  # in memory only
    count: uint256
    newest: uint256
    total: uint256


struct Kept:  # in storage, too
    value: uint256
    at: uint256


struct Given:  # from outside, too
    value: uint256


struct Told:  # by another contract, too
    value: uint256


interface IWidths:
    def told() -> Told: view


SHORT: constant(uint256) = 2**32 - 1
LIMB: constant(uint256) = 2**64 - 1

kept: Kept
long: uint256
narrow: uint64
next: IWidths


@deploy
def __init__(next: IWidths):
    self.next = next


@external
def keep(x: uint256, y: uint64):
    self.kept = Kept(value=x, at=7)
    self.long = x
    self.narrow = y


# ---------------------------------------------------------------- one variable, several writers


@internal
@pure
def _square(x: uint256) -> uint256:
    return unsafe_mul(x, x) ^ (x + 1)


@internal
@pure
def _pick(is_short: bool, x: uint256) -> uint256:
    if is_short:
        return x & 7
    return x


@internal
@pure
def _both(x: uint256) -> (uint256, uint256):
    return x & 1, x


@external
@pure
def arguments(x: uint256) -> (uint256, uint256):
    return self._square(x & SHORT), self._square(x >> 1)


@external
@pure
def results(x: uint256) -> (uint256, uint256):
    return self._pick(True, x) + 1, unsafe_add(self._pick(False, x), 1)


@external
@pure
def several(x: uint256) -> (uint256, uint256):
    a: uint256 = 1
    b: uint256 = 2
    a, b = self._both(x)
    return a + 1, b >> 1


@external
@pure
def later(x: uint256, is_long: bool) -> uint256:
    a: uint256 = x & SHORT
    before: uint256 = a + 1
    if is_long:
        a = x
    return before ^ a


@external
@pure
def chosen(x: uint256, is_long: bool) -> bool:
    a: uint256 = x if is_long else x & SHORT
    return a > LIMB


@external
@pure
def grows(x: uint256, n: uint256) -> uint256:
    a: uint256 = x & SHORT
    for i: uint256 in range(n, bound=12):
        a *= 2**32
    return a


# ---------------------------------------------------------------- members


@internal
@pure
def _seen(x: uint256, n: uint256) -> Seen:
    seen: Seen = empty(Seen)
    for i: uint256 in range(n, bound=9):
        if seen.count > 3:
            break
        seen.newest = max(seen.newest, (x >> (8 * i)) & SHORT)
        seen.total += x
        seen.count += 1
    return seen


@external
@pure
def members(x: uint256, n: uint256) -> (uint256, uint256, uint256):
    seen: Seen = self._seen(x, n)
    return seen.count * 2, seen.newest * seen.newest + seen.count, seen.total


@external
@view
def from_storage() -> (uint256, uint256):
    own: Kept = Kept(value=1, at=2)
    short: uint256 = own.value + own.at
    own = self.kept
    return unsafe_add(own.value, short), own.value >> 3


@external
@view
def from_variables() -> (uint256, uint256):
    return self.long >> 1, convert(self.narrow, uint256) * convert(self.narrow, uint256)


@external
@pure
def from_outside(given: Given) -> uint256:
    own: Given = Given(value=3)
    short: uint256 = own.value
    own = given
    return unsafe_add(own.value, short)


@external
@view
def told() -> Told:
    return Told(value=self.long)


@external
@view
def from_another() -> uint256:
    own: Told = Told(value=3)
    short: uint256 = own.value
    own = staticcall self.next.told()
    return unsafe_add(own.value, short)


# ---------------------------------------------------------------- counters


@external
@pure
def counted(n: uint256, x: uint256) -> (uint256, uint256, uint256):
    count: uint256 = 0
    sum: uint256 = x & 255
    at: uint256 = n
    for i: uint256 in range(n, bound=20):
        if count >= 9 or at == 2:
            break
        count += 1
        at -= 1
        sum += x & SHORT
    return count, sum * 3, at


@external
@pure
def counted_from(x: uint256, y: uint256) -> (uint256, uint256, uint256):
    a: uint256 = x & (2**48 - 1)
    a += y & SHORT
    b: uint256 = x & LIMB
    b += 1
    c: uint256 = x
    c += y & SHORT
    return a, b, c


@external
@pure
def counted_down(x: uint256, y: uint256) -> uint256:
    a: uint256 = x & SHORT
    a += 1
    a -= y & SHORT
    return a


@external
@pure
def ranged(x: uint256, n: uint256) -> uint256:
    sum: uint256 = 0
    for i: uint256 in range(x & 7, (x & 7) + n, bound=4):
        sum = sum * 10 + i
    for i: uint256 in range(LIMB - 1, LIMB + 3):
        sum += i >> 1
    for i: uint256 in range(x, unsafe_add(x, 2), bound=2):
        sum ^= i
    return sum


# ---------------------------------------------------------------- operators


@external
@pure
def sums(x: uint256, y: uint256) -> (uint256, uint256, uint256):
    return (x & LIMB) + (y & LIMB), (x >> 129) + (y >> 128), (x >> 1) + (y >> 1)


@external
@pure
def differences(x: uint256, y: uint256) -> (uint256, uint256):
    return (x & LIMB) - (y & SHORT), (x >> 128) - (y >> 130)


@external
@pure
def products(x: uint256, y: uint256) -> (uint256, uint256, uint256, uint256):
    return (
        (x & SHORT) * (y & SHORT),
        (x & LIMB) * (y >> 192),
        (x >> 128) * (y >> 128),
        (x & LIMB) * (y >> 128) + (x & SHORT) * (y >> 160),
    )


@external
@pure
def quotients(x: uint256, y: uint256) -> (uint256, uint256, uint256, uint256):
    return (x & LIMB) // (y & SHORT), (x & LIMB) % ((y & SHORT) + 1), (x >> 128) // 10**9, (x >> 192) // 10**9


@external
@pure
def bits(x: uint256, y: uint256) -> (uint256, uint256, uint256, uint256):
    return (x & SHORT) << 40, (x & LIMB) << 64, (x >> 128) << 128 | y & SHORT, (x & LIMB) << 200


@external
@pure
def orders(x: uint256, y: uint256) -> (bool, bool, uint256, uint256):
    a: uint256 = x & LIMB
    b: uint256 = y >> 128
    return a < b, a >= y, min(a, y), max(b, a)


@external
@view
def times(x: uint256) -> (uint256, bool):
    list: DynArray[uint256, 3] = [x, x]
    return block.timestamp - (x & SHORT) + len(list), block.timestamp > x
