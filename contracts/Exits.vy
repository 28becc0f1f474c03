# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Exits
@notice Shares that leave by request. Who asks gives his shares out of his hands, waits as long as the pool says, and is paid at the first
        price all of whose quotes were observed after that. Nobody cancels: a request is no option.
@dev A periphery contract: it holds the shares of open requests and nothing else, and Pool opens three verbs to it. The first price is
     first in this: no concerned feed was older, and one at least has had none since. Whoever comes later finds it gone and sets a new
     wait for the next price, which nobody knows yet: neither a holder who keeps his own request from being executed nor a keeper
     chooses a price. GMX v2 withdraws in the same two steps (gmx-synthetics, contracts/withdrawal).

    waits     at least `exit_wait_s` of the pool. While the oracle is catching up (a price that is not OK, or venues beyond its band)
              PATIENCE_S more; then it is paid by the worse of what the oracle says and what venues show. A price that nobody stands behind
              pays nobody
    returns   to the holder if it would bring less than he asked for, if the pool may not let these tokens go at this price (they are
              reserved, their weight would leave its band, a cap on profit is near), and after LIFE_S without a price. What its holder,
              or anybody, could end at a time of his choice is no reason to wait: he would have the price of a request and a look at
              the next one
    reward    a ten-thousandth of the shares, to whoever brings a request to its end, whichever that is: the larger what somebody
              could gain by a request that nobody executes, the more there is for who does. So asking for more than the pool will pay is
              no standing offer either: each try costs a ten-thousandth
"""

from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IPool
from .lib import concerned
from .lib import constants as c
from .lib import errors as err

PATIENCE_S: constant(uint256) = 3_600
LIFE_S: constant(uint256) = 86_400
REWARD_DIVISOR: constant(uint256) = 10_000

# What became of a request.
EXECUTED: constant(uint256) = 0
RETURNED: constant(uint256) = 1  # at its price it would have brought less than asked for, or nothing
EXPIRED: constant(uint256) = 2
POSTPONED: constant(uint256) = 3  # nothing yet: its first price is over


struct Request:
    k: uint256  # asset to be paid in
    shares: uint256  # the reward included; 0 = no request
    min_amount: uint256
    receiver: address
    ends_s: uint256  # of the first wait
    due_s: uint256  # prices have to be observed after this
    window: uint256  # in which the shares count


event ExitRequested:
    holder: indexed(address)
    request: Request


event ExitPostponed:
    holder: indexed(address)
    due_s: uint256


event ExitClosed:
    holder: indexed(address)
    keeper: indexed(address)
    outcome: uint256
    tokens: uint256
    reward: uint256  # shares


MARKET: public(immutable(IMarket))
POOL: public(immutable(IPool))
ORACLE: public(immutable(IOracle))

requests: public(HashMap[address, Request])  # by holder


@deploy
def __init__(market: address, pool: address):
    MARKET = IMarket(market)
    POOL = IPool(pool)
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())


@external
def request_exit(k: uint256, amount: uint256, min_amount: uint256, receiver: address) -> uint256:
    """
    @notice Give shares out of one's hands, to be paid in an asset after the wait. One request of a holder at a time.
    @return when the wait ends, unix seconds
    """
    listed: uint256 = staticcall MARKET.asset_count()
    err.check(k < listed, err.ASSET_NOT_LISTED)
    err.check(amount > 0, err.SHARES_TOO_FEW)
    err.check(self.requests[msg.sender].shares == 0, err.EXIT_STANDS)
    params: IPool.PoolParams = staticcall POOL.params()
    ends_s: uint256 = block.timestamp + params.exit_wait_s
    window: uint256 = extcall POOL.hold(msg.sender, amount)
    request: Request = Request(
        k=k,
        shares=amount,
        min_amount=min_amount,
        receiver=receiver,
        ends_s=ends_s,
        due_s=ends_s,
        window=window,
    )
    self.requests[msg.sender] = request
    log ExitRequested(holder=msg.sender, request=request)
    return ends_s


@internal
@view
def _is_first(f: uint256, due_s: uint256, price: IOracle.Price) -> bool:
    """@notice Whether a price that was observed after a time is the first such price of its feed."""
    first: IOracle.Price = staticcall ORACLE.first_price_after(f, due_s)
    if first.mid == 0:  # none of a finished block, or none that is remembered
        is_known: bool = staticcall ORACLE.remembers(f, due_s)
        return is_known
    # Two prices may rest on quotes of the same times, so all numbers of them are looked at.
    return (
        first.published_at == price.published_at
        and first.observed_from_s == price.observed_from_s
        and first.low == price.low
        and first.mid == price.mid
        and first.high == price.high
    )


@internal
@view
def _is_due(k: uint256, due_s: uint256) -> bool:
    """@notice Whether the prices of now are the first ones that all were observed after a time; refuses while some were not."""
    px: IOracle.Price[c.MAX_FEEDS] = staticcall ORACLE.prices()
    paid_in: IMarket.AssetParams = staticcall MARKET.asset_params(k)
    feeds: uint256 = concerned.feeds(MARKET) | (1 << paid_in.feed)
    is_due: bool = False
    for f: uint256 in range(c.MAX_FEEDS):
        if (feeds >> f) & 1 == 1:
            err.check(px[f].observed_from_s > due_s, err.EXIT_TOO_SOON)
            if not is_due:
                is_due = self._is_first(f, due_s, px[f])
    return is_due


@external
def execute_exit(holder: address) -> (uint256, int256, uint256, uint256):
    """
    @notice Bring a holder's request to its end, or set it a new wait for the next price if the first one is over. Anybody may.
    @return (tokens, fee in USD WAD: < 0 is a rebate, outcome: 0 executed, 1 returned, 2 expired, 3 postponed, shares that the holder has back)
    """
    request: Request = self.requests[holder]
    err.check(request.shares > 0, err.EXIT_UNKNOWN)
    tokens: uint256 = 0
    fee_usd: int256 = 0
    outcome: uint256 = EXPIRED
    if block.timestamp < request.ends_s + LIFE_S:
        if not self._is_due(request.k, request.due_s):
            self.requests[holder].due_s = block.timestamp
            log ExitPostponed(holder=holder, due_s=block.timestamp)
            return 0, 0, POSTPONED, 0
        reward: uint256 = request.shares // REWARD_DIVISOR
        tokens, fee_usd = extcall POOL.redeem_held(
            request.k,
            request.shares - reward,
            reward,
            request.min_amount,
            request.receiver,
            block.timestamp >= request.ends_s + PATIENCE_S,
        )
        outcome = EXECUTED if tokens > 0 else RETURNED
    returned: uint256 = self._end(holder, request, outcome, tokens)
    return tokens, fee_usd, outcome, returned


@internal
def _end(holder: address, request: Request, outcome: uint256, tokens: uint256) -> uint256:
    """@notice Forget a request: what did not leave returns to the holder, and the reward goes to the sender. @return shares returned"""
    self.requests[holder] = empty(Request)
    reward: uint256 = request.shares // REWARD_DIVISOR
    returned: uint256 = 0
    if outcome != EXECUTED:
        returned = request.shares - reward
        extcall POOL.give_back(holder, returned, request.window)
    if reward > 0:
        ok: bool = extcall POOL.transfer(msg.sender, reward)
    log ExitClosed(holder=holder, keeper=msg.sender, outcome=outcome, tokens=tokens, reward=reward)
    return returned
