# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Subject: a little of all that a translator may get wrong
"""
from contracts.lib import errors

struct Pair:
    left: uint256
    right: uint256


struct Person:
    age: uint256
    who: address


interface ISubject:
    def descend(n: uint256) -> uint256: nonpayable


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
visits: public(HashMap[uint256, uint256])  # keys: 4
ages: HashMap[address, HashMap[uint256, uint256]]  # keys: accounts


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


# ---------------------------------------------------------------- arguments are copies


@internal
@pure
def _changes(row: uint256[3], items: DynArray[uint256, 4], given: Pair) -> uint256:
    row[1] += 5
    items.append(row[1])
    items[0] = 9
    given.left += items[0]
    return given.left


@external
@pure
def kept_by_caller(x: uint256) -> (uint256, uint256[3], uint256, uint256, Pair):
    row: uint256[3] = [x, x, x]
    items: DynArray[uint256, 4] = [x]
    own: Pair = Pair(left=1, right=x)
    found: uint256 = self._changes(row, items, own)
    return found, row, len(items), items[0], own


# ---------------------------------------------------------------- addresses inside of other values


@external
@view
def people(given: DynArray[address, 3]) -> DynArray[address, 4]:
    out: DynArray[address, 4] = given
    out.append(msg.sender)
    return out


@external
@view
def couples(given: address[2]) -> (address[2], Person):
    return [given[1], self], Person(age=7, who=given[0])


@external
@view
def family(given: DynArray[Person, 2]) -> DynArray[Person, 3]:
    out: DynArray[Person, 3] = given
    out.append(Person(age=1, who=self.who))
    return out


# ---------------------------------------------------------------- lists with less room than the type that they become


@external
@pure
def roomier(given: DynArray[uint256, 2]) -> DynArray[uint256, 5]:
    out: DynArray[uint256, 2] = given
    return out


@internal
@pure
def _roomier(given: DynArray[uint256, 2]) -> DynArray[uint256, 3]:
    out: DynArray[uint256, 2] = given
    if len(out) == 2:
        out.pop()
    return out


@external
@pure
def roomier_still(given: DynArray[uint256, 2]) -> DynArray[uint256, 5]:
    return self._roomier(given)


# ---------------------------------------------------------------- as much as there is room for


@external
def ask_often(n: uint256) -> uint256:
    last: uint256 = 0
    for i: uint256 in range(n, bound=300):
        last = extcall self.witness.note(6)
    return last


@external
@reentrant
def descend(n: uint256) -> uint256:
    if n == 0:
        return self.total
    found: uint256 = extcall ISubject(self).descend(n - 1)
    return found + 1


@external
def write_often(n: uint256):
    for i: uint256 in range(n, bound=100_000):
        self.total = i


@external
def visit(key: uint256, who: address, account: uint256):
    self.visits[key] += 1
    self.ages[who][account] += 1


@external
def tell_often(n: uint256):
    for i: uint256 in range(n, bound=20_000):
        log Told(a=i, b=i, c=i)


@external
@pure
def long(n: uint256) -> DynArray[uint256, 300]:
    out: DynArray[uint256, 300] = []
    for i: uint256 in range(n, bound=300):
        out.append(i)
    return out
