# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Risk controller
@notice The only address that a Market obeys. It checks every parameter against hard bounds, hands over its admin in two steps, and lets
        a guardian tighten the mode, never loosen it.
"""

from .interfaces import IMarket
from .lib import constants as c
from .lib import errors as err

MAX_RESERVE_FACTOR_WAD: constant(uint256) = 10 * 10**18

admin: public(address)
pending_admin: public(address)
guardian: public(address)
market: public(IMarket)


event AdminNominated:
    pending_admin: indexed(address)


event AdminChanged:
    admin: indexed(address)


event GuardianChanged:
    guardian: indexed(address)


@deploy
def __init__(admin: address, guardian: address):
    self.admin = admin
    self.guardian = guardian
    log AdminChanged(admin=admin)
    log GuardianChanged(guardian=guardian)


@internal
@view
def _only_admin():
    err.check(msg.sender == self.admin, err.ACCESS_NOT_ADMIN)


# ------------------------------------------------------------------ roles


@external
def bind(market: address):
    """@notice Say once which Market this controller controls."""
    self._only_admin()
    err.check(self.market.address == empty(address), err.ACCESS_ALREADY_BOUND)
    self.market = IMarket(market)


@external
def nominate_admin(pending_admin: address):
    self._only_admin()
    self.pending_admin = pending_admin
    log AdminNominated(pending_admin=pending_admin)


@external
def accept_admin():
    err.check(msg.sender == self.pending_admin, err.ACCESS_NOT_PENDING_ADMIN)
    self.admin = msg.sender
    self.pending_admin = empty(address)
    log AdminChanged(admin=msg.sender)


@external
def set_guardian(guardian: address):
    self._only_admin()
    self.guardian = guardian
    log GuardianChanged(guardian=guardian)


@external
def set_mode(mode: uint256):
    """@notice The guardian may only tighten, the admin may do both."""
    err.check(mode <= c.PAUSED, err.ACCESS_UNKNOWN_MODE)
    if msg.sender != self.admin:
        current: uint256 = staticcall self.market.mode()
        err.check(msg.sender == self.guardian and mode > current, err.ACCESS_NOT_GUARDIAN)
    extcall self.market.set_mode(mode)


# ------------------------------------------------------------------ parameters


@internal
def _accrue():
    """@dev Account 0 is nobody's: the assessment only brings the markets to now."""
    nobody: IMarket.Health = extcall self.market.assess(0)


@external
def set_policy(slot: uint256, policy: address):
    """@notice Fill a slot of the design. What has passed is charged at the rates that applied."""
    self._only_admin()
    err.check(slot < c.SLOTS, err.POLICY_UNKNOWN_SLOT)
    err.check(policy.is_contract, err.POLICY_NOT_A_CONTRACT)
    self._accrue()
    extcall self.market.set_policy(slot, policy)


@external
def set_protocol_fee(share_wad: uint256):
    """@notice Share of every fee that goes to the treasury."""
    self._only_admin()
    err.check(share_wad <= c.WAD, err.ASSET_BAD_PARAMS)
    self._accrue()
    extcall self.market.set_protocol_fee(share_wad)


@external
def set_asset(k: uint256, params: IMarket.AssetParams):
    """@notice List (k = asset_count) or change an asset. Token, scale and feed are fixed at listing."""
    self._only_admin()
    listed: uint256 = staticcall self.market.asset_count()
    err.check(k <= listed, err.ASSET_NOT_LISTED)
    err.check(k < c.MAX_ASSETS, err.ASSET_TOO_MANY)
    err.check(
        params.target_weight_wad <= c.WAD and params.haircut_wad <= c.WAD and params.buffer <= params.max_pool,
        err.ASSET_BAD_PARAMS,
    )
    if k == listed:
        err.check(
            params.scale >= 1 and params.scale <= c.WAD and params.feed < c.MAX_FEEDS and params.token.is_contract,
            err.ASSET_BAD_PARAMS,
        )
    else:
        old: IMarket.AssetParams = staticcall self.market.asset_params(k)
        err.check(
            params.token == old.token and params.scale == old.scale and params.feed == old.feed,
            err.ASSET_IDENTITY_FIXED,
        )
    extcall self.market.set_asset(k, params)


@external
def set_market(m: uint256, params: IMarket.MarketParams):
    """@notice List (m = market_count) or change a market. Feed and assets are fixed at listing."""
    self._only_admin()
    listed: uint256 = staticcall self.market.market_count()
    err.check(m <= listed, err.MARKET_NOT_LISTED)
    err.check(m < c.MAX_MARKETS, err.MARKET_TOO_MANY)
    err.check(
        params.reserve_factor_wad <= MAX_RESERVE_FACTOR_WAD
        and params.trade_fee_wad <= c.MAX_FEE_WAD
        and params.min_position_usd_wad <= params.max_open_interest_usd_wad,
        err.MARKET_BAD_PARAMS,
    )
    if m == listed:
        asset_count: uint256 = staticcall self.market.asset_count()
        err.check(
            params.long_asset < asset_count and params.short_asset < asset_count and params.feed < c.MAX_FEEDS,
            err.MARKET_BAD_PARAMS,
        )
    else:
        old: IMarket.MarketParams = staticcall self.market.market_params(m)
        err.check(
            params.feed == old.feed
            and params.long_asset == old.long_asset
            and params.short_asset == old.short_asset,
            err.MARKET_IDENTITY_FIXED,
        )
    extcall self.market.set_market(m, params)
