# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Windows
@notice No more than a share of the supply leaves in a window, and of that every holder has a part that nobody else can use.

    opening   the first redemption after the end of the last window opens one; its allowance is a share of the supply of that moment
    part      of the allowance each holder's part is as large as his of the shares at the opening. It falls by what he redeems, grows by
              what he mints, and moves with shares that he transfers: no sequence of these makes or destroys one
    last      a redemption that leaves nobody more than dust is bound by no window: there is nobody to keep a part for
    free      in the last quarter what is left of the allowance is open to everybody: what others did not use. Who comes then
              waits for the next window at most, and may open it himself

@dev A holder's part is reckoned when his balance first changes in a window, from the balance before: nothing runs over holders, and dust
     that others send adds its own part to what he has.
"""

from ..lib import constants as c
from ..lib import errors as err
from ..lib import fixed_point as fp

# Shares that nobody owns, minted with the first deposit: a share's price cannot be inflated by a donation or a dust position.
DEAD_SHARES: constant(uint256) = 10**9
FREE_DIVISOR: constant(uint256) = 4  # the last quarter
DUST_DIVISOR: constant(uint256) = 10_000


struct Part:
    window: uint256  # in which it holds
    shares: uint256  # that may still leave


window: public(uint256)  # counts the windows
window_started_s: public(uint256)
window_ends_s: public(uint256)
window_supply: public(uint256)  # shares at the opening
window_shares: public(uint256)  # the allowance: of those may leave, net of what is minted
redeemed: public(uint256)  # shares redeemed in the window
minted: public(uint256)  # shares minted in the window
parts: HashMap[address, Part]


@internal
@view
def _is_open() -> bool:
    return block.timestamp < self.window_ends_s


@internal
@view
def _is_free() -> bool:
    """@notice Whether what is left is open to everybody."""
    return block.timestamp >= self.window_ends_s - (self.window_ends_s - self.window_started_s) // FREE_DIVISOR


@internal
@pure
def _is_last(amount: uint256, supply: uint256) -> bool:
    """@notice Whether a redemption leaves the others less than a ten-thousandth of all shares that somebody owns."""
    owned: uint256 = fp.sub_or_zero(supply, DEAD_SHARES)
    return amount > 0 and amount <= owned and (owned - amount) * DUST_DIVISOR <= owned


@internal
@pure
def _share(held: uint256, allowance: uint256, supply: uint256) -> uint256:
    owned: uint256 = fp.sub_or_zero(supply, DEAD_SHARES)
    if owned == 0:
        return 0
    return min(held, fp.mul_div_down(held, allowance, owned))


@internal
@view
def _part(holder: address, held: uint256) -> uint256:
    """@notice What a holder of so many shares may still redeem in the window that is open."""
    part: Part = self.parts[holder]
    if part.window == self.window:
        return part.shares
    return self._share(held, self.window_shares, self.window_supply)


@internal
def _set_part(holder: address, part: uint256):
    self.parts[holder] = Part(window=self.window, shares=part)


@internal
def _enter(holder: address, held: uint256, amount: uint256):
    """@notice Count shares that are minted to a holder of `held`."""
    if self._is_open():
        self.minted += amount
        self._set_part(holder, self._part(holder, held) + amount)


@internal
def _move(owner: address, held: uint256, to: address, held_to: uint256, amount: uint256):
    """@notice Let the part go with the shares; `held` and `held_to` are the balances before."""
    if amount > 0 and self._is_open():
        part: uint256 = self._part(owner, held)
        moved: uint256 = fp.mul_div_down(part, amount, held)
        self._set_part(owner, part - moved)
        self._set_part(to, self._part(to, held_to) + moved)


@internal
def _leave(holder: address, held: uint256, amount: uint256, supply: uint256, limit_wad: uint256, window_s: uint256):
    """@notice Count shares that a holder of `held` redeems, or refuse; `supply` is that before."""
    if limit_wad >= c.WAD:
        return
    if not self._is_open():
        self.window += 1
        self.window_started_s = block.timestamp
        self.window_ends_s = block.timestamp + window_s
        self.window_supply = supply
        self.window_shares = fp.mul_down(supply, limit_wad)
        self.redeemed = 0
        self.minted = 0
    part: uint256 = self._part(holder, held)
    err.check(amount <= part or self._is_free(), err.POOL_REDEEM_LIMIT)
    self.redeemed += amount
    err.check(self.redeemed <= self.window_shares + self.minted, err.POOL_REDEEM_LIMIT)
    self._set_part(holder, fp.sub_or_zero(part, amount))


@internal
def _return(keeper: address, held_by_keeper: uint256, holder: address, held: uint256, amount: uint256, counted: uint256):
    """@notice Take back what was counted in a window, if it is still the same; else the part moves with the shares."""
    if counted > 0 and counted == self.window and self._is_open():
        self.redeemed = fp.sub_or_zero(self.redeemed, amount)
        self._set_part(holder, self._part(holder, held) + amount)
    else:
        self._move(keeper, held_by_keeper, holder, held, amount)


@internal
@view
def _redeemable(holder: address, held: uint256, supply: uint256, limit_wad: uint256) -> uint256:
    """@notice Shares that the window lets a holder redeem now."""
    if limit_wad >= c.WAD:
        return held
    if not self._is_open():
        return self._share(held, fp.mul_down(supply, limit_wad), supply)
    if self._is_free():
        return min(held, fp.sub_or_zero(self.window_shares + self.minted, self.redeemed))
    return min(held, self._part(holder, held))
