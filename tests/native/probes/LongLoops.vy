# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title LongLoops: bounds of 64 bits and more, left before their end; every round counts
"""

MANY: constant(uint256) = 2**128 + 3


@external
@pure
def literal_64(stop: uint256) -> (uint256, uint256):
    count: uint256 = 0
    last: uint256 = 0
    for i: uint256 in range(2**64):
        if i == stop:
            break
        count += 1
        last = i
    return count, last


@external
@pure
def literal_128(stop: uint256) -> uint256:
    count: uint256 = 0
    for i: uint256 in range(MANY):
        if i >= stop:
            break
        count += 1
    return count


@external
@pure
def far_from_zero(stop: uint256) -> uint256:
    last: uint256 = 0
    for i: uint256 in range(2**200, 2**200 + 2**64 + 1):
        if i - 2**200 == stop:
            break
        last = i
    return last


@external
@pure
def whole_signed(stop: int256) -> int256:
    last: int256 = 0
    for i: int256 in range(min_value(int256), max_value(int256)):
        if i == min_value(int256) + stop:
            break
        last = i
    return last


@external
@pure
def bound_65(n: uint256, stop: uint256) -> uint256:
    count: uint256 = 0
    for i: uint256 in range(n, bound=2**65):
        if i == stop:
            break
        count += 1
    return count


@external
@pure
def bound_any(n: uint256, stop: uint256) -> uint256:
    count: uint256 = 0
    for i: uint256 in range(n, bound=max_value(uint256)):
        if i == stop:
            return count * 2
        count += 1
    return count


@external
@pure
def between(first: uint256, last: uint256) -> (uint256, uint256):
    count: uint256 = 0
    seen: uint256 = 0
    for i: uint256 in range(first, last, bound=2**64):
        count += 1
        seen = i
        if count == 5:
            break
    return count, seen


@external
@pure
def between_signed(first: int256, last: int256) -> (uint256, int256):
    count: uint256 = 0
    seen: int256 = 0
    for i: int256 in range(first, last, bound=max_value(int256)):
        count += 1
        seen = i
        if count == 4:
            break
    return count, seen


@external
@pure
def narrow(n: uint128, stop: uint128) -> uint256:
    count: uint256 = 0
    for i: uint128 in range(n, bound=max_value(uint128)):
        if i == stop:
            break
        count += 1
    return count


@external
@pure
def endless(n: uint256) -> uint256:
    count: uint256 = 0
    for i: uint256 in range(n, bound=max_value(uint256)):
        count = unsafe_add(count, i)
    return count
