# pragma version 0.4.3
"""
@title Lists: lists in lists, in structs and in mappings; lists that change while they are walked through
"""

struct Leaf:
    id: uint64
    marks: DynArray[int128, 2]


struct Tree:
    leaves: DynArray[Leaf, 3]
    grid: DynArray[DynArray[uint256, 2], 3]
    root: address
    pair: Leaf[2]


interface ILists:
    def visited(x: uint256): nonpayable
    def doubled(given: DynArray[uint256, 4]) -> DynArray[uint256, 4]: view
    def tree_of(k: uint256) -> Tree: view
    def leaves(given: DynArray[Leaf, 2], x: uint256) -> (DynArray[Leaf, 3], uint256): view


tree: Tree
trees: HashMap[uint256, Tree]
rows: public(DynArray[DynArray[uint256, 2], 3])
walked: public(DynArray[uint256, 4])
seen: public(uint256)


@external
def push_row(x: uint256, y: uint256):
    self.rows.append([x, y])
    self.rows[len(self.rows) - 1].pop()


@external
def push_into(i: uint256, x: uint256):
    self.rows[i].append(x)


@external
def drop_row() -> DynArray[uint256, 2]:
    return self.rows.pop()


@external
def drop_from(i: uint256) -> (uint256, uint256):
    last: uint256 = self.rows[i].pop()
    return last, len(self.rows[i])


@external
def grow(id: uint64, mark: int128):
    leaf: Leaf = Leaf(id=id, marks=[mark])
    if id > 2:
        leaf.marks.append(-1)
    self.tree.leaves.append(leaf)
    self.tree.root = msg.sender
    self.tree.pair[id % 2] = leaf
    self.tree.grid = self.rows


@external
def prune():
    leaf: Leaf = self.tree.leaves.pop()
    leaf.marks = []
    self.tree.pair = [leaf, self.tree.pair[0]]
    own: Tree = self.tree
    own.grid.pop()
    self.tree = own


@external
def save(k: uint256):
    self.trees[k] = self.tree
    self.trees[k].leaves[0].marks.append(7)


@external
def restore(k: uint256):
    self.tree = self.trees[k]
    self.trees[k] = empty(Tree)


@view
@external
def tree_of(k: uint256) -> Tree:
    return self.trees[k]


@external
@view
def looked_up(k: uint256) -> (uint256, uint256, address, uint64):
    found: Tree = staticcall ILists(self).tree_of(k)
    count: uint256 = 0
    for leaf: Leaf in found.leaves:
        for mark: int128 in leaf.marks:
            count += 1
    for row: DynArray[uint256, 2] in found.grid:
        count += 100 * len(row)
    return count, len(found.grid), found.root, found.pair[1].id


@external
def leaves(given: DynArray[Leaf, 2], x: uint256) -> (DynArray[Leaf, 3], uint256):
    out: DynArray[Leaf, 3] = given
    out.append(Leaf(id=1, marks=[]))
    return out, len(out) * x


@internal
@pure
def _short(x: uint256) -> DynArray[uint256, 2]:
    return [x]


@external
@view
def doubled(given: DynArray[uint256, 4]) -> DynArray[uint256, 4]:
    out: DynArray[uint256, 4] = []
    for x: uint256 in given:
        out.append(2 * x)
    return out


@external
@view
def passed_short(x: uint256) -> DynArray[uint256, 4]:
    return staticcall ILists(self).doubled(self._short(x))


@internal
@pure
def _both(x: uint256) -> (DynArray[uint256, 2], uint256):
    return self._short(x), x


@external
@view
def several(x: uint256, flag: bool) -> DynArray[uint256, 4]:
    own: DynArray[uint256, 4] = []
    y: uint256 = 0
    own, y = self._both(x)
    own.append(y)
    short: DynArray[uint256, 2] = self._short(y)
    own = short if flag else own
    own.append(5)
    return own


@external
def walk():
    self.walked = [1, 2, 3]
    for x: uint256 in self.walked:
        extcall ILists(self).visited(x)


@external
def visited(x: uint256):
    self.seen = self.seen % 1000 * 10 + x % 10
    if x == 1:
        self.walked.pop()
        self.walked[1] = 9
    elif x == 9:
        self.walked = [4, x]


@external
@view
def grid() -> (uint256, uint256):
    own: uint256[2][3] = [[1, 2], [3, 4], [5, 6]]
    other: uint256[2][3] = own
    other[1] = own[2]
    own[2][0] = 9
    return own[1][1] * 10 + own[2][0], other[1][0] * 10 + other[2][1]
