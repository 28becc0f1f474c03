# pragma version 0.4.3
"""
@title Rude policy
@notice Fills any slot and answers with the numbers it was given, however far out of bounds: what Market must refuse.
@dev Words 0 to 9 of a plan are its fields but `takes_over`, which is word 10, and its target, which is word 11. A goal is words 0 and 1, a score word 2, an allotment word 3.
"""

from ..interfaces import IBorrowRate
from ..interfaces import ICircuit
from ..interfaces import IDeleverage
from ..interfaces import IFundingRate
from ..interfaces import ILiquidation
from ..interfaces import IMargin
from ..interfaces import IPriceImpact
from ..interfaces import IWeightFee
from ..lib import constants as c

implements: IBorrowRate
implements: ICircuit
implements: IDeleverage
implements: IFundingRate
implements: ILiquidation
implements: IMargin
implements: IPriceImpact
implements: IWeightFee

ANSWER: immutable(int256[12])


@deploy
def __init__(answer: int256[12]):
    ANSWER = answer


@internal
@view
def _word(i: uint256) -> uint256:
    return convert(ANSWER[i], uint256)


@external
@view
def fee(
    kind: uint256,
    asset: uint256,
    other: uint256,
    current_usd_wad: uint256,
    target_usd_wad: uint256,
    delta_usd_wad: uint256,
    increases: bool,
) -> int256:
    return ANSWER[0]


@external
@view
def rates(
    market: uint256,
    utilisation_long_wad: uint256,
    utilisation_short_wad: uint256,
    long_usd_wad: uint256,
    short_usd_wad: uint256,
    elapsed_s: uint256,
    memo: uint256,
) -> (uint256, uint256, uint256):
    return self._word(0), self._word(1), self._word(2)


@external
@view
def rate(
    market: uint256, long_usd_wad: uint256, short_usd_wad: uint256, elapsed_s: uint256, memo: uint256
) -> (int256, uint256):
    return ANSWER[0], self._word(1)


@external
@view
def fill_price(
    market: uint256,
    base_price_wad: uint256,
    size_delta_wad: int256,
    grows: bool,
    long_usd_wad: uint256,
    short_usd_wad: uint256,
    memo: uint256,
) -> (uint256, uint256):
    return self._word(0), self._word(1)


@external
@view
def requirement(
    notionals_usd_wad: uint256[c.MAX_MARKETS], open_interest_usd_wad: uint256[c.MAX_MARKETS]
) -> (uint256, uint256):
    return self._word(0), self._word(1)


@external
@view
def plan(
    equity_usd_wad: int256,
    maintenance_usd_wad: uint256,
    notionals_usd_wad: uint256[c.MAX_MARKETS],
    memo: uint256,
) -> ILiquidation.Plan:
    return ILiquidation.Plan(
        market=self._word(0),
        close_wad=self._word(1),
        is_full=ANSWER[2] == 1,
        fee_wad=self._word(3),
        penalty_wad=self._word(4),
        keeper_wad=self._word(5),
        keeper_usd_wad=self._word(6),
        forfeits=ANSWER[7] == 1,
        takes_over=ANSWER[10] == 1,
        pool_pays_keeper=ANSWER[8] == 1,
        memo=self._word(9),
        target_wad=self._word(11),
    )


@external
@view
def goal(pnl_usd_wad: int256, pool_usd_wad: uint256, deficit_usd_wad: uint256) -> IDeleverage.Goal:
    return IDeleverage.Goal(realise_usd_wad=self._word(0), haircut_usd_wad=self._word(1))


@external
@view
def list_rule() -> uint256:
    return c.BY_LIST


@external
@view
def score(
    profit_usd_wad: uint256, cost_usd_wad: uint256, notional_usd_wad: uint256, equity_usd_wad: int256
) -> uint256:
    return self._word(2)


@external
@view
def allot(
    left_usd_wad: uint256, needed_usd_wad: uint256, profit_usd_wad: uint256, total_profit_usd_wad: uint256
) -> uint256:
    return self._word(3)


@external
@view
def closed(
    market: uint256,
    price_wad: uint256,
    pnl_usd_wad: int256[2],
    pool_usd_wad: uint256[2],
    elapsed_s: uint256,
    memo: uint256,
) -> (uint256, uint256):
    return self._word(0), self._word(1)
