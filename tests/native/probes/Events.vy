# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Events: indexed arguments, structs, arrays; dropped with what is undone
"""
from contracts.lib import errors

struct Point:
    x: uint256
    y: int128


event Nothing:
    pass


event Mixed:
    a: uint256
    who: indexed(address)
    b: bool
    k: indexed(int128)
    c: indexed(bool)
    d: uint8


event Wide:
    points: Point[2]
    row: uint256[3]
    who: address
    point: Point


kept: Point


@external
def nothing():
    log Nothing()


@external
def mixed(a: uint256, who: address, b: bool, k: int128, d: uint8):
    log Mixed(a=a, who=who, b=b, k=k, c=not b, d=d)
    if b:
        log Mixed(a=1, who=msg.sender, b=a > 3, k=-1, c=False, d=d // 2)


@external
def wide(points: Point[2], row: uint256[3], who: address):
    self.kept = points[1]
    log Wide(points=points, row=[row[2], row[0], 7], who=self, point=self.kept)
    log Wide(points=[self.kept, points[0]], row=row, who=who, point=Point(x=row[0], y=-1))


@external
def undone(x: uint256):
    log Nothing()
    self.kept.x = x
    log Mixed(a=x, who=self, b=True, k=0, c=True, d=0)
    errors.check(x > 2, 41)
    assert x != 4


@external
def many(n: uint256):
    for i: uint256 in range(n, bound=200_000):
        log Nothing()
