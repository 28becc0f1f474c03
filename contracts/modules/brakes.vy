# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Brakes
@notice What is tightened at once, for safety, does not last: three days at most, in any week one such time. When it is over anybody may
        end it, unless the admin has set the same as an announced change meanwhile. What a cap was before a cut is remembered:
        the way back is one announced change, however deep the cut.
@dev A subject is the mode of the whole pool, or a market.
"""

from ..interfaces import IMarket
from ..lib import constants as c
from ..lib import errors as err
from ..lib import listing
from ..lib import rows
from . import notice
from . import roles

uses: notice
uses: roles

BRAKE_S: constant(uint256) = 3 * 86_400
REST_S: constant(uint256) = 4 * 86_400
WHOLE_POOL: constant(uint256) = c.MAX_MARKETS  # the subject after the markets


struct Brake:
    began_s: uint256
    is_on: bool  # and the admin has not confirmed it
    is_stopped: bool  # it made the market reduce-only
    before: uint256  # a market's cap before it was cut, 0 if it was not; the pool's mode before it was tightened


brake_of: public(HashMap[uint256, Brake])


event BrakeChanged:
    subject: indexed(uint256)  # a market, or 8: the whole pool
    brake: Brake


@internal
def _store(subject: uint256, brake: Brake):
    self.brake_of[subject] = brake
    log BrakeChanged(subject=subject, brake=brake)


@internal
@view
def _pull(subject: uint256) -> Brake:
    """@notice The brake as it is once it is on: for what is left of its three days, or for new ones after its rest."""
    brake: Brake = self.brake_of[subject]
    if block.timestamp >= brake.began_s + BRAKE_S + REST_S:
        brake.began_s = block.timestamp
    else:
        err.check(block.timestamp < brake.began_s + BRAKE_S, err.ACCESS_TOO_SOON)
    brake.is_on = True
    return brake


@internal
def _release(subject: uint256):
    brake: Brake = self.brake_of[subject]
    if brake.is_on:
        self._store(subject, Brake(began_s=brake.began_s, is_on=False, is_stopped=False, before=0))


@internal
@view
def _over(subject: uint256) -> Brake:
    """@notice A brake whose time is over."""
    brake: Brake = self.brake_of[subject]
    err.check(brake.is_on and block.timestamp >= brake.began_s + BRAKE_S, err.ACCESS_TOO_SOON)
    return brake


@internal
def _confirm(m: uint256, params: IMarket.MarketParams):
    """@notice What is announced lasts; a cap that is back where it was before a cut needs no way back."""
    brake: Brake = self.brake_of[m]
    if brake.is_on or brake.before > 0:
        brake.is_on = False
        brake.is_stopped = False
        if params.max_open_interest_usd_wad >= brake.before:
            brake.before = 0
        self._store(m, brake)


@external
def announce_mode(mode: uint256):
    """@notice Say which mode will last, set in a day at the earliest."""
    roles._only_admin()
    err.check(mode <= c.PAUSED, err.ACCESS_UNKNOWN_MODE)
    notice._announce(notice.MODE, 0, empty(address), rows.of_number(mode))


@external
def set_mode(mode: uint256):
    """
    @notice The guardian may only tighten, the admin may do both. Tighter lasts three days at most, and once in a week; an announced mode
            lasts until the admin opens again.
    """
    notice._check_sealed()
    err.check(mode <= c.PAUSED, err.ACCESS_UNKNOWN_MODE)
    current: uint256 = staticcall roles.market.mode()
    roles._check_safety(mode > current)
    brake: Brake = self.brake_of[WHOLE_POOL]
    if msg.sender == roles.admin and self._is_announced_mode(mode):
        notice._use(notice.MODE, 0, empty(address), rows.of_number(mode))
        self._release(WHOLE_POOL)
    elif mode > current:
        before: uint256 = brake.before if brake.is_on else current
        brake = self._pull(WHOLE_POOL)
        brake.before = before
        self._store(WHOLE_POOL, brake)
    elif mode == c.NORMAL:
        self._release(WHOLE_POOL)
    extcall roles.market.set_mode(mode)


@internal
@view
def _is_announced_mode(mode: uint256) -> bool:
    announced: notice.Notice = notice.notices[notice.MODE * notice.IDS]
    return notice._is_due(notice.MODE, 0) and announced.row[0] == mode


@external
def set_reduce_only(m: uint256, is_reduce_only: bool):
    """@notice Stop a market's growth at once, or let it grow again; the guardian may only stop it."""
    roles._check_safety(is_reduce_only)
    listed: uint256 = staticcall roles.market.market_count()
    err.check(m < listed, err.MARKET_NOT_LISTED)
    params: IMarket.MarketParams = staticcall roles.market.market_params(m)
    err.check(listing.is_open(params), err.MARKET_NOT_LISTED)
    if is_reduce_only and not params.is_reduce_only:
        brake: Brake = self._pull(m)
        brake.is_stopped = True
        self._store(m, brake)
    params.is_reduce_only = is_reduce_only
    extcall roles.market.set_market(m, params)


@external
def lower_open_interest_cap(m: uint256, cap_usd_wad: uint256):
    """
    @notice Lower a market's cap at once, because its venues have become thinner; the guardian may, too. It closes nothing, and an
            announced change brings it back, up to what it was.
    """
    roles._check_safety(True)
    listed: uint256 = staticcall roles.market.market_count()
    err.check(m < listed, err.MARKET_NOT_LISTED)
    params: IMarket.MarketParams = staticcall roles.market.market_params(m)
    err.check(
        cap_usd_wad < params.max_open_interest_usd_wad and cap_usd_wad >= params.min_position_usd_wad,
        err.MARKET_BAD_PARAMS,
    )
    brake: Brake = self._pull(m)
    brake.before = max(brake.before, params.max_open_interest_usd_wad)
    self._store(m, brake)
    params.max_open_interest_usd_wad = cap_usd_wad
    extcall roles.market.set_market(m, params)


@external
def end_brake(subject: uint256):
    """@notice End what was tightened at once three days ago, of a market or (8) of the whole pool. Anybody may."""
    brake: Brake = self._over(subject)
    if subject == WHOLE_POOL:
        extcall roles.market.set_mode(brake.before)
    else:
        params: IMarket.MarketParams = staticcall roles.market.market_params(subject)
        params.max_open_interest_usd_wad = max(params.max_open_interest_usd_wad, brake.before)
        params.is_reduce_only = params.is_reduce_only and not brake.is_stopped
        extcall roles.market.set_market(subject, params)
    self._release(subject)
