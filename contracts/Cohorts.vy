# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Cohorts
@notice A haircut on all winners of a side at once. What a bankrupt account leaves to the pool beyond insurance, the winners of the other side
        give back in the same call, each the same share of its profit: profit is junior, paid as far as it is backed. There is no list, nobody
        names anybody, and the cost does not grow with the number of accounts.

            who wins when the loss arises, gives; who opens later, or loses, gives nothing; who won cannot leave between
            a share of `h` at the price P moves a position's cost toward what it is worth: C' = (1 - h) C + h P S, on either side

        Positions whose entry prices lie within a sixty-fourth of an octave of each other (0.8 to 1.6 %) are a cell, and share an index:
        C' = keep C + shift S since they came. A cell gives where its worst entry is beyond the price, that is where all of its members win: so
        losers never give, and who wins by less than a cell's width may give nothing: for that somebody's small position at the worst price of the
        cell is enough, and a winner who grows until his average is there stands among them, for the fee of a far larger trade than
        closing. What a cell gave is exactly what its members owe: each
        its share, the last one to leave whatever rounding left.
@dev Market tells of every position that it stores, counts what is owed against the side's profit and the account's at once, and books it
     into a position's cost when that changes. This contract holds no value and calls nobody while Market calls it.
     A side has CELLS cells, four octaves of prices; cells that haircuts moved away from the prices of their place, and prices sixteenfold
     apart, share them: who finds none of PLACES that fits is in no cell and gives nothing. Insurance gives nothing either. A profit that is the
     margin of a loss elsewhere is junior, too: the account may be below its maintenance margin afterwards.
"""

from .interfaces import ICohorts
from .interfaces import IMarket
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import pricing

implements: ICohorts

CELLS: constant(uint256) = 256  # of a side, one word of bits
PLACES: constant(uint256) = 16  # where a position looks for a cell of its own price
STRIDE: constant(uint256) = 80  # from one to the next of them: far from where other prices look first
ALL: constant(uint256) = 10**36  # an index that has lost nothing
SHIFT_PER_WAD: constant(uint256) = 10**9  # shifts have 27 decimals
SHIFT_SCALE: constant(uint256) = 10**27
WORN: constant(uint256) = 10**24  # an index below that has too few digits left

MARKET: public(immutable(IMarket))

cells: public(HashMap[uint256, HashMap[uint256, Cell]])  # 2 * market + side -> place
in_use: public(HashMap[uint256, uint256])  # 2 * market + side -> bitmap of places
due_usd_wad: HashMap[uint256, uint256]  # 2 * market + side
given_usd_wad: public(HashMap[uint256, uint256])  # 2 * market + side -> what its winners have ever given
members: HashMap[uint256, HashMap[uint256, Member]]  # account -> market


struct Cell:
    size_wad: uint256
    cost_usd_wad: uint256  # as Market has booked it
    due_usd_wad: uint256  # which haircuts took and Market has not booked
    keep: uint256  # what haircuts left of a profit, ALL to begin with
    shift: uint256  # USD per unit of size
    edge_wad: uint256  # no member's entry, haircuts included, is worse


# Where a position is, and the index of its cell when it came.
struct Member:
    place: uint256  # plus one
    keep: uint256
    shift: uint256


event Haircut:
    market: indexed(uint256)
    side: indexed(uint256)
    price_wad: uint256
    lost_usd_wad: uint256
    won_usd_wad: uint256  # by all who give
    given_usd_wad: uint256


@deploy
def __init__(market: address):
    MARKET = IMarket(market)


# ------------------------------------------------------------------ what only the liquidator may do


@external
def haircut(m: uint256, side: uint256, price_wad: uint256, usd_wad: uint256) -> uint256:
    """@notice Take a loss from the winners of a side, in proportion to their profit at a price. @return USD taken"""
    liquidator: address = staticcall MARKET.policy_of(c.LIQUIDATOR)
    err.check(msg.sender == liquidator, err.ACCESS_NOT_LIQUIDATOR)
    s: uint256 = 2 * m + side
    won: uint256 = 0
    left: uint256 = self.in_use[s]
    givers: uint256 = 0
    for _: uint256 in range(CELLS):
        if left == 0:
            break
        place: uint256 = self._highest_bit(left)
        left ^= 1 << place
        profit: uint256 = self._profit(self.cells[s][place], side, price_wad)
        if profit > 0:
            won += profit
            givers |= 1 << place
    given: uint256 = 0
    if won > 0:
        share: uint256 = min(fp.mul_div_up(usd_wad, ALL, won), ALL)
        for _: uint256 in range(CELLS):
            if givers == 0:
                break
            place: uint256 = self._highest_bit(givers)
            givers ^= 1 << place
            usd: uint256 = self._cut(s, place, side, price_wad, share, usd_wad - given)
            given += usd
        self.due_usd_wad[s] += given
        self.given_usd_wad[s] += given
    log Haircut(
        market=m, side=side, price_wad=price_wad, lost_usd_wad=usd_wad, won_usd_wad=won, given_usd_wad=given
    )
    return given


@internal
@view
def _profit(cell: Cell, side: uint256, price_wad: uint256) -> uint256:
    """@notice What the members of a cell have won, haircuts included; nothing unless all of them win."""
    if side == c.LONG:
        if cell.edge_wad >= price_wad:
            return 0
        return fp.sub_or_zero(fp.mul_down(cell.size_wad, price_wad), cell.cost_usd_wad + cell.due_usd_wad)
    if cell.edge_wad <= price_wad:
        return 0
    return fp.sub_or_zero(cell.cost_usd_wad, cell.due_usd_wad + fp.mul_up(cell.size_wad, price_wad))


@internal
def _cut(s: uint256, place: uint256, side: uint256, price_wad: uint256, share: uint256, most: uint256) -> uint256:
    """@notice Move a cell's index by a share of its profit. @return USD that it gives, rounded up as far as anything is left to give"""
    cell: Cell = self.cells[s][place]
    given: uint256 = min(fp.mul_div_up(self._profit(cell, side, price_wad), share, ALL), most)
    cell.due_usd_wad += given
    cell.keep = fp.mul_div_down(cell.keep, ALL - share, ALL)
    cell.shift = fp.mul_div_down(cell.shift, ALL - share, ALL) + fp.mul_div_down(price_wad * SHIFT_PER_WAD, share, ALL)
    moved: uint256 = fp.mul_div_up(fp.distance(cell.edge_wad, price_wad), share, ALL)
    cost: uint256 = cell.cost_usd_wad
    if side == c.LONG:
        cell.edge_wad += moved
        cost += cell.due_usd_wad
    else:
        cell.edge_wad -= moved
        cost -= cell.due_usd_wad
    if cell.keep < WORN:
        # Of what told its members' entries apart less than a trillionth is left: from now on they have one.
        cell.keep = 0
        cell.shift = fp.mul_div_down(cost, SHIFT_SCALE, cell.size_wad)
    self.cells[s][place] = cell
    return given


# ------------------------------------------------------------------ what only the market may do


@external
def store(account: uint256, m: uint256, old: IMarket.Position, new: IMarket.Position):
    """@notice A position has changed, and what it owed is part of its new cost."""
    err.check(msg.sender == MARKET.address, err.ACCESS_NOT_MARKET)
    if account == c.INSURANCE:
        return
    if old.size_wad != 0:
        self._leave(account, m, old)
    if new.size_wad != 0:
        self._enter(account, m, new)


@internal
def _leave(account: uint256, m: uint256, old: IMarket.Position):
    s: uint256 = self._side_of(m, old)
    place: uint256 = self.members[account][m].place
    if place == 0:
        return
    place -= 1
    cell: Cell = self.cells[s][place]
    owed: uint256 = self._owed(self.members[account][m], cell, old)
    cell.size_wad -= fp.magnitude(old.size_wad)
    cell.cost_usd_wad -= old.cost_usd_wad
    cell.due_usd_wad -= owed
    if cell.size_wad == 0:
        owed += cell.due_usd_wad
        cell = empty(Cell)
        self.in_use[s] ^= 1 << place
    if owed > 0:
        self.due_usd_wad[s] -= owed
    self.cells[s][place] = cell
    self.members[account][m] = empty(Member)


@internal
def _enter(account: uint256, m: uint256, new: IMarket.Position):
    """@notice Join the first cell whose members all have this position's price, or an empty one."""
    s: uint256 = self._side_of(m, new)
    size: uint256 = fp.magnitude(new.size_wad)
    entry: uint256 = fp.mul_div_down(new.cost_usd_wad, c.WAD, size)
    low: uint256 = 0
    high: uint256 = 0
    place: uint256 = 0
    low, high, place = self._bounds(entry)
    for _: uint256 in range(PLACES):
        cell: Cell = self.cells[s][place]
        if cell.size_wad == 0:
            cell.keep = ALL
            cell.edge_wad = low if new.size_wad > 0 else high
            self.in_use[s] |= 1 << place
        if low <= cell.edge_wad and cell.edge_wad <= high and cell.keep >= WORN:
            cell.edge_wad = max(cell.edge_wad, entry + 1) if new.size_wad > 0 else min(cell.edge_wad, entry)
            cell.size_wad += size
            cell.cost_usd_wad += new.cost_usd_wad
            self.cells[s][place] = cell
            self.members[account][m] = Member(place=place + 1, keep=cell.keep, shift=cell.shift)
            return
        place = (place + STRIDE) % CELLS


# ------------------------------------------------------------------ reckoning


@internal
@pure
def _side_of(m: uint256, position: IMarket.Position) -> uint256:
    return 2 * m + (c.LONG if position.size_wad > 0 else c.SHORT)


@internal
@pure
def _highest_bit(x: uint256) -> uint256:
    """@notice Its number; 0 of 0."""
    rest: uint256 = x
    n: uint256 = 0
    step: uint256 = 128
    for _: uint256 in range(8):
        if rest >> step > 0:
            rest = rest >> step
            n += step
        step = step >> 1
    return n


@internal
@pure
def _bounds(entry_wad: uint256) -> (uint256, uint256, uint256):
    """@return (least and largest edge of the cell of an entry price, where it is looked for first)"""
    entry: uint256 = max(entry_wad, 64)
    octave: uint256 = self._highest_bit(entry) - 6
    mantissa: uint256 = entry >> octave  # 64 to 127
    return mantissa << octave, (mantissa + 1) << octave, (64 * octave + mantissa) % CELLS


@internal
@pure
def _borrowed(position: IMarket.Position, side: IMarket.Side) -> int256:
    """@notice The borrow fee of a position that had this cost from the beginning."""
    return convert(fp.mul_up(position.cost_usd_wad, side.borrow_index_wad), int256)


@internal
@pure
def _owed(member: Member, cell: Cell, position: IMarket.Position) -> uint256:
    """@notice How far haircuts have moved a position's cost since it came: no more than is left, the last one all of it."""
    size: uint256 = fp.magnitude(position.size_wad)
    owed: uint256 = cell.due_usd_wad
    if size != cell.size_wad:
        kept: uint256 = fp.mul_div_down(cell.keep, ALL, member.keep)
        lost: uint256 = position.cost_usd_wad - fp.mul_div_down(position.cost_usd_wad, kept, ALL)
        moved: uint256 = fp.sub_or_zero(cell.shift, fp.mul_div_up(member.shift, kept, ALL))
        gained: uint256 = fp.mul_div_down(size, moved, SHIFT_SCALE)
        if position.size_wad > 0:
            owed = min(owed, fp.sub_or_zero(gained, lost))
        else:
            owed = min(owed, fp.sub_or_zero(lost, gained))
    if position.size_wad < 0:
        owed = min(owed, position.cost_usd_wad)
    return owed


# ------------------------------------------------------------------ views


@internal
@view
def _booked(
    account: uint256, m: uint256, position: IMarket.Position, sides: IMarket.Side[2]
) -> IMarket.Position:
    member: Member = self.members[account][m]
    if member.place == 0:
        return position
    side: uint256 = c.LONG if position.size_wad > 0 else c.SHORT
    owed: uint256 = self._owed(member, self.cells[2 * m + side][member.place - 1], position)
    new: IMarket.Position = position
    if side == c.LONG:
        new.cost_usd_wad += owed
    else:
        new.cost_usd_wad -= owed
    new.borrow_debt_usd_wad += self._borrowed(new, sides[side]) - self._borrowed(position, sides[side])
    return new


@external
@view
def booked(account: uint256, m: uint256, position: IMarket.Position, sides: IMarket.Side[2]) -> IMarket.Position:
    """
    @notice A position of Market's, with what haircuts took of it in its cost. What it owes for borrowing does not change: that was for the
            cost that it had.
    """
    return self._booked(account, m, position, sides)


@external
@view
def standing(account: uint256, m: uint256) -> (IMarket.Position, IMarket.Side):
    """@notice A position and its side as they stand: both with what haircuts took in their cost."""
    position: IMarket.Position = staticcall MARKET.positions(account, m)
    longs: IMarket.Side = staticcall MARKET.sides(m, c.LONG)
    shorts: IMarket.Side = staticcall MARKET.sides(m, c.SHORT)
    position = self._booked(account, m, position, [longs, shorts])
    if position.size_wad < 0:
        shorts.cost_usd_wad -= self.due_usd_wad[2 * m + c.SHORT]
        return position, shorts
    longs.cost_usd_wad += self.due_usd_wad[2 * m + c.LONG]
    return position, longs


@external
@view
def owed_by_side(m: uint256, side: uint256) -> int256:
    """@notice What haircuts took of a side and is not in the cost of its positions yet, USD WAD."""
    return convert(self.due_usd_wad[2 * m + side], int256)
