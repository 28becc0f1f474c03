# pragma version 0.4.3
"""
@title Long: arrays whose call data is read and written in loops
"""

struct Leaf:
    by: address
    id: uint64
    sign: int128
    is_on: bool


struct Tree:
    head: uint8
    leaves: Leaf[9]
    tail: int24


event Told:
    row: uint256[30]
    at: indexed(uint256)


kept: Tree
row: public(uint256[40])


@external
@pure
def same(x: uint256[40], y: uint8) -> (uint256[40], uint8):
    return x, y


@external
@pure
def narrow(x: int24[26]) -> int24[26]:
    return x


@external
@pure
def grid(x: bool[5][6], y: uint64[3][10]) -> (uint64[3][10], bool[5][6]):
    return y, x


@external
def keep(tree: Tree) -> Tree:
    before: Tree = self.kept
    self.kept = tree
    return before


@external
@view
def listed(given: DynArray[Tree, 2]) -> DynArray[Tree, 2]:
    found: DynArray[Tree, 2] = given
    if len(found) == 1:
        found.append(self.kept)
    return found


@external
def tell(row: uint256[30], at: uint256):
    log Told(row=row, at=at)
    self.row[at] = row[at % 30]
