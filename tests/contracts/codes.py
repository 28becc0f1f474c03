"""Which verb can be refused with which code. Each pair has a test with the mark `refuses`, each verb one with `happy`.

A verb is named by its function; where Market has a function of the same name as RiskController, Market's is called
`market.<function>`, and what OracleController does `oracle_controller.<function>`.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest

MARKERS = (
    "refuses(verb, code): the test provokes this refusal of this verb",
    "happy(verb): the test sees this verb accepted, and what it logs",
)


class Gate(NamedTuple):
    """Worst status (0 OK, 1 WIDE, 2 HALTED) and mode (0 normal, 1 reduce-only, 2 paused) in which a verb is open."""

    status: int
    mode: int
    is_closable: bool  # by a circuit breaker


#: As the protocol promises, in the order of contracts/lib/gates.vy. `test_gates.py` provokes every cell.
GATES: dict[str, Gate] = {
    "mint": Gate(0, 0, True),
    "redeem": Gate(0, 1, True),
    "swap": Gate(0, 0, True),
    "increase": Gate(0, 0, True),
    "decrease": Gate(1, 2, False),
    "withdraw_with_positions": Gate(0, 1, True),
    "withdraw_without": Gate(2, 1, False),
    "claim_funding": Gate(1, 2, False),
    "liquidate": Gate(1, 1, False),
    "deposit_with_positions": Gate(1, 2, False),
    "deleverage": Gate(1, 1, False),
    "deposit_without": Gate(2, 2, False),
}

#: Codes of the table of gates; `test_gates.py` provokes each for each verb that can answer so.
GATE_CODES = ("ACCESS_CLOSED_BY_MODE", "PRICE_WIDE", "PRICE_HALTED", "ACCESS_CLOSED_BY_CIRCUIT")

#: Who may call what is not open to everybody, and what everybody else is answered. `test_access.py` tries all roles.
#: Accounts there are Alice's: the admin owns it, trader and order book operate it; the keeper is the pending admin.
ACCESS: dict[str, tuple[tuple[str, ...], str]] = {
    "set_operator": (("admin",), "ACCOUNT_NOT_OWNER"),
    **dict.fromkeys(
        ("withdraw_collateral", "transfer_collateral", "trade", "place", "cancel"),
        (("admin", "trader", "order_book"), "ACCOUNT_NOT_AUTHORISED"),
    ),
    "exchange": (("pool",), "ACCESS_NOT_POOL_DESK"),
    **dict.fromkeys(("hold", "give_back", "redeem_held"), (("exits",), "ACCESS_NOT_EXITS")),
    **dict.fromkeys(("mint_held", "swap_held"), (("entries",), "ACCESS_NOT_ENTRIES")),
    "settle": (("desk",), "ACCESS_NOT_TRADE_DESK"),
    "fill": (("order_book",), "ACCESS_NOT_ORDER_BOOK"),
    **dict.fromkeys(("advance", "store"), (("market",), "ACCESS_NOT_MARKET")),
    **dict.fromkeys(
        ("haircut", "close_out", "assign", "restrict", "seize", "credit", "pay_from_pool"),
        (("liquidator",), "ACCESS_NOT_LIQUIDATOR"),
    ),
    **dict.fromkeys(
        (
            "market.set_mode",
            *(f"{home}.set_policy" for home in ("market", "desk", "rates", "pool", "liquidator")),
            "market.set_protocol_fee",
            "market.set_sale_order",
            "market.set_asset",
            "market.set_market",
            "set_params",
            "retire",
            "open_settlement",
        ),
        (("controller",), "ACCESS_NOT_CONTROLLER"),
    ),
    **dict.fromkeys(
        (
            "bind",
            "bind_doctor",
            "mend",
            "seal",
            "nominate_admin",
            "set_guardian",
            "announce_policy",
            "set_policy",
            "announce_protocol_fee",
            "set_protocol_fee",
            "announce_pool",
            "set_pool",
            "announce_sale_order",
            "set_sale_order",
            "announce_asset",
            "set_asset",
            "announce_market",
            "set_market",
            "announce_mode",
            "announce_unlist_market",
            "unlist_market",
            "announce_unlist_asset",
            "unlist_asset",
            "announce_settle_market",
            "settle_market",
            "announce_wind_up_market",
            "wind_up_market",
        ),
        (("admin",), "ACCESS_NOT_ADMIN"),
    ),
    **dict.fromkeys(
        ("set_mode", "set_reduce_only", "lower_open_interest_cap"), (("admin", "guardian"), "ACCESS_NOT_GUARDIAN")
    ),
    "accept_admin": (("keeper",), "ACCESS_NOT_PENDING_ADMIN"),
    "replace_failed": (("doctor",), "ACCESS_NOT_DOCTOR"),
    "report": (("reporter",), "ORACLE_NOT_REPORTER"),
    "set_venue": (("admin",), "ORACLE_NOT_ADMIN"),
    "set_feed": (("admin",), "ORACLE_NOT_ADMIN"),
    **{
        f"oracle_controller.{name}": (("admin",), "ACCESS_NOT_ADMIN")
        for name in ("bind", "seal", "nominate_admin", "announce_venue", "set_venue", "announce_feed", "set_feed")
    },
    "oracle_controller.accept_admin": (("keeper",), "ACCESS_NOT_PENDING_ADMIN"),
}

#: What every change of a setting can be refused with: it is announced, just so, and a step.
_CHANGE = ("ACCESS_NOT_ANNOUNCED", "ACCESS_STEP_TOO_LARGE", "ACCESS_TOO_SOON")
_ASSET = ("ASSET_BAD_PARAMS", "ASSET_IDENTITY_FIXED", "ASSET_NOT_LISTED", "ASSET_TOO_MANY")
_MARKET = ("MARKET_BAD_PARAMS", "MARKET_IDENTITY_FIXED", "MARKET_NOT_LISTED", "MARKET_TOO_MANY")
_QUESTION = ("LIQUIDATION_HEALTHY", "POLICY_ASKED_WITH_TOO_LITTLE", "POLICY_UNKNOWN_SLOT", "TRADE_NOTHING")

#: The other codes of every function that can change something.
REFUSALS: dict[str, tuple[str, ...]] = {
    # Pool
    "mint": (
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
        "ENTRY_BY_REQUEST",
        "POLICY_FEE_TOO_HIGH",
        "POOL_AUM_CAP",
        "POOL_CAP",
        "POOL_PROFIT_CAPPED",
        "POOL_WEIGHT_BAND",
        "POOL_WORTHLESS",
        "SHARES_RECEIVER",
        "SHARES_TOO_FEW",
    ),
    "redeem": (
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
        "EXIT_BY_REQUEST",
        "POLICY_FEE_TOO_HIGH",
        "POOL_REDEEM_LIMIT",
        "POOL_PROFIT_CAPPED",
        "POOL_RESERVED",
        "POOL_WEIGHT_BAND",
        "SHARES_BALANCE_TOO_LOW",
        "SHARES_LOCKED",
        "TOKENS_TOO_FEW",
    ),
    "swap": (
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
        "ENTRY_BY_REQUEST",
        "POLICY_FEE_TOO_HIGH",
        "POOL_CAP",
        "POOL_PROFIT_CAPPED",
        "POOL_RESERVED",
        "POOL_WEIGHT_BAND",
        "SWAP_SAME_ASSET",
        "TOKENS_TOO_FEW",
    ),
    "transfer": ("SHARES_BALANCE_TOO_LOW", "SHARES_LOCKED"),
    "transferFrom": ("SHARES_ALLOWANCE_TOO_LOW", "SHARES_BALANCE_TOO_LOW", "SHARES_LOCKED"),
    "approve": (),
    "set_params": (),
    # Pool: what the contract of exits may do
    "hold": ("POOL_REDEEM_LIMIT", "SHARES_BALANCE_TOO_LOW", "SHARES_LOCKED"),
    "give_back": ("SHARES_BALANCE_TOO_LOW",),
    "redeem_held": ("ASSET_NOT_LISTED", "SHARES_BALANCE_TOO_LOW"),
    # Exits; it passes on what Pool refuses
    "request_exit": ("ASSET_NOT_LISTED", "REQUEST_STANDS", "SHARES_TOO_FEW"),
    "execute_exit": ("REQUEST_TOO_SOON", "REQUEST_UNKNOWN"),
    # Pool: what the contract of entries may do; what does not fit ends the request
    "mint_held": ("ASSET_NOT_LISTED",),
    "swap_held": ("ASSET_NOT_LISTED", "SWAP_SAME_ASSET"),
    # Entries
    "request_mint": (
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
        "ENTRY_TOO_SMALL",
        "PRICE_HALTED",
        "REQUEST_STANDS",
    ),
    "request_swap": (
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
        "ENTRY_TOO_SMALL",
        "PRICE_HALTED",
        "REQUEST_STANDS",
        "SWAP_SAME_ASSET",
    ),
    "execute_entry": ("ASSET_TRANSFER_FAILED", "REQUEST_TOO_SOON", "REQUEST_UNKNOWN"),
    # Market: accounts
    "open_account": (),
    "set_operator": (),
    "deposit_collateral": (
        "ACCESS_CLOSED_BY_MODE",
        "ACCOUNT_UNKNOWN",
        "ASSET_NOTHING_TO_MOVE",
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
    ),
    "withdraw_collateral": (
        "ACCOUNT_TOO_LITTLE_COLLATERAL",
        "ASSET_NOTHING_TO_MOVE",
        "ASSET_TRANSFER_FAILED",
        "MARGIN_BELOW_INITIAL",
        "POLICY_MARGIN_CROSSED",
    ),
    "transfer_collateral": (
        "ACCOUNT_TOO_LITTLE_COLLATERAL",
        "ACCOUNT_UNKNOWN",
        "ASSET_NOTHING_TO_MOVE",
        "MARGIN_BELOW_INITIAL",
        "POLICY_MARGIN_CROSSED",
    ),
    "claim_funding": ("CLAIM_NOTHING", "MARKET_NOT_LISTED"),
    "trade": (
        "ACCOUNT_UNKNOWN",
        "MARGIN_BELOW_INITIAL",
        "MARKET_NOT_LISTED",
        "POLICY_IMPACT_TOO_HIGH",
        "POLICY_MARGIN_CROSSED",
        "POOL_RESERVED",
        "TRADE_ACCOUNT_CAP",
        "TRADE_BY_ORDER_ONLY",
        "TRADE_LOSS_UNPAID",
        "TRADE_NOTHING",
        "TRADE_OPEN_INTEREST_CAP",
        "TRADE_POSITION_TOO_SMALL",
        "TRADE_PRICE_TOO_HIGH",
        "TRADE_PRICE_TOO_LOW",
        "TRADE_REDUCE_ONLY",
    ),
    "accrue": (),
    "assess": ("POLICY_MARGIN_CROSSED",),
    # Market: what other contracts of the protocol may do
    "exchange": ("ASSET_TRANSFER_FAILED", "POOL_CAP", "POOL_RESERVED"),
    "fill": ("TRADE_LOSS_UNPAID", "TRADE_PRICE_UNKNOWN"),
    "close_out": ("MARKET_NOT_LISTED", "TRADE_REDUCE_ONLY"),
    "assign": (),
    "restrict": (),
    "seize": (),
    "credit": (),
    "pay_from_pool": (),
    "settle": (
        "MARGIN_BELOW_INITIAL",
        "MARGIN_BELOW_MAINTENANCE",
        "POLICY_IMPACT_TOO_HIGH",
        "POLICY_MARGIN_CROSSED",
        "POOL_RESERVED",
        "TRADE_LOSS_UNPAID",
        "TRADE_PRICE_UNKNOWN",
        "TRADE_REDUCE_ONLY",
    ),
    "advance": (),
    # Cohorts
    "haircut": (),
    "store": (),
    "retire": (),
    "market.set_mode": (),
    **{f"{home}.set_policy": () for home in ("market", "desk", "rates", "pool", "liquidator")},
    "market.set_protocol_fee": (),
    "market.set_sale_order": (),
    "market.set_asset": (),
    "market.set_market": (),
    # Liquidator
    "liquidate": (
        "ACCOUNT_UNKNOWN",
        "LIQUIDATION_HEALTHY",
        "LIQUIDATION_KEEPER_UNKNOWN",
        "LIQUIDATION_ORDERS_FIRST",
        "POLICY_BAD_PLAN",
        "POLICY_MARGIN_CROSSED",
    ),
    "release_and_liquidate": (
        "ACCOUNT_UNKNOWN",
        "LIQUIDATION_HEALTHY",
        "LIQUIDATION_KEEPER_UNKNOWN",
        "POLICY_BAD_PLAN",
    ),
    "unwind": ("UNWIND_NOTHING",),
    "open_settlement": (),
    "settle_position": (
        "LIQUIDATION_ORDERS_FIRST",
        "POOL_RESERVED",
        "PRICE_HALTED",
        "PRICE_WIDE",
        "SETTLEMENT_NOTHING",
        "SETTLEMENT_NOT_OPEN",
    ),
    "deleverage": (
        "DELEVERAGE_NOT_ALL",
        "DELEVERAGE_NOT_ASCENDING",
        "DELEVERAGE_NOT_TRIGGERED",
        "DELEVERAGE_NO_WINNER",
        "MARKET_NOT_LISTED",
    ),
    # Order book; it passes on what Market refuses
    "place": (
        "ORDER_BAD_TERMS",
        "ORDER_MUST_REDUCE",
        "ORDER_NOT_OPERATOR",
        "ORDER_REWARD_TOO_SMALL",
        "ORDER_STAKE_TOO_SMALL",
        "ORDER_TOO_MANY",
        "PRICE_HALTED",
    ),
    "cancel": ("ACCESS_CLOSED_BY_MODE", "ORDER_TOO_SOON", "ORDER_UNKNOWN"),
    "execute": (
        "ORDER_EXPIRED",
        "ORDER_NOTHING_TO_REDUCE",
        "ORDER_NOT_TRIGGERED",
        "ORDER_PRICE_TOO_OLD",
        "ORDER_UNKNOWN",
        "PRICE_HALTED",
    ),
    "release": ("ORDER_ACCOUNT_HEALTHY", "ORDER_UNKNOWN"),
    # Risk controller
    "bind": ("ACCESS_ALREADY_BOUND",),
    "bind_doctor": ("ACCESS_ALREADY_BOUND", "ACCESS_SEALED"),
    "replace_failed": (*_CHANGE, "POLICY_NOT_A_CONTRACT", "POLICY_UNKNOWN_SLOT"),
    "seal": ("ACCESS_ROLE_MISSING", "ACCESS_SEALED", "POLICY_NOT_A_CONTRACT"),
    "nominate_admin": (),
    "accept_admin": (),
    "set_guardian": (),
    "announce_policy": ("POLICY_NOT_A_CONTRACT", "POLICY_UNKNOWN_SLOT"),
    "set_policy": (
        *_CHANGE,
        "ACCESS_ALREADY_BOUND",
        "ACCESS_ROLE_MISSING",
        "LIQUIDATION_REWARD_UNCOVERED",
        "POLICY_NOT_A_CONTRACT",
        "POLICY_UNKNOWN_SLOT",
    ),
    "announce_protocol_fee": ("ASSET_BAD_PARAMS",),
    "set_protocol_fee": (*_CHANGE, "ASSET_BAD_PARAMS"),
    "announce_pool": ("POOL_BAD_PARAMS",),
    "set_pool": (*_CHANGE, "POOL_BAD_PARAMS"),
    "announce_sale_order": ("ASSET_BAD_PARAMS",),
    "set_sale_order": ("ACCESS_NOT_ANNOUNCED", "ACCESS_TOO_SOON", "ASSET_BAD_PARAMS"),
    "announce_asset": _ASSET,
    "set_asset": (*_CHANGE, *_ASSET),
    "announce_market": _MARKET,
    "set_market": (*_CHANGE, *_MARKET, "LIQUIDATION_REWARD_UNCOVERED"),
    "announce_mode": ("ACCESS_UNKNOWN_MODE",),
    "announce_unlist_market": ("MARKET_NOT_LISTED",),
    "unlist_market": ("ACCESS_TOO_SOON", "MARKET_NOT_EMPTY", "MARKET_NOT_LISTED"),
    "announce_unlist_asset": ("ASSET_NOT_LISTED",),
    "unlist_asset": ("ACCESS_TOO_SOON", "ASSET_IN_USE", "ASSET_NOT_LISTED"),
    "announce_wind_up_market": ("MARKET_NOT_LISTED",),
    "wind_up_market": ("ACCESS_TOO_SOON", "MARKET_NOT_LISTED"),
    "announce_settle_market": ("MARKET_NOT_LISTED", "SETTLEMENT_NOT_OPEN"),
    "settle_market": ("ACCESS_NOT_ANNOUNCED", "ACCESS_TOO_SOON", "MARKET_NOT_LISTED", "SETTLEMENT_NOT_OPEN"),
    "set_mode": ("ACCESS_NOT_SEALED", "ACCESS_TOO_SOON", "ACCESS_UNKNOWN_MODE"),
    "set_reduce_only": ("ACCESS_TOO_SOON", "MARKET_NOT_LISTED"),
    "lower_open_interest_cap": ("ACCESS_TOO_SOON", "MARKET_BAD_PARAMS", "MARKET_NOT_LISTED"),
    "end_brake": ("ACCESS_TOO_SOON",),
    # Doctor
    "fails": _QUESTION,
    "mend": (*_QUESTION, "LIQUIDATION_REWARD_UNCOVERED", "POLICY_ANSWERS"),
    # Oracle
    "report": ("ORACLE_BAD_BATCH",),
    "set_venue": ("ORACLE_BAD_PARAMS",),
    "set_feed": ("ORACLE_BAD_PARAMS",),
    # Oracle controller
    "oracle_controller.bind": ("ACCESS_ALREADY_BOUND",),
    "oracle_controller.seal": (),
    "oracle_controller.nominate_admin": (),
    "oracle_controller.accept_admin": (),
    "oracle_controller.announce_venue": ("ORACLE_BAD_PARAMS",),
    "oracle_controller.announce_feed": ("ORACLE_BAD_PARAMS",),
    **{
        f"oracle_controller.{name}": ("ACCESS_STEP_TOO_LARGE", "ACCESS_TOO_SOON", "ORACLE_BAD_PARAMS")
        for name in ("set_venue", "set_feed")
    },
}


def refuses(verb: str, code: str) -> pytest.MarkDecorator:
    """Mark a test as the one that provokes a refusal."""
    return pytest.mark.refuses(verb, code)


def happy(verb: str) -> pytest.MarkDecorator:
    """Mark a test as the one that sees a verb accepted, with its events."""
    return pytest.mark.happy(verb)


def code_of_gate(verb: str, status: int, mode: int, is_closed: bool = False) -> str:
    """What a verb answers at this worst status and in this mode, its circuit breaker closed or not.

    The mode is looked at first, the circuit breaker last.
    """
    gate = GATES[verb]
    if mode > gate.mode:
        return "ACCESS_CLOSED_BY_MODE"
    if status > gate.status:
        return ("OK", "PRICE_WIDE", "PRICE_HALTED")[status]
    if is_closed and gate.is_closable:
        return "ACCESS_CLOSED_BY_CIRCUIT"
    return "OK"
