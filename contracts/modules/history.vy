# pragma version 0.4.3
"""
@title History
@notice The prices that an oracle made of each feed: the last one, and one a block before it, for who executes at the first price after his
        request, or wants to know what there was in between.
@dev One word a price: lib/price_word.vy. A block that finds no price gives the numbers from before it back; of the prices that it replaced
     the mids are remembered until it is over.
"""

from ..interfaces import IOracle
from ..lib import constants as c
from ..lib import price_word as pw
from ..lib import feed_rules as rules

MAX_RECENT: constant(uint256) = c.MAX_FEEDS * pw.SLOTS
UNIT: constant(uint256) = rules.UNIT

# Edges of a band, for who waits until one of them reaches a price.
LOW: constant(uint256) = 0
MID: constant(uint256) = 1
HIGH: constant(uint256) = 2


event PriceReported:
    feed: indexed(uint256)
    low: uint256
    mid: uint256
    high: uint256
    published_at: uint256
    status: uint256  # before redemption, which needs another feed's price and is looked at when prices are read


cached: public(uint256[c.MAX_FEEDS])  # price words
recent: public(uint256[MAX_RECENT])  # feed * 16 + slot -> price word of an earlier block
reaches: uint256[c.MAX_FEEDS]  # reach words


@internal
@view
def _before_block(f: uint256) -> uint256:
    """@notice Word of the last price of an earlier block, as it was made; 0 if there is none."""
    word: uint256 = self.cached[f]
    if pw.made_at(word) == block.timestamp:
        word = self._earlier(f, word)
    return pw.as_made(word)


@internal
def _accept(f: uint256, before: uint256, price: uint256):
    """@notice Cache a price of this block and keep the one before it."""
    old: uint256 = self.cached[f]
    word: uint256 = pw.put_in_slot(price, pw.slot(before) + 1)
    if pw.made_at(old) == block.timestamp:
        self._replace(f, old)
    else:
        self.recent[f * pw.SLOTS + pw.slot(before)] = before
    if pw.made_at(old) == block.timestamp or old & pw.IS_HALTED != 0:
        reach: uint256 = self.reaches[f]
        if pw.lowest(reach, block.timestamp) < pw.low(word) or pw.highest(reach, block.timestamp) > pw.high(word):
            word |= pw.IS_REPLACED
    self.cached[f] = word
    self._log(f, word)


@internal
def _halt(f: uint256, before: uint256, gap: uint256):
    """@notice Go back to the numbers from before the block, behind which nobody stands now."""
    old: uint256 = self.cached[f]
    if pw.made_at(old) == block.timestamp:
        self._replace(f, old)
    word: uint256 = pw.halted(before, gap)
    self.cached[f] = word
    self._log(f, word)


@internal
def _replace(f: uint256, old: uint256):
    """@notice Remember the mid of a price of this block that goes: the band reaches to it until the block is over."""
    self.reaches[f] = pw.reach(self.reaches[f], pw.mid(old), block.timestamp)


@internal
def _log(f: uint256, word: uint256):
    log PriceReported(
        feed=f,
        low=pw.low(word) * UNIT,
        mid=pw.mid(word) * UNIT,
        high=pw.high(word) * UNIT,
        published_at=pw.published_at(word),
        status=pw.status(word),
    )


@internal
@view
def _now(f: uint256, word: uint256) -> IOracle.Price:
    """@notice A price as readers get it; in the block that made it with a band that reaches to what it replaced."""
    price: IOracle.Price = self._told(word)
    if word & pw.IS_REPLACED != 0 and pw.made_at(word) == block.timestamp:
        reach: uint256 = self.reaches[f]
        price.low = min(price.low, pw.lowest(reach, block.timestamp) * UNIT)
        price.high = max(price.high, pw.highest(reach, block.timestamp) * UNIT)
        price.collateral = price.low
    return price


@internal
@pure
def _told(word: uint256) -> IOracle.Price:
    """@notice A price as readers get it, before its age and redemption are looked at."""
    low: uint256 = pw.low(word) * UNIT
    return IOracle.Price(
        low=low,
        mid=pw.mid(word) * UNIT,
        high=pw.high(word) * UNIT,
        collateral=low,
        published_at=pw.published_at(word),
        status=pw.status(word),
        observed_from_s=pw.observed_from(word),
        shown=pw.shown(word) * UNIT,
    )


# ------------------------------------------------------------------ orders


@external
@view
def first_price_after(f: uint256, time_s: uint256) -> IOracle.Price:
    """
    @notice The first price of a feed all of whose quotes were observed after a time: at which a request of then executes. Its status
            is as of when it was made, and HALTED, without numbers, if there is none (yet, or any more: see `remembers`).
    @dev Its block is over, so that nobody can still replace it. It is as venues told it: redemption and age are of the moment, and
         `prices` tells them.
    """
    return self._first(f, time_s, MID, 0, True, True)


@external
@view
def first_price_reaching(
    f: uint256, time_s: uint256, edge: uint256, bound_wad: uint256, is_rising: bool
) -> IOracle.Price:
    """
    @notice Of those prices the first whose edge (0 low, 1 mid, 2 high) is at a bound or above it (rising), or at it or below: for
            limits and stops, which may wait for long. Of sixteen prices back at most. Where the oldest of them is there already, and what
            came before it is forgotten, nobody knows which was the first: there is none, until the bound is left and reached again.
    """
    return self._first(f, time_s, edge, bound_wad, is_rising, False)


@external
@view
def has_shown(f: uint256, price_wad: uint256, is_high: bool) -> bool:
    """@notice Whether an edge of a feed's band was at a price, in the last price or one of the sixteen before it that are remembered."""
    word: uint256 = self.cached[f]
    for _: uint256 in range(pw.SLOTS + 1):
        if pw.made_at(word) == 0:
            return False
        if (pw.high(word) if is_high else pw.low(word)) * UNIT == price_wad:
            return True
        word = self._earlier(f, word)
    return False


@external
@view
def remembers(f: uint256, time_s: uint256) -> bool:
    """@notice No price of a feed that was made after this time is forgotten yet."""
    word: uint256 = self.cached[f]
    for _: uint256 in range(pw.SLOTS + 1):
        if pw.made_at(word) <= time_s:
            return True
        word = self._earlier(f, word)
    return False


@external
@view
def marks_since(f: uint256, time_s: uint256) -> DynArray[IOracle.Mark, pw.SLOTS + 1]:
    """@notice The prices of a feed that finished blocks after a time left, newest first, as far back as they are remembered."""
    marks: DynArray[IOracle.Mark, pw.SLOTS + 1] = []
    word: uint256 = self.cached[f]
    for _: uint256 in range(pw.SLOTS + 1):
        made_at: uint256 = pw.made_at(word)
        if made_at <= time_s:
            break
        if made_at < block.timestamp:
            mark: IOracle.Mark = IOracle.Mark(made_at_s=made_at, mid=pw.mid(word) * UNIT)
            marks.append(mark)
        word = self._earlier(f, word)
    return marks


@internal
@view
def _earlier(f: uint256, word: uint256) -> uint256:
    """@notice Word of the price before this one."""
    return self.recent[f * pw.SLOTS + (pw.slot(word) + pw.SLOTS - 1) % pw.SLOTS]


@internal
@view
def _first(
    f: uint256, time_s: uint256, edge: uint256, bound_wad: uint256, is_rising: bool, is_whole: bool
) -> IOracle.Price:
    """@dev Backward from the last price: a request is rarely older than a few. `is_whole`: of nothing less than all since then."""
    nothing: IOracle.Price = empty(IOracle.Price)
    nothing.status = c.HALTED
    first: IOracle.Price = nothing
    is_there: bool = False  # the price that was looked at last
    word: uint256 = self.cached[f]
    for _: uint256 in range(pw.SLOTS + 1):
        made_at: uint256 = pw.made_at(word)
        if made_at <= time_s:
            return first
        if made_at < block.timestamp and pw.observed_from(word) > time_s:
            price: IOracle.Price = self._told(pw.as_made(word))
            at: uint256 = price.mid
            if edge == LOW:
                at = price.low
            elif edge == HIGH:
                at = price.high
            is_there = (is_rising and at >= bound_wad) or (not is_rising and at <= bound_wad)
            if is_there:
                first = price
        word = self._earlier(f, word)
    if is_whole or is_there:
        return nothing
    return first
