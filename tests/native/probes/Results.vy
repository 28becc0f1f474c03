# pragma version 0.4.3
"""
@title Results: values that are built where they go, and what they are built from
"""

struct Point:
    x: uint256
    y: uint256


struct Line:
    start: Point
    end: Point
    tag: uint256


kept: public(Line)
points: public(Point[3])


@internal
@pure
def _turned(p: Point) -> Point:
    return Point(x=p.y, y=p.x)


@internal
@pure
def _moved(given: Point, by: uint256) -> Point:
    p: Point = given
    p.x += by
    if p.x % 3 == 0:
        return p
    p.y += by
    return p


@internal
@pure
def _line(a: Point, b: Point) -> Line:
    line: Line = Line(start=b, end=a, tag=a.x)
    line.start = self._moved(line.end, line.tag % 7)
    line.end = self._turned(line.start)
    return line


@internal
@pure
def _pair(p: Point) -> (Point, uint256):
    return self._turned(p), p.x


@external
@pure
def swap(x: uint256, y: uint256) -> Point:
    p: Point = Point(x=x, y=y)
    p = Point(x=p.y, y=p.x)
    p = self._turned(p)
    p = self._moved(p, 1)
    return p


@external
@pure
def line(x: uint256, y: uint256) -> Line:
    p: Point = Point(x=x % 1000, y=y % 1000)
    answer: Line = self._line(p, self._turned(p))
    answer = Line(start=answer.end, end=answer.start, tag=answer.tag + answer.start.x)
    return answer


@external
@pure
def early(x: uint256) -> Line:
    first: Line = empty(Line)
    first.tag = x % 100
    if x % 2 == 0:
        return first
    first = self._line(Point(x=first.tag, y=1), first.end)
    return first


@external
@pure
def either(x: uint256) -> Point:
    a: Point = Point(x=x % 10, y=1)
    b: Point = Point(x=2, y=x % 10)
    if a.x > b.y:
        return a
    return b


@external
@pure
def inner(x: uint256) -> Point:
    if x % 5 == 0:
        hidden: Point = Point(x=9, y=9)
        return hidden
    hidden: Point = Point(x=x % 8, y=8)
    return hidden


@external
@pure
def looped(x: uint256) -> Point[3]:
    row: Point[3] = empty(Point[3])
    for i: uint256 in range(3):
        row[i] = Point(x=x % 50 + i, y=row[(i + 2) % 3].x)
        row[(i + 1) % 3] = Point(x=row[i].y, y=row[(i + 1) % 3].y + 1)
    return row


@external
@pure
def both(x: uint256) -> (Point, uint256):
    p: Point = Point(x=x % 9, y=4)
    q: Point = empty(Point)
    n: uint256 = 0
    q, n = self._pair(p)
    p, n = self._pair(q)
    return p, n + q.x


@external
def store(x: uint256, y: uint256) -> Line:
    before: Line = self.kept
    self.kept = Line(start=before.end, end=Point(x=x, y=y), tag=before.tag + 1)
    self.points[x % 3] = Point(x=self.points[y % 3].y, y=self.points[x % 3].x % 2**200 + 1)
    assert y % 4 != 3
    return before


@external
@pure
def overflow(x: uint256) -> Point:
    p: Point = Point(x=x, y=x)
    p.x *= 2
    p.y += p.x
    return p
