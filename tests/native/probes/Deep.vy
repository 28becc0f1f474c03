# pragma version 0.4.3
"""
@title Deep: long lists in locals, and calls inside each other
"""

struct Bag:
    items: DynArray[uint256, 500]
    grid: uint256[20][25]


interface ISelf:
    def lists(n: uint256) -> uint256: nonpayable
    def bags(n: uint256) -> uint256: nonpayable
    def small(n: uint256) -> uint256: nonpayable


hist: public(DynArray[uint256, 5_000])
bag: Bag
count: public(uint256)


@external
def fill(n: uint256):
    for i: uint256 in range(n, bound=300):
        self.hist.append(i)
        if len(self.bag.items) < 500:
            self.bag.items.append(i)
        self.bag.grid[i % 25][i % 20] += i


@external
def lists(n: uint256) -> uint256:
    self.count += 1
    a: DynArray[uint256, 5_000] = self.hist
    found: uint256 = 0
    if n != 0:
        found = extcall ISelf(self).lists(n - 1)
    return found + len(a) + a[0]


@internal
def _inner(given: Bag) -> Bag:
    own: Bag = given
    own.items.append(7)
    return own


@internal
def _outer(given: Bag) -> Bag:
    first: Bag = self._inner(given)
    second: Bag = self._inner(first)
    return second


@external
def bags(n: uint256) -> uint256:
    self.count += 1
    found: uint256 = 0
    if n != 0:
        found = extcall ISelf(self).bags(n - 1)
    last: Bag = self._outer(self.bag)
    return found + len(last.items) + last.grid[1][1]


@external
def small(n: uint256) -> uint256:
    self.count += 1
    if n == 0:
        return 1
    found: uint256 = extcall ISelf(self).small(n - 1)
    return found + 1
