# pragma version 0.4.3
"""
@title Limits: more writes, deeper calls and longer answers than native code has room for
"""

interface ISelf:
    def descend(n: uint256) -> uint256: nonpayable


interface INamed:
    def title() -> uint256: view


count: public(uint256)
last: uint256


@external
def write(n: uint256):
    self.count += n
    for i: uint256 in range(n, bound=100_000):
        self.last = i


@external
def descend(n: uint256) -> uint256:
    self.count += 1
    if n == 0:
        return self.count
    return extcall ISelf(self).descend(n - 1)


@external
@pure
def long(n: uint256) -> DynArray[uint256, 300]:
    out: DynArray[uint256, 300] = []
    for i: uint256 in range(n, bound=300):
        out.append(i)
    return out


@external
@view
def title_of(who: address) -> uint256:
    return staticcall INamed(who).title()
