# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Subject: a little of all that a translator may get wrong
"""
from contracts.lib import errors

struct Pair:
    left: uint256
    right: uint256


interface IWitness:
    def note(x: uint256) -> uint256: nonpayable
    def told_by() -> address: view
    def call_back(what: uint256): nonpayable


event Told:
    a: uint256
    b: indexed(uint256)
    c: uint256


witness: IWitness
pair: public(Pair)
row: public(uint256[3])
after_row: uint256
list: public(DynArray[uint256, 4])
pairs: public(HashMap[address, HashMap[address, Pair]])
total: public(uint256)
small: public(int64)
is_on: public(bool)
who: public(address)


@deploy
def __init__(witness: IWitness):
    self.witness = witness
    self.after_row = 77


@internal
@view
def _code(x: uint256, code: uint256) -> uint256:
    errors.check(x != 0, code)
    return x


@internal
def _late(given: Pair) -> uint256:
    self.pair = Pair(left=8, right=9)
    return given.left * 100 + given.right


@external
def write_twice(x: uint256):
    self.total = x
    self.total = x + 1
    assert x != 3


@external
def set_pair(x: uint256, y: uint256):
    new: Pair = Pair(left=x, right=y)
    self.pair = new
    assert x != y


@external
@view
def members() -> (uint256, uint256):
    own: Pair = self.pair
    return own.left, self.pair.right


@external
def copies(x: uint256) -> uint256:
    a: Pair = Pair(left=x, right=1)
    b: Pair = a
    b.left += 5
    return a.left


@external
def passed(x: uint256) -> uint256:
    self.pair = Pair(left=x, right=x)
    return self._late(self.pair)


@external
@view
def at(i: uint256) -> uint256:
    return self.row[i]


@external
def given(x: int64, flag: bool, who: address):
    self.small = x
    self.is_on = flag
    self.who = who


@external
def push(x: uint256):
    self.list.append(x)


@external
def drop() -> (uint256, uint256):
    last: uint256 = self.list.pop()
    return last, len(self.list)


@external
def keep(a: address, b: address, x: uint256):
    self.pairs[a][b] = Pair(left=x, right=x + 1)


@external
@pure
def rounds(n: uint256) -> uint256:
    sum: uint256 = 0
    for i: uint256 in range(n, bound=5):
        if i == 1:
            continue
        sum += 10**i
    return sum


@external
@view
def first(x: uint256, y: uint256) -> uint256:
    return self._code(x, 21) + self._code(y, 22)


@external
@view
def short(x: uint256, y: uint256) -> bool:
    return x > 2 or self._code(y, 23) > 4


@external
def tell(a: uint256, b: uint256):
    log Told(a=a, b=b, c=a + b)
    assert a != 9


@external
def ask(x: uint256) -> uint256:
    self.total = x
    found: uint256 = extcall self.witness.note(x)
    return found + 1


@external
@view
def sender() -> address:
    return staticcall self.witness.told_by()


@external
def invite(what: uint256):
    self.total += 1
    extcall self.witness.call_back(what)


@external
def touch():
    self.total += 100


@external
@view
def look() -> uint256:
    return self.total


@external
@view
def choose(flag: bool, x: uint256) -> uint256:
    return self.pair.left if flag else 100 // x


@external
def grow(i: uint256, x: uint256):
    self.row[i] += x
    self.row[i] -= 2
