# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Structs: nested, copied, assigned between storage and memory; values, never references
"""

struct Point:
    x: uint256
    y: int128


struct Segment:
    start: Point
    is_open: bool
    end: Point
    owner: address


struct Shape:
    corners: Point[3]
    edges: Segment[2]
    weight: uint256


point: public(Point)
segment: public(Segment)
shape: public(Shape)
shapes: public(Shape[2])
points_of: public(HashMap[uint256, Point])
segments_of: public(HashMap[address, HashMap[uint256, Segment]])


@external
def set_point(x: uint256, y: int128):
    self.point = Point(x=x, y=y)


@external
def set_segment(given: Segment):
    self.segment = given


@external
def set_member(x: uint256, y: int128, is_open: bool):
    self.segment.start.x = x
    self.segment.end.y = y
    self.segment.is_open = is_open
    self.segment.owner = msg.sender


@external
def swap_ends():
    kept: Point = self.segment.start
    self.segment.start = self.segment.end
    self.segment.end = kept


@external
def crossed(given: Segment) -> Segment:
    own: Segment = given
    own.start = given.end
    own.end = given.start
    own = Segment(start=own.end, is_open=not own.is_open, end=own.start, owner=own.owner)
    return own


@external
def copies(x: uint256) -> (uint256, uint256, uint256):
    a: Point = Point(x=x, y=1)
    b: Point = a
    c: Point = b
    b.x = unsafe_add(b.x, 1)
    c.x = unsafe_add(b.x, a.x)
    a = c
    c.x = 7
    return a.x, b.x, c.x


@internal
def _changed(given: Point) -> Point:
    own: Point = given
    own.x = unsafe_add(own.x, 5)
    own.y = -own.y
    return own


@external
def passed(x: uint256, y: int128) -> (Point, Point):
    own: Point = Point(x=x, y=y)
    other: Point = self._changed(own)
    return own, other


@external
def passed_storage() -> (Point, Point):
    other: Point = self._changed(self.point)
    return self.point, other


@external
def nest(i: uint256, j: uint256, given: Point):
    self.shape.corners[i] = given
    self.shape.edges[j].start = given
    self.shape.edges[j].owner = msg.sender
    self.shapes[j] = self.shape
    self.shapes[j].weight += given.x


@external
def rotate():
    self.shape.corners = [self.shape.corners[1], self.shape.corners[2], self.shape.corners[0]]


@external
def shift_shapes():
    self.shapes[1] = self.shapes[0]
    self.shapes[0] = empty(Shape)
    self.shape = self.shapes[1]


@external
def mapped(k: uint256, given: Point):
    self.points_of[k] = given
    self.points_of[k].y = max(given.y, 3)
    self.segments_of[msg.sender][k] = Segment(start=given, is_open=True, end=self.points_of[k], owner=self)
    self.segments_of[self][k].end = self.segments_of[msg.sender][k].start


@external
@view
def whole() -> Shape:
    return self.shape


@external
@view
def of(who: address, k: uint256) -> (Segment, Point):
    found: Segment = self.segments_of[who][k]
    return found, found.end


@external
def choose(flag: bool, given: Point) -> Point:
    other: Point = given if flag else self.point
    other.x = other.x // 2
    return other


@external
@view
def members(flag: bool) -> (uint256, int128):
    return self._pick(flag).x, (self.segment.start if flag else self.segment.end).y


@internal
@view
def _pick(flag: bool) -> Point:
    if flag:
        return self.segment.start
    return self.segment.end


@external
def clear():
    self.point = empty(Point)
    self.segment = empty(Segment)
    self.segment.start.x = 1
