# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Gates
@notice Which verb is open at which worst price status and in which mode, and whether a circuit breaker may close it. This table
        is the only place that says so.

    verb                       worst status   worst mode    circuit breaker
    0 mint                     OK             normal        may close
    1 redeem                   OK             reduce-only   may close
    2 swap                     OK             normal        may close
    3 increase a position      OK             normal        may close
    4 decrease a position      WIDE           paused        -            (closing is open whenever there is a price)
    5 withdraw, with positions OK             reduce-only   may close
    6 withdraw, without        HALTED         reduce-only   -
    7 claim funding            WIDE           paused        -            (of what it is paid in)
    8 liquidate                WIDE           reduce-only   -            (position by position: what has no price stands aside; a settlement
                                                                          asks for its mode, and needs that there is no price)
    9 deposit, with positions  WIDE           paused        -
   10 deleverage               WIDE           reduce-only   -
    - deposit, without         always open

Who bears what, by mode. In no mode can an owner be kept from closing or from adding collateral.

    party         normal                   reduce-only              paused
    provider      enters and leaves        leaves                   stays, and bears what losers come to lack; who has asked to leave, too
    winner        opens and closes         closes                   closes, paid as far as was reserved
    loser         opens and closes         closes                   closes, adds collateral, is not liquidated
    keeper        executes, liquidates     executes, liquidates     executes what closes
    order owner   places and cancels       places what closes       waits: margin stays with the book

What enters by request is returned where a verb is closed to it: only what leaves waits.

@dev Two bits per verb, verb 0 in the lowest: status 0 OK, 1 WIDE, 2 HALTED; mode 0 normal, 1 reduce-only, 2 paused.
"""

from . import constants as c
from . import errors as err

MINT: constant(uint256) = 0
REDEEM: constant(uint256) = 1
SWAP: constant(uint256) = 2
INCREASE: constant(uint256) = 3
DECREASE: constant(uint256) = 4
WITHDRAW: constant(uint256) = 5
WITHDRAW_FREE: constant(uint256) = 6
CLAIM: constant(uint256) = 7
LIQUIDATE: constant(uint256) = 8
DEPOSIT: constant(uint256) = 9
DELEVERAGE: constant(uint256) = 10

WORST_STATUS: constant(uint256) = (1 << 8) | (2 << 12) | (1 << 14) | (1 << 16) | (1 << 18) | (1 << 20)
WORST_MODE: constant(uint256) = (
    (1 << 2) | (2 << 8) | (1 << 10) | (1 << 12) | (2 << 14) | (1 << 16) | (2 << 18) | (1 << 20)
)
CLOSABLE: constant(uint256) = (1 << 0) | (1 << 1) | (1 << 2) | (1 << 3) | (1 << 5)


@internal
@pure
def is_open(verb: uint256, status: uint256, mode: uint256, closed: uint256) -> bool:
    if mode > (WORST_MODE >> (2 * verb)) & 3 or status > (WORST_STATUS >> (2 * verb)) & 3:
        return False
    return (closed >> verb) & 1 == 0


@internal
@pure
def check_open(verb: uint256, status: uint256, mode: uint256, closed: uint256):
    err.check(mode <= (WORST_MODE >> (2 * verb)) & 3, err.ACCESS_CLOSED_BY_MODE)
    if status > (WORST_STATUS >> (2 * verb)) & 3:
        err.check(status < c.HALTED, err.PRICE_HALTED)
        err.check(False, err.PRICE_WIDE)
    err.check((closed >> verb) & 1 == 0, err.ACCESS_CLOSED_BY_CIRCUIT)
