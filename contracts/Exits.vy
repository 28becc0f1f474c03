# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Exits
@notice Shares that leave by request. Who asks gives his shares out of his hands, waits as long as the pool says, and is paid at the first
        price all of whose quotes were observed after that. Nobody cancels: a request is no option.
@dev A periphery contract: it holds the shares of open requests and nothing else, and Pool opens three verbs to it. Which price is the
     first, and that nobody chooses another: modules/waiting.vy. GMX v2 withdraws in the same two steps (gmx-synthetics,
     contracts/withdrawal).

    waits     at least `exit_wait_s` of the pool. While the oracle is catching up (a price that is not OK, or venues beyond its band)
              PATIENCE_S more; then it is paid by the worse of what the oracle says and what venues show. A price that nobody stands behind
              pays nobody
    returns   to the holder if it would bring less than he asked for, if the pool may not let these tokens go at this price (they are
              reserved, their weight would leave its band, a cap on profit is near), and after LIFE_S without a price. What its holder,
              or anybody, could end at a time of his choice is no reason to wait: he would have the price of a request and a look at
              the next one
    reward    a ten-thousandth of the shares, five cents or more as they are worth when they are asked for, to whoever brings a request
              to its end, whichever that is: the larger what somebody could gain by a request that nobody executes, the more there is
              for who does, and nobody's request is too small for keepers. So asking for more than the pool will pay is no standing
              offer either: each try costs a ten-thousandth
"""

from .interfaces import IMarket
from .interfaces import IPool
from .lib import errors as err
from .lib import fixed_point as fp
from .modules import waiting

initializes: waiting

exports: (waiting.MARKET, waiting.POOL, waiting.ORACLE)

PATIENCE_S: constant(uint256) = 3_600
LIFE_S: constant(uint256) = 86_400


struct Request:
    k: uint256  # asset to be paid in
    shares: uint256  # the reward included; 0 = no request
    reward: uint256  # shares
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


requests: public(HashMap[address, Request])  # by holder


@deploy
def __init__(market: address, pool: address):
    waiting.__init__(market, pool)


@external
def request_exit(k: uint256, amount: uint256, min_amount: uint256, receiver: address) -> uint256:
    """
    @notice Give shares out of one's hands, to be paid in an asset after the wait. One request of a holder at a time.
    @return when the wait ends, unix seconds
    """
    waiting._check_listed(k)
    err.check(amount > 0, err.SHARES_TOO_FEW)
    reward: uint256 = self._reward(amount)
    err.check(amount > reward, err.SHARES_TOO_FEW)
    err.check(self.requests[msg.sender].shares == 0, err.REQUEST_STANDS)
    params: IPool.PoolParams = staticcall waiting.POOL.params()
    ends_s: uint256 = block.timestamp + params.exit_wait_s
    window: uint256 = extcall waiting.POOL.hold(msg.sender, amount)
    request: Request = Request(
        k=k,
        shares=amount,
        reward=reward,
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
def _reward(amount: uint256) -> uint256:
    """@notice What the keeper gets, by the pool's low value of now."""
    aum: IMarket.Aum = staticcall waiting.POOL.aum()
    least: uint256 = 1
    if aum.low > 0:
        supply: uint256 = staticcall waiting.POOL.totalSupply()
        least = max(fp.mul_div_up(waiting.MIN_REWARD_USD_WAD, supply, aum.low), 1)
    return max(amount // waiting.REWARD_DIVISOR, least)


@external
def execute_exit(holder: address) -> (uint256, int256, uint256, uint256):
    """
    @notice Bring a holder's request to its end, or set it a new wait for the next price if the first one is over. Anybody may.
    @return (tokens, fee in USD WAD: < 0 is a rebate, outcome: 0 executed, 1 returned, 2 expired, 3 postponed, shares that the holder has back)
    """
    request: Request = self.requests[holder]
    err.check(request.shares > 0, err.REQUEST_UNKNOWN)
    tokens: uint256 = 0
    fee_usd: int256 = 0
    outcome: uint256 = waiting.EXPIRED
    if block.timestamp < request.ends_s + LIFE_S:
        is_due: bool = waiting._is_due(waiting._feed_of(request.k), request.due_s)
        if not is_due:
            self.requests[holder].due_s = block.timestamp
            log ExitPostponed(holder=holder, due_s=block.timestamp)
            return 0, 0, waiting.POSTPONED, 0
        tokens, fee_usd = extcall waiting.POOL.redeem_held(
            request.k,
            request.shares - request.reward,
            request.reward,
            request.min_amount,
            request.receiver,
            block.timestamp >= request.ends_s + PATIENCE_S,
        )
        outcome = waiting.EXECUTED if tokens > 0 else waiting.RETURNED
    returned: uint256 = self._end(holder, request, outcome, tokens)
    return tokens, fee_usd, outcome, returned


@internal
def _end(holder: address, request: Request, outcome: uint256, tokens: uint256) -> uint256:
    """@notice Forget a request: what did not leave returns to the holder, and the reward goes to the sender. @return shares returned"""
    self.requests[holder] = empty(Request)
    returned: uint256 = 0
    if outcome != waiting.EXECUTED:
        returned = request.shares - request.reward
        extcall waiting.POOL.give_back(holder, returned, request.window)
    ok: bool = extcall waiting.POOL.transfer(msg.sender, request.reward)
    log ExitClosed(holder=holder, keeper=msg.sender, outcome=outcome, tokens=tokens, reward=request.reward)
    return returned
