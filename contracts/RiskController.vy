# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Risk controller
@notice The only address that a Market and its Pool obey. Until `seal` the admin sets a design up, freely, and only the deployer can put
        tokens in. From then on every setting is held inside hard bounds, moves by at most a step, and is announced a day before.

What a role can do to anybody, once sealed. sim/fuzz/privileges.py has the same table for every contract, line by line
    call                      who              notice   at most
    set_policy                admin            a day    a fee 25 bps, a rate 100 % a year, a maintenance margin half or 50 bps above the
                                                        rule in force, at the samples of lib/rehearsal.vy; the roles never again
    set_asset                 admin            a day    haircut 5 points; depth: 5 % of what any holding counts; a new asset counts for
                                                        nothing as collateral, and the pool takes 1 % of its own value of it
    set_market                admin            a day    fee 10 bps, cap half of itself, cap on profit one point up and never down
    set_pool, set_protocol_fee, set_sale_order
                              admin            a day    steps of the parameters; the order, whole
    set_mode                  guardian, admin  none     tighter, three days in a week; an announced mode lasts. The admin opens at once
    set_reduce_only, lower_open_interest_cap
                              guardian, admin  none     growth stops, three days in a week. The admin lets it grow at once; a cap comes back
                                                        whole, announced like any other
    replace_failed            admin, through   none     instead of a rule that fails, as it is asked now: one a step above it, or above none
                              the doctor                where it does not answer at the samples; a maintenance margin of 5 % then
    unlist_market, unlist_asset
                              admin            a day    nothing that anybody has a position in or that counts as collateral; a thousandth
                                                        of the pool's value (modules/endings.vy)
    wind_up_market            admin            28 days  closes a market to growth for good, and its positions at a price of the moment
    settle_market             admin            a day    closes at its last price what has had none for three days
    end_brake                 anybody          none     ends what is above three days old and not announced
    nominate_admin, set_guardian
                              admin            none     names; the new admin accepts
Safety actions close verbs and lower caps: no account's health and no share's value changes by them.

@dev Whoever may list an asset may lie about its price. What is bounded is how much of it the pool takes; what is not are the days it took.
"""

from .interfaces import IMarket
from .interfaces import IPool
from .interfaces import IRules
from .lib import constants as c
from .lib import errors as err
from .lib import hard_bounds
from .lib import listing
from .lib import rehearsal
from .lib import rows
from .lib import steps
from .modules import brakes
from .modules import endings
from .modules import notice
from .modules import roles
from .modules import sale_order

initializes: roles
initializes: notice
initializes: brakes[notice := notice, roles := roles]
initializes: sale_order[notice := notice, roles := roles]
initializes: endings[brakes := brakes, notice := notice, roles := roles]

exports: (roles.bind, roles.nominate_admin, roles.accept_admin, roles.set_guardian)
exports: (roles.admin, roles.pending_admin, roles.guardian, roles.market, notice.is_sealed, notice.notices)
exports: (brakes.announce_mode, brakes.set_mode, brakes.set_reduce_only, brakes.lower_open_interest_cap, brakes.end_brake)
exports: brakes.brake_of
exports: (sale_order.announce_sale_order, sale_order.set_sale_order)
exports: (endings.announce_unlist_market, endings.unlist_market, endings.announce_unlist_asset, endings.unlist_asset)
exports: (endings.announce_settle_market, endings.settle_market, endings.announce_wind_up_market, endings.wind_up_market)

doctor: public(address)  # sees rules fail
are_rewards_covered: public(bool)  # at the seal: the smallest account could pay its own liquidation


@deploy
def __init__(admin: address, guardian: address):
    roles.__init__(admin, guardian)


# ------------------------------------------------------------------ set-up


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
        return IRules(roles.market.address)
    home: address = staticcall roles.market.policy_of(role)
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
def _rule(slot: uint256) -> address:
    home: IRules = self._home(slot)
    return staticcall home.policy_of(slot)


@external
def bind_doctor(doctor: address):
    """@notice Say once, before the seal, who sees rules fail."""
    roles._only_admin()
    err.check(not notice.is_sealed, err.ACCESS_SEALED)
    err.check(self.doctor == empty(address), err.ACCESS_ALREADY_BOUND)
    self.doctor = doctor


@external
def seal():
    """@notice End the set-up: every slot is filled, and nothing is free any more. The pool opens."""
    roles._only_admin()
    for slot: uint256 in range(c.COHORTS):
        policy: address = self._rule(slot)
        err.check(policy != empty(address), err.POLICY_NOT_A_CONTRACT)
    self.are_rewards_covered = self._covers_rewards(self._rule(c.MARGIN), self._rule(c.LIQUIDATION))
    notice._seal()
    extcall roles.market.set_mode(c.NORMAL)


# ------------------------------------------------------------------ what setters share


@internal
def _accrue():
    """@dev What has passed is charged at the parameters that applied."""
    aum: IMarket.Aum = extcall roles.market.accrue()


@internal
@view
def _covers_rewards(margin: address, liquidation: address) -> bool:
    """@notice Whether in every market the smallest account pays for its own liquidation under these rules."""
    count: uint256 = staticcall roles.market.market_count()
    for m: uint256 in range(count, bound=c.MAX_MARKETS):
        params: IMarket.MarketParams = staticcall roles.market.market_params(m)
        if listing.has_market(params):
            if not rehearsal.is_reward_covered(m, params.min_position_usd_wad, margin, liquidation):
                return False
    return True


# ------------------------------------------------------------------ policies


@external
def announce_policy(slot: uint256, policy: address):
    """@notice Say which rule will fill a slot of the design in a day at the earliest."""
    roles._only_admin()
    err.check(slot < c.LIQUIDATOR, err.POLICY_UNKNOWN_SLOT)
    err.check(policy.is_contract, err.POLICY_NOT_A_CONTRACT)
    notice._announce(notice.POLICY, slot, policy, rows.of_number(0))


@external
def set_policy(slot: uint256, policy: address):
    """@notice Fill a slot of the design, or name one of the contracts that Market opens verbs to."""
    roles._only_admin()
    err.check(slot < c.SLOTS, err.POLICY_UNKNOWN_SLOT)
    err.check(policy.is_contract, err.POLICY_NOT_A_CONTRACT)
    home: IRules = self._home(slot)
    old: address = staticcall home.policy_of(slot)
    err.check(old == empty(address) or slot < c.LIQUIDATOR, err.ACCESS_ALREADY_BOUND)
    notice._use(notice.POLICY, slot, policy, rows.of_number(0))
    rehearsal.ask(slot, policy)
    if notice.is_sealed:
        err.check(rehearsal.is_near(slot, old, policy, roles.market), err.ACCESS_STEP_TOO_LARGE)
        err.check(self._keeps_rewards(slot, policy), err.LIQUIDATION_REWARD_UNCOVERED)
    self._accrue()
    extcall home.set_policy(slot, policy)


@external
@view
def is_near(slot: uint256, policy: address) -> bool:
    """@notice Whether a rule asks for no more than a step above what the one in force asks for, which is asked, too."""
    return rehearsal.is_near(slot, self._rule(slot), policy, roles.market)


@external
def replace_failed(slot: uint256, policy: address, may_ask: bool, is_announced: bool):
    """
    @notice Replace a rule that the doctor has just seen fail, and ask it nothing. What it could not charge since it failed is charged by
            the new one.
    @param may_ask the rule in force answers at the samples of lib/rehearsal.vy
    @param is_announced it fails there alone, and stops nobody: the change is announced like any other
    """
    err.check(msg.sender == self.doctor, err.ACCESS_NOT_DOCTOR)
    err.check(slot < c.LIQUIDATOR, err.POLICY_UNKNOWN_SLOT)
    err.check(policy.is_contract, err.POLICY_NOT_A_CONTRACT)
    home: IRules = self._home(slot)
    old: address = empty(address)
    if may_ask:
        old = staticcall home.policy_of(slot)
    if is_announced:
        notice._use(notice.POLICY, slot, policy, rows.of_number(0))
        self._accrue()
    rehearsal.ask(slot, policy)
    err.check(rehearsal.is_near(slot, old, policy, roles.market), err.ACCESS_STEP_TOO_LARGE)
    extcall home.set_policy(slot, policy)


@external
@view
def keeps_rewards(slot: uint256, policy: address) -> bool:
    """@notice Whether a rule leaves it so that accounts pay for their own liquidation, if they did at the seal."""
    return self._keeps_rewards(slot, policy)


@internal
@view
def _keeps_rewards(slot: uint256, policy: address) -> bool:
    """@notice Rules under which accounts pay for their own liquidation are followed by rules under which they do."""
    if not self.are_rewards_covered or (slot != c.MARGIN and slot != c.LIQUIDATION):
        return True
    margin: address = policy
    liquidation: address = policy
    if slot == c.MARGIN:
        liquidation = self._rule(c.LIQUIDATION)
    else:
        margin = self._rule(c.MARGIN)
    return self._covers_rewards(margin, liquidation)


# ------------------------------------------------------------------ the pool


@external
def announce_protocol_fee(share_wad: uint256):
    """@notice Say which share of every fee will go to the treasury in a day at the earliest."""
    roles._only_admin()
    err.check(share_wad <= c.WAD, err.ASSET_BAD_PARAMS)
    notice._announce(notice.PROTOCOL_FEE, 0, empty(address), rows.of_number(share_wad))


@external
def set_protocol_fee(share_wad: uint256):
    """@notice Share of every fee that goes to the treasury."""
    roles._only_admin()
    err.check(share_wad <= c.WAD, err.ASSET_BAD_PARAMS)
    notice._use(notice.PROTOCOL_FEE, 0, empty(address), rows.of_number(share_wad))
    if notice.is_sealed:
        old: uint256 = staticcall roles.market.protocol_fee_wad()
        steps.check(old, share_wad, steps.PROTOCOL_STEP_WAD)
    self._accrue()
    extcall roles.market.set_protocol_fee(share_wad)


@external
def announce_pool(params: IPool.PoolParams):
    """@notice Say which limits the Pool will have in a day at the earliest."""
    roles._only_admin()
    err.check(hard_bounds.is_pool(params), err.POOL_BAD_PARAMS)
    notice._announce(notice.POOL, 0, empty(address), rows.of_pool(params))


@external
def set_pool(params: IPool.PoolParams):
    """@notice Limits of the Pool."""
    roles._only_admin()
    err.check(hard_bounds.is_pool(params), err.POOL_BAD_PARAMS)
    notice._use(notice.POOL, 0, empty(address), rows.of_pool(params))
    pool: IPool = IPool(staticcall roles.market.policy_of(c.POOL_DESK))
    if notice.is_sealed:
        old: IPool.PoolParams = staticcall pool.params()
        steps.check_pool(old, params)
    extcall pool.set_params(params)


# ------------------------------------------------------------------ assets


@internal
@view
def _check_asset(k: uint256, params: IMarket.AssetParams):
    """@notice Bounds, for a listing (k = asset_count) or a change. Token, scale and feed are fixed at listing."""
    listed: uint256 = staticcall roles.market.asset_count()
    err.check(k <= listed, err.ASSET_NOT_LISTED)
    err.check(k < c.MAX_ASSETS, err.ASSET_TOO_MANY)
    err.check(hard_bounds.is_asset(params), err.ASSET_BAD_PARAMS)
    if k == listed:
        err.check(
            params.scale >= 1 and params.scale <= c.WAD and params.feed < c.MAX_FEEDS and params.token.is_contract,
            err.ASSET_BAD_PARAMS,
        )
    else:
        old: IMarket.AssetParams = staticcall roles.market.asset_params(k)
        err.check(listing.has_asset(old), err.ASSET_NOT_LISTED)
        err.check(
            params.token == old.token and params.scale == old.scale and params.feed == old.feed,
            err.ASSET_IDENTITY_FIXED,
        )


@external
def announce_asset(k: uint256, params: IMarket.AssetParams):
    """@notice Say which asset will be listed, or which terms an asset will have, in a day at the earliest."""
    roles._only_admin()
    self._check_asset(k, params)
    notice._announce(notice.ASSET, k, params.token, rows.of_asset(params))


@external
def set_asset(k: uint256, params: IMarket.AssetParams):
    """@notice List (k = asset_count) or change an asset."""
    roles._only_admin()
    self._check_asset(k, params)
    notice._use(notice.ASSET, k, params.token, rows.of_asset(params))
    if notice.is_sealed:
        listed: uint256 = staticcall roles.market.asset_count()
        if k == listed:
            steps.check_new_asset(roles.market, params)
        else:
            steps.check_asset(roles.market, k, params)
    extcall roles.market.set_asset(k, params)


# ------------------------------------------------------------------ markets


@internal
@view
def _check_market(m: uint256, params: IMarket.MarketParams):
    """@notice Bounds, for a listing (m = market_count) or a change. Feed and assets are fixed at listing."""
    listed: uint256 = staticcall roles.market.market_count()
    err.check(m <= listed, err.MARKET_NOT_LISTED)
    err.check(m < c.MAX_MARKETS, err.MARKET_TOO_MANY)
    err.check(hard_bounds.is_market(params), err.MARKET_BAD_PARAMS)
    if m == listed:
        asset_count: uint256 = staticcall roles.market.asset_count()
        err.check(
            params.long_asset < asset_count and params.short_asset < asset_count and params.feed < c.MAX_FEEDS,
            err.MARKET_BAD_PARAMS,
        )
        for k: uint256 in [params.long_asset, params.short_asset]:
            backing: IMarket.AssetParams = staticcall roles.market.asset_params(k)
            err.check(listing.has_asset(backing), err.MARKET_BAD_PARAMS)
    else:
        old: IMarket.MarketParams = staticcall roles.market.market_params(m)
        err.check(listing.is_open(old), err.MARKET_NOT_LISTED)
        err.check(
            params.feed == old.feed
            and params.long_asset == old.long_asset
            and params.short_asset == old.short_asset,
            err.MARKET_IDENTITY_FIXED,
        )


@external
def announce_market(m: uint256, params: IMarket.MarketParams):
    """@notice Say which market will be listed, or which terms a market will have, in a day at the earliest."""
    roles._only_admin()
    self._check_market(m, params)
    notice._announce(notice.MARKET, m, empty(address), rows.of_market(params))


@external
def set_market(m: uint256, params: IMarket.MarketParams):
    """@notice List (m = market_count) or change a market."""
    roles._only_admin()
    self._check_market(m, params)
    notice._use(notice.MARKET, m, empty(address), rows.of_market(params))
    if notice.is_sealed:
        listed: uint256 = staticcall roles.market.market_count()
        if m == listed:
            most: uint256 = steps.floor_usd(roles.market)
            err.check(params.max_open_interest_usd_wad <= most, err.ACCESS_STEP_TOO_LARGE)
        else:
            steps.check_market(roles.market, m, params, brakes.brake_of[m].before)
        self._check_market_reward(m, params)
    self._accrue()
    brakes._confirm(m, params)
    extcall roles.market.set_market(m, params)


@internal
@view
def _check_market_reward(m: uint256, params: IMarket.MarketParams):
    if self.are_rewards_covered:
        margin: address = self._rule(c.MARGIN)
        liquidation: address = self._rule(c.LIQUIDATION)
        is_covered: bool = rehearsal.is_reward_covered(m, params.min_position_usd_wad, margin, liquidation)
        err.check(is_covered, err.LIQUIDATION_REWARD_UNCOVERED)
