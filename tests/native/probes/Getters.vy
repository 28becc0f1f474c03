# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Getters: public variables of every shape
"""

flag Role:
    ADMIN
    GUARD
    GUEST


struct Small:
    a: uint8
    b: bool


struct Big:
    inner: Small[2]
    who: address
    x: int128


interface Other:
    def nothing(): nonpayable


WAD: public(constant(uint256)) = 10**18
NAMES: public(constant(String[8])) = "getters"
ROW: public(constant(uint256[3])) = [4, 5, 6]
FIXED: public(immutable(Big))
RATES: public(immutable(int256[2]))

number: public(int256)
yes: public(bool)
who: public(address)
other: public(Other)
role: public(Role)
title: public(String[40])
small: public(Small)
row: public(uint8[3])
rows: public(uint256[2][3])
smalls: public(Small[2][2])
list: public(DynArray[int128, 3])
list_of: public(HashMap[uint256, DynArray[Small, 2]])
lists: public(DynArray[DynArray[uint256, 2], 2])
big_of: public(HashMap[address, HashMap[uint256, Big[2]]])
by_name: public(HashMap[address, address])
by_truth: public(HashMap[bool, uint256])
by_small: public(HashMap[uint8, uint256])
secret: uint256


@deploy
def __init__():
    FIXED = Big(inner=[Small(a=1, b=True), Small(a=2, b=False)], who=msg.sender, x=-3)
    RATES = [-1, max_value(int256)]
    self.title = "a title"
    self.role = Role.GUARD
    self.list = [-1, 2]
    self.lists = [[1], [2, 3]]


@external
def set_simple(number: int256, yes: bool, who: address, role: Role):
    self.number = number
    self.yes = yes
    self.who = who
    self.other = Other(who)
    self.role = role


@external
def set_arrays(i: uint256, j: uint256, small: Small, x: uint8):
    self.small = small
    self.row[i] = x
    self.rows[i][j] = convert(x, uint256) * 2
    self.smalls[i][j] = small


@external
def set_lists(k: uint256, x: int128, small: Small):
    self.list.append(x)
    self.list_of[k].append(small)


@external
def drop_lists(k: uint256):
    self.list.pop()
    self.list_of[k].pop()


@external
def set_maps(who: address, k: uint256, i: uint256, given: Big, yes: bool, x: uint8):
    self.big_of[who][k][i] = given
    self.by_name[msg.sender] = who
    self.by_truth[yes] = k
    self.by_small[x] += k


@external
def roles(a: Role, b: Role) -> (Role, Role, Role, Role, bool, uint256):
    self.role = a | Role.ADMIN
    return a & b, a | b, a ^ b, ~a, a == b, convert(self.role, uint256)
