# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Loops: ranges, bounds, breaks, continues, one loop inside another
"""

seen: public(uint256)


@external
@pure
def plain() -> uint256:
    sum: uint256 = 0
    for i: uint256 in range(5):
        sum = sum * 10 + i
    for i: uint256 in range(7, 9):
        sum = sum * 10 + i
    return sum


@external
@pure
def bounded(n: uint256) -> uint256:
    sum: uint256 = 0
    for i: uint256 in range(n, bound=6):
        sum += i + 1
    return sum


@external
@pure
def between(first: uint256, last: uint256) -> (uint256, uint256):
    count: uint256 = 0
    seen: uint256 = 0
    for i: uint256 in range(first, last, bound=4):
        count += 1
        seen = i
    return count, seen


@external
@pure
def signed(first: int256, last: int256) -> (uint256, int256):
    count: uint256 = 0
    seen: int256 = 0
    for i: int256 in range(first, last, bound=5):
        count += 1
        seen = i
    return count, seen


@external
@pure
def narrow(first: uint8, last: uint8) -> uint8:
    sum: uint8 = 0
    for i: uint8 in range(first, last, bound=9):
        sum = unsafe_add(sum, i)
    return sum


@external
@pure
def narrow_signed(first: int128, last: int128) -> int128:
    sum: int128 = 0
    for i: int128 in range(first, last, bound=9):
        sum = unsafe_add(sum, i)
    return sum


@external
@pure
def odd(n: uint256, stop: uint256) -> uint256:
    sum: uint256 = 0
    for i: uint256 in range(n, bound=10):
        if i == stop:
            break
        if i % 2 == 0:
            continue
        sum += i
    return sum


@external
def nested(n: uint256, m: uint256) -> uint256:
    sum: uint256 = 0
    for i: uint256 in range(n, bound=5):
        for j: uint256 in range(m, bound=5):
            if j > i:
                break
            if i + j == 3:
                continue
            sum = sum * 3 + j
            self.seen = sum
        if sum > 10**6:
            break
        inner: uint256 = 0
        for j: uint256 in [i, 5, n]:
            inner += j
            if inner > 100:
                return inner
        sum += inner
    return sum


@external
@pure
def literals(x: uint256, y: uint256) -> uint256:
    sum: uint256 = 0
    for each: uint256 in [x, y, 3]:
        if each == 0:
            continue
        sum = unsafe_add(unsafe_mul(sum, 7), each)
    return sum


@external
@pure
def fresh(n: uint256) -> uint256:
    sum: uint256 = 0
    for i: uint256 in range(n, bound=4):
        row: uint256[2] = empty(uint256[2])
        items: DynArray[uint256, 2] = []
        row[0] += i
        items.append(row[0])
        sum += row[0] + row[1] + len(items)
    return sum


@external
def early(n: uint256, stop: uint256) -> uint256:
    for i: uint256 in range(n, bound=8):
        self.seen = i
        if i == stop:
            return i * 2
        assert i != stop + 2, "beyond"
    return 99


@external
@pure
def backwards(n: uint256) -> uint256:
    out: uint256 = 0
    for i: uint256 in range(n, bound=4):
        k: uint256 = n - 1 - i
        if k == 1:
            pass
        elif k == 2:
            out += 100
        else:
            out += k
    return out
