# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Entries
@notice Deposits and swaps by request. Who asks gives his tokens out of his hands and has shares, or other tokens, for them at the first
        price all of whose quotes were observed after the wait. Nobody cancels: a request is no option on the next price.
@dev A periphery contract: it holds the tokens of open requests and nothing else, and Pool opens two verbs to it. Which price is the first,
     and that nobody chooses another: modules/waiting.vy. GMX v2 deposits in the same two steps (gmx-synthetics, contracts/deposit).

    waits     at least `entry_wait_s` of the pool, and for prices: never for anything that could be ended at a time of somebody's choice
    returns   to the holder if it would bring less than he asked for, if it does not fit at its price (the verb is closed, the oracle is
              catching up with its venues, a cap, a band of weights, what is reserved), and after LIFE_S without a price
    reward    a ten-thousandth of the tokens, five cents or more, to whoever brings a request to its end, whichever that is. So nobody's
              request is too small for keepers, and asking for more than the pool gives is no standing offer either
"""

from ethereum.ercs import IERC20
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IPool
from .lib import constants as c
from .lib import errors as err
from .lib import pricing
from .modules import waiting

initializes: waiting

exports: (waiting.MARKET, waiting.POOL, waiting.ORACLE)

LIFE_S: public(constant(uint256)) = 3_600
SHARES: constant(uint256) = c.MAX_ASSETS  # stands for an asset where shares are asked for


struct Request:
    k: uint256  # asset that was given
    j: uint256  # asset that is asked for; MAX_ASSETS = shares
    amount: uint256  # of k, the reward included; 0 = no request
    reward: uint256  # of k
    min_out: uint256  # shares, or units of j
    receiver: address
    ends_s: uint256  # of the first wait
    due_s: uint256  # prices have to be observed after this


event EntryRequested:
    holder: indexed(address)
    request: Request


event EntryPostponed:
    holder: indexed(address)
    due_s: uint256


event EntryClosed:
    holder: indexed(address)
    keeper: indexed(address)
    outcome: uint256
    out: uint256  # shares, or units of what was asked for
    reward: uint256  # units of what was given


requests: public(HashMap[address, Request])  # by holder


@deploy
def __init__(market: address, pool: address):
    waiting.__init__(market, pool)


# ------------------------------------------------------------------ requests


@external
def request_mint(k: uint256, amount: uint256, min_shares: uint256, receiver: address) -> uint256:
    """
    @notice Give tokens out of one's hands, to have shares for them after the wait. One request of a holder at a time.
    @return when the wait ends, unix seconds
    """
    ends_s: uint256 = self._request(k, SHARES, amount, min_shares, receiver)
    return ends_s


@external
def request_swap(k: uint256, j: uint256, amount: uint256, min_amount: uint256, receiver: address) -> uint256:
    """
    @notice Give tokens out of one's hands, to have tokens of asset j for them after the wait. One request of a holder at a time.
    @return when the wait ends, unix seconds
    """
    waiting._check_listed(j)
    err.check(k != j, err.SWAP_SAME_ASSET)
    ends_s: uint256 = self._request(k, j, amount, min_amount, receiver)
    return ends_s


@internal
def _request(k: uint256, j: uint256, amount: uint256, min_out: uint256, receiver: address) -> uint256:
    waiting._check_listed(k)
    err.check(self.requests[msg.sender].amount == 0, err.REQUEST_STANDS)
    asset: IMarket.AssetParams = staticcall waiting.MARKET.asset_params(k)
    reward: uint256 = self._reward(asset, amount)
    err.check(amount > reward, err.ENTRY_TOO_SMALL)
    params: IPool.PoolParams = staticcall waiting.POOL.params()
    ends_s: uint256 = block.timestamp + params.entry_wait_s
    request: Request = Request(
        k=k,
        j=j,
        amount=amount,
        reward=reward,
        min_out=min_out,
        receiver=receiver,
        ends_s=ends_s,
        due_s=ends_s,
    )
    self.requests[msg.sender] = request
    log EntryRequested(holder=msg.sender, request=request)
    self._pull(asset.token, amount)
    return ends_s


@internal
@view
def _reward(asset: IMarket.AssetParams, amount: uint256) -> uint256:
    """@notice What the keeper gets, at the low price of now."""
    prices: IOracle.Price[c.MAX_FEEDS] = staticcall waiting.ORACLE.prices()
    price: IOracle.Price = prices[asset.feed]
    err.check(price.status < c.HALTED and price.low > 0, err.PRICE_HALTED)
    least: uint256 = pricing.amount_up(waiting.MIN_REWARD_USD_WAD, asset.scale, price.low)
    return max(amount // waiting.REWARD_DIVISOR, least)


# ------------------------------------------------------------------ their ends


@external
def execute_entry(holder: address) -> (uint256, uint256, int256, uint256, uint256):
    """
    @notice Bring a holder's request to its end, or set it a new wait for the next price if the first one is over. Anybody may.
    @return (shares, units of what was asked for, fee in USD WAD: < 0 is a rebate, outcome: 0 executed, 1 returned, 2 expired, 3 postponed,
            units that the holder has back)
    """
    request: Request = self.requests[holder]
    err.check(request.amount > 0, err.REQUEST_UNKNOWN)
    out: uint256 = 0
    fee_usd: int256 = 0
    outcome: uint256 = waiting.EXPIRED
    if block.timestamp < request.ends_s + LIFE_S:
        is_due: bool = waiting._is_due(self._feeds(request), request.due_s)
        if not is_due:
            self.requests[holder].due_s = block.timestamp
            log EntryPostponed(holder=holder, due_s=block.timestamp)
            return 0, 0, 0, waiting.POSTPONED, 0
        out, fee_usd = self._enter(holder, request)
        outcome = waiting.EXECUTED if out > 0 else waiting.RETURNED
    returned: uint256 = self._end(holder, request, outcome, out)
    if request.j == SHARES:
        return out, 0, fee_usd, outcome, returned
    return 0, out, fee_usd, outcome, returned


@internal
@view
def _feeds(request: Request) -> uint256:
    """@notice Feeds of what is given and asked for, as a bitmap."""
    feeds: uint256 = waiting._feed_of(request.k)
    if request.j != SHARES:
        feeds |= waiting._feed_of(request.j)
    return feeds


@internal
def _enter(holder: address, request: Request) -> (uint256, int256):
    """@notice Let Market take the tokens for the time of the call. @return (shares or units of what was asked for, fee in USD WAD)"""
    amount: uint256 = request.amount - request.reward
    token: address = self._token(request.k)
    self._allow(token, amount)
    out: uint256 = 0
    fee_usd: int256 = 0
    if request.j == SHARES:
        out, fee_usd = extcall waiting.POOL.mint_held(request.k, amount, request.min_out, holder, request.receiver)
    else:
        out, fee_usd = extcall waiting.POOL.swap_held(request.k, request.j, amount, request.min_out, request.receiver)
    if out == 0:
        self._allow(token, 0)
    return out, fee_usd


@internal
def _end(holder: address, request: Request, outcome: uint256, out: uint256) -> uint256:
    """@notice Forget a request: what did not enter returns to the holder, and the reward goes to the sender. @return units returned"""
    self.requests[holder] = empty(Request)
    token: address = self._token(request.k)
    returned: uint256 = 0
    if outcome != waiting.EXECUTED:
        returned = request.amount - request.reward
        self._push(token, holder, returned)
    self._push(token, msg.sender, request.reward)
    log EntryClosed(holder=holder, keeper=msg.sender, outcome=outcome, out=out, reward=request.reward)
    return returned


# ------------------------------------------------------------------ tokens


@internal
@view
def _token(k: uint256) -> address:
    asset: IMarket.AssetParams = staticcall waiting.MARKET.asset_params(k)
    return asset.token


@internal
def _pull(token: address, amount: uint256):
    """@dev The balance is compared, so a token that keeps a fee on transfer is refused, never miscounted."""
    before: uint256 = staticcall IERC20(token).balanceOf(self)
    ok: bool = extcall IERC20(token).transferFrom(msg.sender, self, amount, default_return_value=True)
    after: uint256 = staticcall IERC20(token).balanceOf(self)
    err.check(ok and after == before + amount, err.ASSET_TRANSFER_FAILED)


@internal
def _push(token: address, to: address, amount: uint256):
    ok: bool = extcall IERC20(token).transfer(to, amount, default_return_value=True)
    err.check(ok, err.ASSET_TRANSFER_FAILED)


@internal
def _allow(token: address, amount: uint256):
    ok: bool = extcall IERC20(token).approve(waiting.MARKET.address, amount, default_return_value=True)
    err.check(ok, err.ASSET_TRANSFER_FAILED)
