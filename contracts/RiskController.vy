# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Risk controller
@notice The only address that a Market and its Pool obey. It holds every parameter inside hard bounds and moves it at most once a day, by at
        most a step. What could make a healthy account liquidatable (a larger haircut, a smaller depth, another margin or
        liquidation policy) is announced a day before: nobody is liquidated for a rule that was not known. The contracts that run the
        ladder, the pool and the orders are named once and never replaced. The admin changes in two steps; a guardian may
        tighten, never loosen.
@dev The first setting of anything is free: nobody relies on it yet.
"""

from .interfaces import IBorrowRate
from .interfaces import ICircuit
from .interfaces import IFundingRate
from .interfaces import IMarket
from .interfaces import IPool
from .interfaces import IRules
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import hard_bounds

DAY_S: constant(uint256) = 86_400
NOTICE_LAPSES_S: constant(uint256) = 7 * 86_400

# What a parameter may move in a day.
FEE_STEP_WAD: constant(uint256) = 10**15  # 10 bps
WEIGHT_STEP_WAD: constant(uint256) = 5 * 10**16
HAIRCUT_STEP_WAD: constant(uint256) = 5 * 10**16
SHARE_STEP_WAD: constant(uint256) = 25 * 10**16
POSITION_STEP_USD_WAD: constant(uint256) = 1_000 * 10**18

admin: public(address)
pending_admin: public(address)
guardian: public(address)
market: public(IMarket)

policy_changed_at_s: public(HashMap[uint256, uint256])  # slot
asset_changed_at_s: public(HashMap[uint256, uint256])
market_changed_at_s: public(HashMap[uint256, uint256])
pool_changed_at_s: public(uint256)
fee_changed_at_s: public(uint256)
announced_policy: public(HashMap[uint256, address])  # slot
announced_policy_at_s: public(HashMap[uint256, uint256])
announced_asset: public(HashMap[uint256, IMarket.AssetParams])
announced_asset_at_s: public(HashMap[uint256, uint256])
is_fee_set: bool
is_pool_set: bool


event AdminNominated:
    pending_admin: indexed(address)


event AdminChanged:
    admin: indexed(address)


event GuardianChanged:
    guardian: indexed(address)


event PolicyAnnounced:
    slot: indexed(uint256)
    policy: address


event AssetAnnounced:
    asset: indexed(uint256)
    params: IMarket.AssetParams


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


# ------------------------------------------------------------------ how fast


@internal
@pure
def _check_step(old: uint256, new: uint256, step: uint256):
    err.check(fp.distance(old, new) <= step, err.ACCESS_STEP_TOO_LARGE)


@internal
@view
def _check_day(last_s: uint256):
    err.check(last_s + DAY_S <= block.timestamp, err.ACCESS_TOO_SOON)


@internal
@view
def _check_notice(announced_at_s: uint256):
    """@notice A day's notice at least; after a week it has lapsed."""
    err.check(
        announced_at_s > 0
        and announced_at_s + DAY_S <= block.timestamp
        and block.timestamp <= announced_at_s + NOTICE_LAPSES_S,
        err.ACCESS_TOO_SOON,
    )


@internal
def _accrue():
    """@dev What has passed is charged at the parameters that applied."""
    aum: IMarket.Aum = extcall self.market.accrue()


# ------------------------------------------------------------------ policies


@external
def announce_policy(slot: uint256, policy: address):
    """@notice Say which margin or liquidation policy will apply in a day at the earliest."""
    self._only_admin()
    err.check(slot == c.MARGIN or slot == c.LIQUIDATION, err.POLICY_UNKNOWN_SLOT)
    err.check(policy.is_contract, err.POLICY_NOT_A_CONTRACT)
    self.announced_policy[slot] = policy
    self.announced_policy_at_s[slot] = block.timestamp
    log PolicyAnnounced(slot=slot, policy=policy)


@internal
@view
def _home(slot: uint256) -> IRules:
    """@notice The contract that asks a slot's rule: it holds its name and its memory. Market holds the roles."""
    role: uint256 = 0
    if slot == c.WEIGHT_FEE:
        role = c.POOL_DESK
    elif slot == c.PRICE_IMPACT:
        role = c.TRADE_DESK
    elif slot == c.BORROW_RATE or slot == c.FUNDING_RATE or slot == c.CIRCUIT:
        role = c.RATES
    elif slot == c.LIQUIDATION or slot == c.DELEVERAGE:
        role = c.LIQUIDATOR
    if role == 0:
        return IRules(self.market.address)
    home: address = staticcall self.market.policy_of(role)
    err.check(home != empty(address), err.ACCESS_ROLE_MISSING)
    return IRules(home)


@external
@view
def home_of(slot: uint256) -> address:
    """@notice The contract that holds a slot."""
    err.check(slot < c.SLOTS, err.POLICY_UNKNOWN_SLOT)
    home: IRules = self._home(slot)
    return home.address


@internal
@view
def _rehearse(slot: uint256, policy: address):
    """
    @notice Ask a rule that every accrual asks, once, of an imaginary market. One that has no answer would stop the market, and with
            it its own replacement; here the call reverts instead.
    """
    memo: uint256 = 0
    if slot == c.BORROW_RATE:
        long_rate: uint256 = 0
        short_rate: uint256 = 0
        long_rate, short_rate, memo = staticcall IBorrowRate(policy).rates(0, 0, 0, c.WAD, c.WAD, 1, 0)
    elif slot == c.FUNDING_RATE:
        rate: int256 = 0
        rate, memo = staticcall IFundingRate(policy).rate(0, c.WAD, c.WAD, 1, 0)
    elif slot == c.CIRCUIT:
        closed: uint256 = 0
        closed, memo = staticcall ICircuit(policy).closed(0, c.WAD, empty(int256[2]), [c.WAD, c.WAD], 1, 0)


@external
def set_policy(slot: uint256, policy: address):
    """@notice Fill a slot of the design, or name one of the contracts that Market opens verbs to."""
    self._only_admin()
    err.check(slot < c.SLOTS, err.POLICY_UNKNOWN_SLOT)
    err.check(policy.is_contract, err.POLICY_NOT_A_CONTRACT)
    home: IRules = self._home(slot)
    old: address = staticcall home.policy_of(slot)
    if old != empty(address):
        err.check(slot < c.LIQUIDATOR, err.ACCESS_ALREADY_BOUND)
        self._check_day(self.policy_changed_at_s[slot])
        if slot == c.MARGIN or slot == c.LIQUIDATION:
            err.check(self.announced_policy[slot] == policy, err.ACCESS_TOO_SOON)
            self._check_notice(self.announced_policy_at_s[slot])
        self.policy_changed_at_s[slot] = block.timestamp
    self._rehearse(slot, policy)
    self._accrue()
    extcall home.set_policy(slot, policy)


# ------------------------------------------------------------------ parameters


@external
def set_protocol_fee(share_wad: uint256):
    """@notice Share of every fee that goes to the treasury."""
    self._only_admin()
    err.check(share_wad <= c.WAD, err.ASSET_BAD_PARAMS)
    if self.is_fee_set:
        old: uint256 = staticcall self.market.protocol_fee_wad()
        self._check_day(self.fee_changed_at_s)
        self._check_step(old, share_wad, SHARE_STEP_WAD)
        self.fee_changed_at_s = block.timestamp
    self.is_fee_set = True
    self._accrue()
    extcall self.market.set_protocol_fee(share_wad)


@external
def set_pool(params: IPool.PoolParams):
    """@notice Limits of the Pool."""
    self._only_admin()
    err.check(hard_bounds.is_pool(params), err.POOL_BAD_PARAMS)
    pool: IPool = IPool(staticcall self.market.policy_of(c.POOL_DESK))
    if self.is_pool_set:
        old: IPool.PoolParams = staticcall pool.params()
        self._check_day(self.pool_changed_at_s)
        self._check_step(old.redeem_delay_s, params.redeem_delay_s, DAY_S)
        self._check_step(old.redeem_window_s, params.redeem_window_s, DAY_S)
        self._check_step(old.redeem_limit_wad, params.redeem_limit_wad, SHARE_STEP_WAD)
        self._check_step(old.rebate_share_wad, params.rebate_share_wad, SHARE_STEP_WAD)
        self.pool_changed_at_s = block.timestamp
    self.is_pool_set = True
    extcall pool.set_params(params)


@external
def set_sale_order(order: uint256):
    """@notice Which collateral pays first: every asset's id once, four bits each, lowest first."""
    self._only_admin()
    listed: uint256 = staticcall self.market.asset_count()
    seen: uint256 = 0
    for i: uint256 in range(listed, bound=c.MAX_ASSETS):
        seen |= 1 << ((order >> (4 * i)) & 15)
    err.check(seen == (1 << listed) - 1 and order >> (4 * listed) == 0, err.ASSET_BAD_PARAMS)
    extcall self.market.set_sale_order(order)


@external
def announce_asset(k: uint256, params: IMarket.AssetParams):
    """@notice Say which haircut and depth will apply in a day at the earliest."""
    self._only_admin()
    self.announced_asset[k] = params
    self.announced_asset_at_s[k] = block.timestamp
    log AssetAnnounced(asset=k, params=params)


@external
def set_asset(k: uint256, params: IMarket.AssetParams):
    """@notice List (k = asset_count) or change an asset. Token, scale and feed are fixed at listing."""
    self._only_admin()
    listed: uint256 = staticcall self.market.asset_count()
    err.check(k <= listed, err.ASSET_NOT_LISTED)
    err.check(k < c.MAX_ASSETS, err.ASSET_TOO_MANY)
    err.check(hard_bounds.is_asset(params), err.ASSET_BAD_PARAMS)
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
        self._check_day(self.asset_changed_at_s[k])
        self.asset_changed_at_s[k] = block.timestamp
        self._check_step(old.target_weight_wad, params.target_weight_wad, WEIGHT_STEP_WAD)
        self._check_step(old.haircut_wad, params.haircut_wad, HAIRCUT_STEP_WAD)
        self._check_step(old.max_pool, params.max_pool, old.max_pool // 2)
        self._check_step(old.buffer, params.buffer, old.max_pool // 10)
        is_shallower: bool = params.depth_usd_wad != 0 and (
            old.depth_usd_wad == 0 or params.depth_usd_wad < old.depth_usd_wad
        )
        if params.haircut_wad > old.haircut_wad or is_shallower:
            notice: IMarket.AssetParams = self.announced_asset[k]
            err.check(
                params.haircut_wad <= max(notice.haircut_wad, old.haircut_wad)
                and (not is_shallower or params.depth_usd_wad >= max(notice.depth_usd_wad, 1)),
                err.ACCESS_TOO_SOON,
            )
            err.check(not is_shallower or notice.depth_usd_wad > 0, err.ACCESS_TOO_SOON)
            self._check_notice(self.announced_asset_at_s[k])
    extcall self.market.set_asset(k, params)


@external
def set_market(m: uint256, params: IMarket.MarketParams):
    """@notice List (m = market_count) or change a market. Feed and assets are fixed at listing."""
    self._only_admin()
    listed: uint256 = staticcall self.market.market_count()
    err.check(m <= listed, err.MARKET_NOT_LISTED)
    err.check(m < c.MAX_MARKETS, err.MARKET_TOO_MANY)
    err.check(hard_bounds.is_market(params), err.MARKET_BAD_PARAMS)
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
        self._check_day(self.market_changed_at_s[m])
        self.market_changed_at_s[m] = block.timestamp
        self._check_step(old.reserve_factor_wad, params.reserve_factor_wad, SHARE_STEP_WAD)
        self._check_step(old.trade_fee_wad, params.trade_fee_wad, FEE_STEP_WAD)
        self._check_step(
            old.max_open_interest_usd_wad, params.max_open_interest_usd_wad, old.max_open_interest_usd_wad // 2
        )
        self._check_step(
            old.max_open_interest_share_wad, params.max_open_interest_share_wad, old.max_open_interest_share_wad // 2
        )
        # A lower cap on profit would take equity from winners at once.
        err.check(params.max_profit_share_wad >= old.max_profit_share_wad, err.ACCESS_STEP_TOO_LARGE)
        self._check_step(old.max_account_share_wad, params.max_account_share_wad, SHARE_STEP_WAD)
        self._check_step(old.impact_pool_share_wad, params.impact_pool_share_wad, SHARE_STEP_WAD)
        self._check_step(old.min_position_usd_wad, params.min_position_usd_wad, POSITION_STEP_USD_WAD)
        self._accrue()
    extcall self.market.set_market(m, params)


# ------------------------------------------------------------------ at once


@external
def set_reduce_only(m: uint256, is_reduce_only: bool):
    """@notice Stop a market's growth at once, or let it grow again; the guardian may only stop it."""
    if msg.sender != self.admin:
        err.check(msg.sender == self.guardian and is_reduce_only, err.ACCESS_NOT_GUARDIAN)
    listed: uint256 = staticcall self.market.market_count()
    err.check(m < listed, err.MARKET_NOT_LISTED)
    params: IMarket.MarketParams = staticcall self.market.market_params(m)
    params.is_reduce_only = is_reduce_only
    extcall self.market.set_market(m, params)


@external
def lower_open_interest_cap(m: uint256, cap_usd_wad: uint256):
    """
    @notice Lower a market's cap at once, because its venues have become thinner; the guardian may, too. It closes nothing, and rises again
            only at the pace of `set_market`.
    """
    if msg.sender != self.admin:
        err.check(msg.sender == self.guardian, err.ACCESS_NOT_GUARDIAN)
    listed: uint256 = staticcall self.market.market_count()
    err.check(m < listed, err.MARKET_NOT_LISTED)
    params: IMarket.MarketParams = staticcall self.market.market_params(m)
    err.check(
        cap_usd_wad < params.max_open_interest_usd_wad and cap_usd_wad >= params.min_position_usd_wad,
        err.MARKET_BAD_PARAMS,
    )
    params.max_open_interest_usd_wad = cap_usd_wad
    extcall self.market.set_market(m, params)
