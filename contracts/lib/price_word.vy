# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Words of a price
@notice What an oracle keeps of a feed, in one word each, and what their bits mean.
@dev Price word:   mid 72 | half_width 72 | made_at 32 | published_at 32 | gap 24 | age 14 | trim 2 | slot 4 | flags 4, prices in units
     of 1e-12 USD. High is mid plus half width; low is mid less half width plus trim, which is what rounding left. `age` is how much
     older than the price its oldest quote was, and `gap` how far what venues show is away; both end at what their bits hold.
     Average word: average 72 | at 32 | average_before 72 | before_at 32 | nothing 48: as of its last move, and before the block of it.
     Reach word:   lowest 72 | highest 72 | at 32 | nothing 80: mids of one block that were replaced within it.
"""

from . import constants as c
from . import feed_rules as rules
from . import fixed_point as fp

MASK_72: constant(uint256) = 2**72 - 1
MASK_32: constant(uint256) = 2**32 - 1
MASK_24: constant(uint256) = 2**24 - 1
MASK_14: constant(uint256) = 2**14 - 1
MASK_4: constant(uint256) = 2**4 - 1
MASK_2: constant(uint256) = 2**2 - 1
UNIT: constant(uint256) = rules.UNIT

SLOTS: constant(uint256) = 16  # prices of a feed before its last one

# Flags. The first one is the status that a price was made with; the others are of the moment.
IS_WIDE: constant(uint256) = 1
IS_HALTED: constant(uint256) = 2  # the numbers are those of the last price, and nobody stands behind them now
IS_REPLACED: constant(uint256) = 4  # an earlier price of the same block had a mid outside this band

# A gap is kept in millionths of the mid, from this zero; at 0 there is none to speak of.
NO_GAP: constant(uint256) = 2**23
GAP_SCALE: constant(uint256) = 10**6
AGE_UNKNOWN: constant(uint256) = MASK_14  # or more


@internal
@pure
def price(
    low: uint256,
    mid: uint256,
    high: uint256,
    oldest: uint256,
    newest: uint256,
    gap: uint256,
    is_wide: bool,
    now: uint256,
) -> uint256:
    """@notice The word of a price that is made now, in slot 0; low no further below mid than high is above, and within two units."""
    return (
        (mid << 184)
        | ((high - mid) << 112)
        | (now << 80)
        | (newest << 48)
        | (gap << 24)
        | (min(now - oldest, AGE_UNKNOWN) << 10)
        | ((low + high - 2 * mid) << 8)
        | (IS_WIDE if is_wide else 0)
    )


@internal
@pure
def mid(word: uint256) -> uint256:
    return word >> 184


@internal
@pure
def low(word: uint256) -> uint256:
    return (word >> 184) + ((word >> 8) & MASK_2) - ((word >> 112) & MASK_72)


@internal
@pure
def high(word: uint256) -> uint256:
    return (word >> 184) + ((word >> 112) & MASK_72)


@internal
@pure
def made_at(word: uint256) -> uint256:
    """@notice When the price was made, unix seconds; 0 = there never was one."""
    return (word >> 80) & MASK_32


@internal
@pure
def published_at(word: uint256) -> uint256:
    return (word >> 48) & MASK_32


@internal
@pure
def observed_from(word: uint256) -> uint256:
    """@notice Publication of the oldest quote behind the price; 0 if it was too long ago to tell."""
    age: uint256 = (word >> 10) & MASK_14
    if age == AGE_UNKNOWN:
        return 0
    return self.made_at(word) - age


@internal
@pure
def slot(word: uint256) -> uint256:
    """@notice Where the price will be kept once another one follows it."""
    return (word >> 4) & MASK_4


@internal
@pure
def put_in_slot(word: uint256, slot: uint256) -> uint256:
    return word | ((slot % SLOTS) << 4)


@internal
@pure
def as_made(word: uint256) -> uint256:
    """@notice The word without what is of the moment: flags, and the gap to what venues show."""
    return word & ~((MASK_24 << 24) | IS_HALTED | IS_REPLACED)


@internal
@pure
def status(word: uint256) -> uint256:
    if word & IS_HALTED != 0:
        return c.HALTED
    return word & IS_WIDE


@internal
@pure
def halted(word: uint256, gap: uint256) -> uint256:
    """@notice The same numbers, behind which nobody stands, and how far away venues are."""
    return self.as_made(word) | (gap << 24) | IS_HALTED


@internal
@pure
def gap_to(mid: uint256, shown: uint256) -> uint256:
    """@notice How far what venues show is from a mid, both in units, as a price word keeps it: rounded toward the mid."""
    if mid == 0:
        return 0
    part: uint256 = fp.distance(mid, shown) * GAP_SCALE // mid
    if shown < mid:
        return NO_GAP - part
    return NO_GAP + min(part, NO_GAP - 1)


@internal
@pure
def shown(word: uint256) -> uint256:
    """@notice The median that venues showed when the feed was last decided on, in units; 0 if they made no quorum."""
    gap: uint256 = (word >> 24) & MASK_24
    mid: uint256 = word >> 184
    if gap == NO_GAP:
        return mid
    if gap == 0:
        return 0
    return mid * (GAP_SCALE + gap - NO_GAP) // GAP_SCALE


# ------------------------------------------------------------------ averages


@internal
@pure
def averaged_at(word: uint256) -> uint256:
    return (word >> 152) & MASK_32


@internal
@pure
def average_before(word: uint256, now: uint256) -> (uint256, uint256):
    """@notice The time average as the blocks before this one left it, in units, and when it had moved."""
    if self.averaged_at(word) == now:
        return (word >> 80) & MASK_72, (word >> 48) & MASK_32
    return word >> 184, self.averaged_at(word)


@internal
@pure
def averages(average: uint256, at: uint256, before: uint256, before_at: uint256) -> uint256:
    return (average << 184) | (at << 152) | (before << 80) | (before_at << 48)


# ------------------------------------------------------------------ reach of a block


@internal
@pure
def reach(word: uint256, mid: uint256, now: uint256) -> uint256:
    """@notice The reach word of this block with one more mid in it, in units."""
    lowest: uint256 = mid
    highest: uint256 = mid
    if (word >> 80) & MASK_32 == now:
        lowest = min(mid, word >> 184)
        highest = max(mid, (word >> 112) & MASK_72)
    return (lowest << 184) | (highest << 112) | (now << 80)


@internal
@pure
def lowest(word: uint256, now: uint256) -> uint256:
    """@notice The lowest mid that was replaced in this block; none is the largest of all."""
    if (word >> 80) & MASK_32 == now:
        return word >> 184
    return max_value(uint256)


@internal
@pure
def highest(word: uint256, now: uint256) -> uint256:
    if (word >> 80) & MASK_32 == now:
        return (word >> 112) & MASK_72
    return 0
