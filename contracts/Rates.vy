# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Rates
@notice What time costs: the rules for borrowing, funding and circuit breakers, what they remember, and what they make of the time since
        a market was last looked at.
@dev Holds no value and calls nothing but rules. Market says how it stands and adds what it is told to its indices; views ask `preview`,
     verbs `advance`, and both share one reckoning, so that a view is never behind.
"""

from .interfaces import IBorrowRate
from .interfaces import ICircuit
from .interfaces import IFundingRate
from .interfaces import IMarket
from .interfaces import IOracle
from .interfaces import IRates
from .lib import constants as c
from .lib import errors as err
from .lib import fixed_point as fp
from .lib import gates
from .modules import access
from .modules import policies

initializes: access
initializes: policies[access := access]

implements: IRates

exports: (policies.set_policy, policies.policy_of, policies.memo_of)

MARKET: public(immutable(address))
ORACLE: public(immutable(IOracle))
FUNDING_PER_UNIT: immutable(bool)

MARKS: constant(uint256) = 17  # prices of a feed that an oracle remembers

askings: HashMap[uint256, Asking]  # market
is_retired: HashMap[uint256, bool]  # markets that are unlisted
carried_usd_wad: public(HashMap[uint256, uint256])  # market -> what the sides were charged for the skew and nobody has earned


# Until when a circuit breaker's memory reaches, and for which rule of its slot it was begun.
struct Asking:
    at_s: uint256
    rule: uint256


struct Accrual:
    growth: IRates.Growth
    borrow_memo: uint256
    funding_memo: uint256
    carried_usd_wad: uint256


@deploy
def __init__(market: address):
    MARKET = market
    ORACLE = IOracle(staticcall IMarket(market).ORACLE())
    FUNDING_PER_UNIT = staticcall IMarket(market).FUNDING_PER_UNIT()
    access.__init__(staticcall IMarket(market).CONTROLLER())


@internal
@view
def _grown(look: IRates.Look) -> Accrual:
    """@notice What the elapsed time adds. With nobody on either side no rule is asked."""
    a: Accrual = empty(Accrual)
    a.borrow_memo = policies.memo_of[c.BORROW_RATE][look.m]
    a.funding_memo = policies.memo_of[c.FUNDING_RATE][look.m]
    a.carried_usd_wad = self.carried_usd_wad[look.m]
    if look.elapsed_s == 0 or look.sizes_wad[c.LONG] + look.sizes_wad[c.SHORT] == 0:
        return a
    notionals: uint256[2] = [
        fp.mul_down(look.sizes_wad[c.LONG], look.price_wad), fp.mul_down(look.sizes_wad[c.SHORT], look.price_wad)
    ]
    borrow: uint256[2] = empty(uint256[2])
    borrow[c.LONG], borrow[c.SHORT], a.borrow_memo = staticcall IBorrowRate(
        policies.policy_of[c.BORROW_RATE]
    ).rates(
        look.m,
        look.utilisations_wad[c.LONG],
        look.utilisations_wad[c.SHORT],
        notionals[c.LONG],
        notionals[c.SHORT],
        look.elapsed_s,
        a.borrow_memo,
    )
    # Clamped, not refused: a policy that asks too much must not stop the verbs, nor its own replacement.
    a.growth.borrow_wad[c.LONG] = min(borrow[c.LONG], c.MAX_RATE_WAD_PER_S) * look.elapsed_s
    a.growth.borrow_wad[c.SHORT] = min(borrow[c.SHORT], c.MAX_RATE_WAD_PER_S) * look.elapsed_s
    if not FUNDING_PER_UNIT and (look.sizes_wad[c.LONG] == 0 or look.sizes_wad[c.SHORT] == 0):
        # Nobody pays into the void: without another side there is no funding, nor a rate that waits for it.
        a.funding_memo = 0
        return a
    rate: int256 = 0
    rate, a.funding_memo = staticcall IFundingRate(policies.policy_of[c.FUNDING_RATE]).rate(
        look.m,
        notionals[c.LONG],
        notionals[c.SHORT],
        look.elapsed_s,
        a.funding_memo,
    )
    if rate != 0:
        payer: uint256 = c.LONG if rate > 0 else c.SHORT
        speed: uint256 = min(fp.magnitude(rate), c.MAX_RATE_WAD_PER_S)
        paid: uint256 = 0
        earned: uint256 = 0
        paid, earned, a.carried_usd_wad = self._fund(look, payer, speed * look.elapsed_s, a.carried_usd_wad)
        a.growth.funding_wad[payer] = convert(paid, int256)
        a.growth.funding_wad[1 - payer] = -convert(earned, int256)
    return a


@internal
@view
def _fund(look: IRates.Look, payer: uint256, rate_wad: uint256, carried_usd_wad: uint256) -> (uint256, uint256, uint256):
    """
    @notice Where all funding is for the other side it shares what was paid, however small it is. Per unit both sides have one value and
            the pool is the other side of the skew: it is paid for what it carries, also of a side that stands alone. Where the rate
            still runs against the heavier side the pool pays, no more than it was owed before; the rest of that side's funding is cut.
    @return (what a unit of the paying side owes, what a unit of the other earns, USD that both were charged and nobody has earned)
    """
    payers: uint256 = look.sizes_wad[payer]
    earners: uint256 = look.sizes_wad[1 - payer]
    paid: uint256 = fp.mul_up(rate_wad, look.price_wad)
    if not FUNDING_PER_UNIT:
        return paid, fp.mul_div_down(paid, payers, earners), carried_usd_wad
    owed: uint256 = carried_usd_wad + fp.mul_down(payers, paid)
    earned: uint256 = fp.mul_down(rate_wad, look.price_wad)
    if earners > 0:
        earned = min(earned, fp.mul_div_down(owed, c.WAD, earners))
    return paid, earned, owed - fp.mul_up(earners, earned)


@external
def retire(m: uint256):
    """@notice Nothing is asked for a market any more, which the controller has unlisted: no circuit breaker of it closes anything."""
    access._only_controller()
    self.is_retired[m] = True


@external
@view
def preview(look: IRates.Look) -> IRates.Growth:
    """@notice What the elapsed time would add now."""
    a: Accrual = self._grown(look)
    return a.growth


@external
def advance(look: IRates.Look) -> (IRates.Growth, uint256):
    """@notice What the elapsed time adds, for good. @return (growth, bitmap of the verbs that the circuit breaker closes)"""
    err.check(msg.sender == MARKET, err.ACCESS_NOT_MARKET)
    if self.is_retired[look.m]:
        return empty(IRates.Growth), 0
    a: Accrual = self._grown(look)
    policies._remember(c.BORROW_RATE, look.m, a.borrow_memo)
    policies._remember(c.FUNDING_RATE, look.m, a.funding_memo)
    if a.carried_usd_wad != self.carried_usd_wad[look.m]:
        self.carried_usd_wad[look.m] = a.carried_usd_wad
    closed: uint256 = self._watch(look)
    return a.growth, closed & gates.CLOSABLE


@internal
@view
def _answer(look: IRates.Look, price_wad: uint256, elapsed_s: uint256, memo: uint256) -> (uint256, uint256):
    """@notice What the circuit breaker says at a price, with the positions of now. @return (verbs that it closes, its memory)"""
    moved: int256 = convert(price_wad, int256) - convert(look.price_wad, int256)
    longs: int256 = convert(look.sizes_wad[c.LONG], int256) * moved // convert(c.WAD, int256)
    shorts: int256 = convert(look.sizes_wad[c.SHORT], int256) * moved // convert(c.WAD, int256)
    return staticcall ICircuit(policies.policy_of[c.CIRCUIT]).closed(
        look.m,
        price_wad,
        [look.pnl_usd_wad[c.LONG] + longs, look.pnl_usd_wad[c.SHORT] - shorts],
        look.backing_usd_wad,
        elapsed_s,
        memo,
    )


@internal
def _watch(look: IRates.Look) -> uint256:
    """
    @notice Verbs that the circuit breaker closes now. It is told every price that a finished block left since its memory ends, and only
            that moves its memory: who asked in between, and whether his call was refused, changes nothing. Where nobody has asked for
            more than the oracle remembers, it hears of the rest.
    """
    memo: uint256 = policies.memo_of[c.CIRCUIT][look.m]
    closed: uint256 = 0
    asking: Asking = self.askings[look.m]
    rule: uint256 = policies.changes[c.CIRCUIT]
    if asking.at_s == 0 or asking.rule != rule:
        # Its memory begins with the oldest price that a finished block left: whoever asks first, and when, chooses no other.
        known: DynArray[IOracle.Mark, MARKS] = staticcall ORACLE.marks_since(look.feed, 0)
        if len(known) == 0:
            closed, memo = self._answer(look, look.price_wad, 0, memo)
            return closed
        oldest: IOracle.Mark = known[len(known) - 1]
        closed, memo = self._answer(look, oldest.mid, 0, memo)
        asking = Asking(at_s=oldest.made_at_s, rule=rule)
        policies._remember(c.CIRCUIT, look.m, memo)
        self.askings[look.m] = asking
    marks: DynArray[IOracle.Mark, MARKS] = staticcall ORACLE.marks_since(look.feed, asking.at_s)
    count: uint256 = len(marks)
    for i: uint256 in range(count, bound=MARKS):
        mark: IOracle.Mark = marks[count - 1 - i]
        closed, memo = self._answer(look, mark.mid, mark.made_at_s - asking.at_s, memo)
        asking.at_s = mark.made_at_s
    if count > 0:
        policies._remember(c.CIRCUIT, look.m, memo)
        self.askings[look.m] = asking
    closed, memo = self._answer(look, look.price_wad, block.timestamp - asking.at_s, memo)
    return closed
