"""Values of a design in words: the unit that the ending of a name stands for, and numbers as a reader likes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sim.design.numbers import text_of
from sim.design.parameters import Parameter

#: Endings of constructor arguments, as `sim.design.parameters` reads them.
_ARGUMENTS = (
    ("_wad_per_s", "per year"),
    ("_usd_wad", "USD"),
    ("_wad", "number"),
    ("_bps", "basis points"),
    ("_s", "seconds"),
    ("_assets", "assets"),
)
#: Endings of the other keys of a design file.
_KEYS = (
    ("_bps_per_s", "basis points per second"),
    ("_bps", "basis points"),
    ("_usd", "USD"),
    ("_share", "share"),
    ("_weight", "share"),
    ("gas_per_s", "gas per second"),
    ("_s", "seconds"),
    # of scenarios
    ("_bps_per_5min", "basis points, of five minutes"),
    ("_log_per_year", "log per year"),
    ("_per_hour", "per hour"),
    ("_per_year", "share per year"),
    ("_log_sd", "log, standard deviation"),
    ("_depths", "depths within 1 %"),
    ("_factor", "times"),
    ("_fraction", "share"),
    ("_drawdown_min", "share"),
    ("_drawdown_max", "share"),
    ("_exponent", "power"),
    ("_per_step", "calls"),
    ("leverage_median", "times equity"),
    ("leverage_max", "times equity"),
    ("presence", "share of calm depth"),
)
_KEYS_BY_NAME = {
    "decimals": "decimal places",
    "haircut": "share",
    "max_pool": "tokens",
    "buffer": "tokens",
    "reserve_factor": "USD per USD",
    "redeem_limit": "share",
    "redemption_rate": "of the base per token",
    "blend": "share",
    "min_venues": "venues",
    # of scenarios
    "branching": "jumps that one causes",
    "accounts": "accounts",
    "cohorts": "cohorts",
    "correlation": "correlation",
    "parts": "parts",
    "concentration": "power",
    "count": "accounts",
    "exponent": "power",
    "factor": "times",
    "leave_panic": "more per hour, per calm deviation",
    "leverage": "times equity",
    "loss_withdrawal": "share of depth",
    "beyond_stop": "share of depth",
    "most_substeps": "substeps",
    "news_beta": "of the reference's move",
    "portfolios": "portfolios",
    "rate": "of the base per token",
    "risk": "of the reference's",
    "share": "share",
    "usd": "USD",
    "value": "correlation",
    "weight": "whole number, against other venues",
    "cohort_weight": "against other crowds",
}
#: Tables whose keys are names of feeds.
_BY_FEED = {
    "market_weights": "against other feeds",
    "margin_weights": "against other feeds",
    "collateral": "share",
    "long": "against other feeds",
    "short": "against other feeds",
    "factors": "times",
}
#: Ratios that are named like shares but may exceed one.
_RATIOS = ("max_open_interest_share", "max_profit_share")


def unit_of(parameter: Parameter) -> str:
    """Unit of a policy's parameter, by the ending of its constructor argument."""
    unit = next((unit for ending, unit in _ARGUMENTS if parameter.argument.endswith(ending)), "whole number")
    unit = parameter.per or unit
    if parameter.base == "bool":
        unit = "true or false"
    if len(parameter.lengths) > parameter.is_per_market:
        unit += ", list"
    return f"{unit}, by market" if parameter.is_per_market else unit


def unit_of_key(key: str) -> str:
    """Unit of any other key; empty for a name."""
    above, _, name = key.rpartition(".")
    table = above.rpartition(".")[2]
    if table in _BY_FEED:
        return _BY_FEED[table]
    if name in _RATIOS:
        return "of the backing asset's value"
    if name in _KEYS_BY_NAME:
        return _KEYS_BY_NAME[name]
    return next((unit for ending, unit in _KEYS if name.endswith(ending)), "")


def shown(value: Any) -> str:
    """Write a value for a reader: thousands apart, lists with commas."""
    if value is None:
        return "off"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return _grouped(value, ",")
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        nested = any(isinstance(item, list | tuple) for item in value)
        return ("; " if nested else ", ").join(shown(item) for item in value)
    return str(value)


def as_toml(value: Any) -> str:
    """Write a value as a design file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return _grouped(value, "_")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {as_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(as_toml(item) for item in value) + "]"
    return json.dumps(str(value), ensure_ascii=False)


def _grouped(value: int | Decimal, mark: str) -> str:
    """Write a number of a design (none is negative) with a mark between thousands."""
    whole, point, fraction = text_of(Decimal(value)).partition(".")
    return f"{int(whole):{mark}}{point}{fraction}"
