# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Authors: what the author of a policy writes first
"""
from contracts.lib import errors

flag Mood:
    CALM
    WILD
    GONE


struct Pair:
    left: uint256
    right: uint256


struct Nested:
    pair: Pair
    who: address


interface ISelf:
    def with_defaults(a: uint256, b: uint256 = 2, c: uint256 = 3) -> uint256: view


FIRST: constant(Pair) = Pair(left=3, right=2**255)
NESTED: constant(Nested) = Nested(pair=FIRST, who=0x1234567890AbcdEF1234567890aBcdef12345678)
STRANGER: constant(address) = 0x1234567890AbcdEF1234567890aBcdef12345678
ONE: constant(address) = 0x0000000000000000000000000000000000000001
NOBODY: constant(address) = empty(address)
SOME: constant(uint256[3]) = [1, 2**64, max_value(uint256)]
LIST: constant(DynArray[uint256, 4]) = [5, 6]
OWNER: immutable(address)

friend: public(address)
friends: public(DynArray[address, 3])
by: public(HashMap[address, uint256])
boss_of: public(HashMap[address, address])
by_truth: public(HashMap[bool, uint256])
by_byte: public(HashMap[uint8, uint256])
by_mood: public(HashMap[Mood, uint256])
visits: public(HashMap[uint256, uint256])  # keys: 4
positions: public(HashMap[uint256, HashMap[address, HashMap[uint128, uint256]]])  # keys: accounts, 3
items: public(DynArray[uint256, 4])
small: int8[3]

total: public(uint256)


event Seen:
    who: address
    again: indexed(address)


@deploy
def __init__():
    self.friend = STRANGER
    self.friends = [ONE, STRANGER, self]
    self.boss_of[STRANGER] = 0x9999999999999999999999999999999999999999
    self.by[STRANGER] = 7
    OWNER = 0x8888888888888888888888888888888888888888
    self.small = [-1, 127, 0]



# ---------------------------------------------------------------- not marked as views


@internal
def _twice(x: uint256) -> uint256:
    own: uint256[2] = [x, x]
    own[1] += self.total
    more: DynArray[uint256, 3] = [own[0]]
    more.append(own[1])
    last: uint256 = more.pop()
    return more[0] + last


@internal
def _coded(x: uint256, code: uint256) -> uint256:
    errors.check(x != 0, code)
    return self._twice(x) + 1


@external
def unmarked(x: uint256, y: uint256) -> uint256:
    self.total = self._twice(x) % 1000 + self._twice(1)
    if self._twice(y) > 20 or x * y == 0:
        return self._coded(x, 61) + self._coded(y, 62)
    return max(self._twice(x), y)


# ---------------------------------------------------------------- default arguments


@internal
@view
def _sum(a: uint256, b: uint256 = 10, who: address = msg.sender, most: uint256 = max_value(uint256)) -> uint256:
    return min(a + b * self.by[who], most)


@external
@view
def sums(a: uint256, b: uint256, most: uint256) -> uint256[4]:
    return [self._sum(a), self._sum(a, b), self._sum(a, b, self), self._sum(a, b, STRANGER, most)]


@external
@view
def with_defaults(a: uint256, b: uint256 = 2, c: uint256 = 3) -> uint256:
    return a * 100 + b * 10 + c


@external
@view
def over_there(a: uint256, b: uint256) -> (uint256, uint256, uint256):
    return (
        staticcall ISelf(self).with_defaults(a),
        staticcall ISelf(self).with_defaults(a, b),
        staticcall ISelf(self).with_defaults(a, b, a),
    )


@external
def list_default(x: uint256, xs: DynArray[uint256, 3] = [4, 5], flag: bool = True, since: uint256 = block.timestamp):
    self.items = xs
    self.total = x if flag else since
    self.by[msg.sender] = x


# ---------------------------------------------------------------- in


@external
@view
def among(x: uint256, y: int8, who: address) -> bool[8]:
    own: uint256[2] = [x, 9]
    return [
        x in [1, 2**64, max_value(uint256)],
        x not in [1, 2],
        x in SOME,
        x in self.items,
        x not in LIST,
        y in self.small,
        who in self.friends,
        who in [STRANGER, self, msg.sender, empty(address)],
    ]


@external
@view
def among_own(x: uint256, n: uint256) -> (bool, bool, bool):
    own: DynArray[uint256, 5] = []
    for i: uint256 in range(n, bound=5):
        own.append(i * i)
    return x in own, x + 1 not in own, (x in own) == True


@external
@view
def moods_of(a: Mood, b: Mood) -> (bool, bool, bool, bool, Mood):
    return a in b, a not in b, a in (Mood.CALM | Mood.GONE), Mood.GONE not in a, ~a ^ b | Mood.WILD & ~empty(Mood)


# ---------------------------------------------------------------- constants


@external
@view
def constants(x: uint256) -> (uint256, uint256, uint256, address, Pair):
    own: Pair = FIRST
    own.left += x
    return FIRST.left + x, NESTED.pair.right, own.left, NESTED.who, FIRST


@external
@view
def listed(i: uint256) -> (uint256, uint256, uint256):
    own: DynArray[uint256, 4] = LIST
    return SOME[i], own[i], len(own)


# ---------------------------------------------------------------- addresses


@external
@view
def addresses(who: address) -> (address, address, address, address, bool, bool, bool):
    return STRANGER, self.friend, OWNER, self.boss_of[who], who == STRANGER, STRANGER.is_contract, NOBODY == who


@external
def befriend(who: address):
    self.friend = who
    self.friends = [who, OWNER]
    self.boss_of[who] = self.boss_of[STRANGER]
    self.by[OWNER] += 1
    log Seen(who=OWNER, again=who)


@external
@view
def all_friends() -> (DynArray[address, 3], address[2]):
    return self.friends, [OWNER, self.friend]


@external
@view
def just_friends() -> DynArray[address, 3]:
    return self.friends


@external
@view
def ask_stranger(which: uint256) -> uint256:
    if which == 0:
        return staticcall ISelf(STRANGER).with_defaults(1)
    if which == 1:
        return staticcall ISelf(self.friend).with_defaults(1)
    if which == 2:
        return staticcall ISelf(ONE).with_defaults(1)
    return staticcall ISelf(self).with_defaults(1)


# ---------------------------------------------------------------- keys


@external
def mark(a: bool, b: uint8, c: Mood, d: uint256, e: uint128):
    self.by_truth[a] += 1
    self.by_byte[b] += 2
    self.by_mood[c] += 3
    self.visits[d] += 4
    self.positions[d][msg.sender][e] += 5
