# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Doctor
@notice Sees rules fail. A rule that reverts, or burns all gas, in the state of now blocks whatever asks it, and with that an ordinary change
        of rules, which settles accounts by the old rule first. Here such a rule is asked as the protocol asks it, by a call whose failure is
        caught: anybody may look, and while it fails the admin replaces it, without notice and without another question to it. From then on
        everybody closes, liquidates and adds collateral as before.
@dev Nothing but bytecode runs this contract: what is caught here is a raw call. It holds nothing. A caller cannot make a rule fail by giving
     too little gas: what is left for the question is looked at first.

What is asked, in the state of now
    borrow rate, funding rate   the pool's value as of now, which both indices are part of. If that fails each rule is asked by itself, of every
                                market that somebody is in, and who answers is not replaced for the other
    circuit                     the accrual, once the pool's value is there
    margin                      the health of an account
    price impact                what closing a part of an account's position costs
    liquidation                 the plan for an account below maintenance margin
    deleverage                  the goal for a side of a market
    weight fee                  the fee for taking a part of the pool's tokens out
"""

from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IRules
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import pricing


interface IController:
    def admin() -> address: view
    def home_of(slot: uint256) -> address: view
    def keeps_rewards(slot: uint256, policy: address) -> bool: view
    def replace_failed(slot: uint256, policy: address, may_ask: bool, is_announced: bool): nonpayable


interface IRates:
    def memo_of(slot: uint256, m: uint256) -> uint256: view


# Whom or what to ask about, where a slot's question is about something; the rest is zero.
struct Case:
    account: uint256  # margin, impact, liquidation
    m: uint256  # impact, deleverage
    k: uint256  # weight fee
    side: uint256  # deleverage
    part_wad: uint256  # of the position, of the pool's tokens: above 0, at most all of it


QUESTION_GAS: constant(uint256) = 8_000_000  # what needs more has failed
SAMPLES_GAS: constant(uint256) = 3_000_000
RULE_GAS: constant(uint256) = 2_000_000
MAX_DATA: constant(uint256) = 100  # a selector and three words
MAX_WORDS: constant(uint256) = 228  # a selector and seven words

CONTROLLER: public(immutable(address))
MARKET: public(immutable(IMarket))


@deploy
def __init__(controller: address, market: address):
    CONTROLLER = controller
    MARKET = IMarket(market)


@internal
def _answers(target: address, data: Bytes[MAX_DATA], gas_limit: uint256) -> bool:
    """@notice Whether a call succeeds with as much gas as it may need."""
    err.check(msg.gas // 64 * 63 > gas_limit + 100_000, err.POLICY_ASKED_WITH_TOO_LITTLE)
    ok: bool = raw_call(target, data, gas=gas_limit, revert_on_failure=False)
    return ok


@internal
def _answers_in_full(target: address, data: Bytes[MAX_WORDS], words: uint256) -> bool:
    """@notice Whether a rule answers with as many words as it has to."""
    err.check(msg.gas // 64 * 63 > RULE_GAS + 100_000, err.POLICY_ASKED_WITH_TOO_LITTLE)
    ok: bool = False
    answer: Bytes[96] = b""
    ok, answer = raw_call(target, data, max_outsize=96, gas=RULE_GAS, is_static_call=True, revert_on_failure=False)
    return ok and len(answer) >= 32 * words


@internal
@view
def _utilisation(k: uint256) -> uint256:
    bucket: IMarket.Buckets = staticcall MARKET.buckets(k)
    if bucket.pool == 0:
        return 0
    return bucket.reserved * c.WAD // bucket.pool


@internal
def _rates(slot: uint256) -> bool:
    """@notice Whether the rule for borrowing, or for funding, answers for what has passed in every market that somebody is in."""
    home: address = staticcall IController(CONTROLLER).home_of(slot)
    rule: address = staticcall IRules(home).policy_of(slot)
    px: IOracle.Price[c.MAX_FEEDS] = staticcall IOracle(staticcall MARKET.ORACLE()).prices()
    count: uint256 = staticcall MARKET.market_count()
    for m: uint256 in range(count, bound=c.MAX_MARKETS):
        params: IMarket.MarketParams = staticcall MARKET.market_params(m)
        clock: IMarket.Clock = staticcall MARKET.clocks(m)
        longs: IMarket.Side = staticcall MARKET.sides(m, c.LONG)
        shorts: IMarket.Side = staticcall MARKET.sides(m, c.SHORT)
        if longs.size_wad + shorts.size_wad == 0 or clock.accrued_at == block.timestamp:
            continue
        elapsed: uint256 = block.timestamp - clock.accrued_at
        long: uint256 = fp.mul_down(longs.size_wad, px[params.feed].mid)
        short: uint256 = fp.mul_down(shorts.size_wad, px[params.feed].mid)
        memo: uint256 = staticcall IRates(home).memo_of(slot, m)
        answers: bool = False
        if slot == c.BORROW_RATE:
            question: Bytes[MAX_WORDS] = abi_encode(
                m,
                self._utilisation(params.long_asset),
                self._utilisation(params.short_asset),
                long,
                short,
                elapsed,
                memo,
                method_id=method_id("rates(uint256,uint256,uint256,uint256,uint256,uint256,uint256)"),
            )
            answers = self._answers_in_full(rule, question, 3)
        else:
            question: Bytes[MAX_WORDS] = abi_encode(
                m, long, short, elapsed, memo, method_id=method_id("rate(uint256,uint256,uint256,uint256,uint256)")
            )
            answers = self._answers_in_full(rule, question, 2)
        if not answers:
            return False
    return True


@internal
def _asked(slot: uint256, case: Case) -> bool:
    """@notice Whether a slot's question is answered; what it builds upon is answered first, or it is not its turn."""
    err.check(slot < c.LIQUIDATOR, err.POLICY_UNKNOWN_SLOT)
    home: address = staticcall IController(CONTROLLER).home_of(slot)
    question: Bytes[MAX_DATA] = method_id("aum()")
    if slot == c.BORROW_RATE or slot == c.FUNDING_RATE:
        if self._answers(MARKET.address, question, QUESTION_GAS):
            return True
        # Where neither fails by itself nobody knows which it is.
        return self._rates(slot) and not self._rates(c.BORROW_RATE + c.FUNDING_RATE - slot)
    aum: IMarket.Aum = staticcall MARKET.aum()  # reverts where what accrues comes first
    if slot == c.CIRCUIT:
        question = method_id("accrue()")
        return self._answers(MARKET.address, question, QUESTION_GAS)
    if slot == c.DELEVERAGE:
        question = abi_encode(case.m, case.side, method_id=method_id("goal_of(uint256,uint256)"))
        return self._answers(home, question, QUESTION_GAS)
    if slot == c.MARGIN:
        question = abi_encode(case.account, method_id=method_id("health(uint256)"))
        return self._answers(home, question, QUESTION_GAS)
    err.check(slot == c.LIQUIDATION or (0 < case.part_wad and case.part_wad <= c.WAD), err.TRADE_NOTHING)
    if slot == c.WEIGHT_FEE:
        asset: IMarket.AssetParams = staticcall MARKET.asset_params(case.k)
        bucket: IMarket.Buckets = staticcall MARKET.buckets(case.k)
        px: IOracle.Price[c.MAX_FEEDS] = staticcall IOracle(staticcall MARKET.ORACLE()).prices()
        usd: uint256 = fp.mul_down(pricing.value_down(bucket.pool, asset.scale, px[asset.feed].mid), case.part_wad)
        question = abi_encode(case.k, usd, method_id=method_id("redemption_fee_wad(uint256,uint256)"))
        return self._answers(home, question, QUESTION_GAS)
    h: IMarket.Health = staticcall MARKET.health(case.account)
    if slot == c.LIQUIDATION:
        err.check(h.equity < convert(h.maintenance, int256), err.LIQUIDATION_HEALTHY)
        question = abi_encode(case.account, method_id=method_id("plan_of(uint256)"))
        return self._answers(home, question, QUESTION_GAS)
    held: IMarket.Position = staticcall MARKET.positions(case.account, case.m)
    closed: int256 = -held.size_wad * convert(case.part_wad, int256) // convert(c.WAD, int256)
    err.check(closed != 0, err.TRADE_NOTHING)
    question = abi_encode(case.m, closed, method_id=method_id("impact_of(uint256,int256)"))
    return self._answers(home, question, QUESTION_GAS)


@external
def fails(slot: uint256, case: Case) -> bool:
    """@notice Whether the rule of a slot fails in the state of now. Anybody may ask."""
    return not self._asked(slot, case)


@external
def mend(slot: uint256, policy: address, case: Case):
    """
    @notice Replace a rule that fails in the state of now: at once, by one that asks for no more than a step above it, or above nothing, and
            under which accounts still pay for their own liquidation. One that fails at the samples alone, where an ordinary change
            would ask it, is replaced by what was announced a day before.
    """
    admin: address = staticcall IController(CONTROLLER).admin()
    err.check(msg.sender == admin, err.ACCESS_NOT_ADMIN)
    answers: bool = self._asked(slot, case)
    # Measured by itself: the new one has no part in this.
    rule: address = staticcall IRules(staticcall IController(CONTROLLER).home_of(slot)).policy_of(slot)
    samples: Bytes[MAX_DATA] = abi_encode(slot, rule, method_id=method_id("is_near(uint256,address)"))
    may_ask: bool = self._answers(CONTROLLER, samples, SAMPLES_GAS)
    err.check(not (answers and may_ask), err.POLICY_ANSWERS)
    if may_ask or slot == c.LIQUIDATION:
        # Not of a margin that is bounded by itself, for want of a rule to measure it by; nor where the rule beside it fails, too.
        kept: Bytes[MAX_DATA] = abi_encode(slot, policy, method_id=method_id("keeps_rewards(uint256,address)"))
        if self._answers(CONTROLLER, kept, SAMPLES_GAS):
            keeps: bool = staticcall IController(CONTROLLER).keeps_rewards(slot, policy)
            err.check(keeps, err.LIQUIDATION_REWARD_UNCOVERED)
    extcall IController(CONTROLLER).replace_failed(slot, policy, may_ask, answers)
