# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Arrays and lists: bounds, append and pop, copies, lists in storage, lists of structs
"""

struct Item:
    id: uint256
    is_live: bool


struct Box:
    items: DynArray[Item, 3]
    tag: uint256


NUMBERS: constant(uint256[4]) = [3, 1, 4, 1]

fixed: public(uint256[4])
grid: public(int128[3][2])
items: public(Item[2])
list: public(DynArray[uint256, 4])
boxes: public(DynArray[Item, 3])
box: Box
lists_of: HashMap[uint256, DynArray[uint8, 3]]


@external
def set_fixed(i: uint256, x: uint256):
    self.fixed[i] = x


@external
def set_grid(i: uint256, j: int128, x: int128):
    self.grid[i][j] = x


@external
def set_all(given: uint256[4], rows: int128[3][2]):
    self.fixed = given
    self.grid = rows
    self.grid[0] = rows[1]


@external
def mirrored(given: uint256[4]) -> uint256[4]:
    own: uint256[4] = given
    for i: uint256 in range(4):
        own[i] = given[3 - i]
    own = [own[1], own[0], own[3], own[2]]
    return own


@external
def item(i: uint8, given: Item) -> Item[2]:
    self.items[i] = given
    copied: Item[2] = self.items
    copied[1 - i].is_live = not copied[1 - i].is_live
    self.items = copied
    return copied


@external
def push(x: uint256) -> uint256:
    self.list.append(x)
    return len(self.list)


@external
def drop() -> uint256:
    return self.list.pop()


@external
def drop_silently():
    self.list.pop()


@external
def replace(given: DynArray[uint256, 4]):
    self.list = given


@external
def replace_short(x: uint256):
    self.list = [x, 9]


@external
def forget():
    self.list = []


@external
def put(i: uint256, x: uint256):
    self.list[i] = x


@external
@view
def at(i: uint256) -> uint256:
    return self.list[i]


@external
@view
def whole() -> DynArray[uint256, 4]:
    return self.list


@external
def grown(given: DynArray[uint256, 4], x: uint256) -> DynArray[uint256, 4]:
    own: DynArray[uint256, 4] = given
    own.append(x)
    last: uint256 = own.pop()
    own.append(last // 2)
    if len(own) > 2:
        own.pop()
        own[0] = own[len(own) - 1]
    return own


@external
def total(given: DynArray[uint256, 4]) -> uint256:
    sum: uint256 = 0
    for x: uint256 in given:
        sum += x
    for x: uint256 in self.list:
        sum += x
    for x: uint256 in NUMBERS:
        sum += x
    return sum


@external
def widened(given: DynArray[uint256, 2], x: uint256) -> DynArray[uint256, 4]:
    own: DynArray[uint256, 4] = given
    own.append(x)
    self.list = given
    return self._longer(given, own)


@internal
def _longer(a: DynArray[uint256, 4], b: DynArray[uint256, 4]) -> DynArray[uint256, 4]:
    own: DynArray[uint256, 4] = a
    if len(b) > len(own):
        own = b
    own.append(99)
    return own


@internal
@pure
def _pair(x: uint256) -> DynArray[uint256, 2]:
    return [x, x]


@external
def from_narrow(x: uint256) -> DynArray[uint256, 4]:
    own: DynArray[uint256, 4] = self._pair(x)
    own.append(1)
    own.append(2)
    self.list = self._pair(x)
    return own


@external
def push_item(given: Item):
    self.boxes.append(given)
    self.box.items.append(given)
    self.box.tag += 1


@external
def drop_item() -> Item:
    found: Item = self.boxes.pop()
    if found.is_live:
        self.boxes.append(Item(id=unsafe_add(found.id, 1), is_live=False))
    return found


@external
def move_boxes():
    own: Box = self.box
    own.items.pop()
    own.tag = len(own.items)
    self.box = own
    self.boxes = own.items


@external
@view
def box_items() -> DynArray[Item, 3]:
    return self.box.items


@external
@view
def live() -> uint256:
    count: uint256 = 0
    for each: Item in self.boxes:
        if not each.is_live:
            continue
        count += each.id
    return count


@external
def small(k: uint256, x: uint8) -> DynArray[uint8, 3]:
    self.lists_of[k].append(x)
    if len(self.lists_of[k]) == 3:
        self.lists_of[k] = [x]
    self.lists_of[unsafe_add(k, 1)] = self.lists_of[k]
    return self.lists_of[k]


@external
def flags(given: DynArray[bool, 3], who: DynArray[address, 2]) -> (uint256, address):
    count: uint256 = 0
    for each: bool in given:
        count += convert(each, uint256)
    last: address = empty(address)
    for each: address in who:
        last = each
    return count, last


@external
def table(given: DynArray[Item, 3]) -> DynArray[Item, 3]:
    out: DynArray[Item, 3] = []
    for each: Item in given:
        if each.is_live:
            out.append(each)
    return out


@external
@pure
def negative(i: int256) -> uint256:
    own: uint256[3] = [7, 8, 9]
    return own[i]


@external
@pure
def literal(i: uint256, x: uint256) -> uint256:
    return [x, 5, 6][i]
