"""Which verb can be refused with which code. Each pair has a test with the mark `refuses`."""

from __future__ import annotations

import pytest

MARKER = "refuses(verb, code): the test provokes this refusal of this verb"

#: Worst status (0 OK, 1 WIDE, 2 HALTED) and worst mode (0 normal, 1 reduce-only, 2 paused) in which
#: a verb is open, as the protocol promises. `test_gates.py` provokes every cell.
GATES: dict[str, tuple[int, int]] = {
    "mint": (0, 0),
    "redeem": (0, 1),
    "swap": (0, 0),
    "increase": (0, 0),
    "decrease": (1, 2),
    "withdraw_with_positions": (0, 1),
    "withdraw_without": (2, 1),
    "claim_funding": (1, 2),
    "liquidate": (1, 1),
    "deposit_with_positions": (1, 2),
    "deposit_without": (2, 2),
}

REFUSALS: dict[str, tuple[str, ...]] = {
    "mint": (
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
        "POLICY_FEE_TOO_HIGH",
        "POOL_CAP",
        "POOL_WEIGHT_BAND",
        "POOL_WORTHLESS",
        "SHARES_TOO_FEW",
    ),
    "redeem": (
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
        "POLICY_FEE_TOO_HIGH",
        "POOL_RESERVED",
        "POOL_WEIGHT_BAND",
        "SHARES_BALANCE_TOO_LOW",
        "TOKENS_TOO_FEW",
    ),
    "swap": (
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
        "POLICY_FEE_TOO_HIGH",
        "POOL_CAP",
        "POOL_RESERVED",
        "POOL_WEIGHT_BAND",
        "SWAP_SAME_ASSET",
        "TOKENS_TOO_FEW",
    ),
    "deposit_collateral": (
        "ACCOUNT_UNKNOWN",
        "ASSET_NOTHING_TO_MOVE",
        "ASSET_NOT_LISTED",
        "ASSET_TRANSFER_FAILED",
    ),
    "withdraw_collateral": (
        "ACCOUNT_NOT_AUTHORISED",
        "ACCOUNT_TOO_LITTLE_COLLATERAL",
        "ASSET_NOTHING_TO_MOVE",
        "ASSET_TRANSFER_FAILED",
        "MARGIN_BELOW_INITIAL",
        "POLICY_MARGIN_CROSSED",
    ),
    "claim_funding": ("ACCOUNT_NOT_AUTHORISED", "CLAIM_NOTHING", "MARKET_NOT_LISTED"),
    "trade": (
        "ACCOUNT_NOT_AUTHORISED",
        "ACCOUNT_UNKNOWN",
        "MARGIN_BELOW_INITIAL",
        "MARGIN_BELOW_MAINTENANCE",
        "MARKET_NOT_LISTED",
        "POLICY_IMPACT_TOO_HIGH",
        "POLICY_MARGIN_CROSSED",
        "POOL_RESERVED",
        "TRADE_LOSS_UNPAID",
        "TRADE_NOTHING",
        "TRADE_OPEN_INTEREST_CAP",
        "TRADE_POSITION_TOO_SMALL",
        "TRADE_PRICE_TOO_HIGH",
        "TRADE_PRICE_TOO_LOW",
        "TRADE_REDUCE_ONLY",
    ),
    "liquidate": (
        "ACCOUNT_UNKNOWN",
        "LIQUIDATION_HEALTHY",
        "LIQUIDATION_KEEPER_UNKNOWN",
        "POLICY_BAD_PLAN",
        "POLICY_MARGIN_CROSSED",
    ),
    "transfer": ("SHARES_BALANCE_TOO_LOW",),
    "transferFrom": ("SHARES_ALLOWANCE_TOO_LOW", "SHARES_BALANCE_TOO_LOW"),
    "set_operator": ("ACCOUNT_NOT_OWNER",),
    "force_close": ("ACCESS_NOT_LIQUIDATOR",),
    "seize": ("ACCESS_NOT_LIQUIDATOR",),
    "take_fee": ("ACCESS_NOT_LIQUIDATOR",),
    "pay_from_pool": ("ACCESS_NOT_LIQUIDATOR",),
    "remember": ("ACCESS_NOT_LIQUIDATOR",),
    "market.set_mode": ("ACCESS_NOT_CONTROLLER",),
    "market.set_policy": ("ACCESS_NOT_CONTROLLER",),
    "market.set_protocol_fee": ("ACCESS_NOT_CONTROLLER",),
    "market.set_asset": ("ACCESS_NOT_CONTROLLER",),
    "market.set_market": ("ACCESS_NOT_CONTROLLER",),
    "bind": ("ACCESS_ALREADY_BOUND", "ACCESS_NOT_ADMIN"),
    "nominate_admin": ("ACCESS_NOT_ADMIN",),
    "accept_admin": ("ACCESS_NOT_PENDING_ADMIN",),
    "set_guardian": ("ACCESS_NOT_ADMIN",),
    "set_mode": ("ACCESS_NOT_GUARDIAN", "ACCESS_UNKNOWN_MODE"),
    "set_policy": ("ACCESS_NOT_ADMIN", "POLICY_NOT_A_CONTRACT", "POLICY_UNKNOWN_SLOT"),
    "set_protocol_fee": ("ACCESS_NOT_ADMIN", "ASSET_BAD_PARAMS"),
    "set_asset": (
        "ACCESS_NOT_ADMIN",
        "ASSET_BAD_PARAMS",
        "ASSET_IDENTITY_FIXED",
        "ASSET_NOT_LISTED",
        "ASSET_TOO_MANY",
    ),
    "set_market": (
        "ACCESS_NOT_ADMIN",
        "MARKET_BAD_PARAMS",
        "MARKET_IDENTITY_FIXED",
        "MARKET_NOT_LISTED",
        "MARKET_TOO_MANY",
    ),
    "report": ("ORACLE_BAD_BATCH", "ORACLE_NOT_REPORTER"),
    "set_venue": ("ORACLE_BAD_PARAMS", "ORACLE_NOT_ADMIN"),
    "set_feed": ("ORACLE_BAD_PARAMS", "ORACLE_NOT_ADMIN"),
}


def refuses(verb: str, code: str) -> pytest.MarkDecorator:
    """Mark a test as the one that provokes a refusal."""
    return pytest.mark.refuses(verb, code)


def code_of_gate(verb: str, status: int, mode: int) -> str:
    """What a verb answers at this worst status and in this mode: the mode is looked at first."""
    worst_status, worst_mode = GATES[verb]
    if mode > worst_mode:
        return "ACCESS_CLOSED_BY_MODE"
    if status > worst_status:
        return ("OK", "PRICE_WIDE", "PRICE_HALTED")[status]
    return "OK"
