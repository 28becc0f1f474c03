"""Faults of the liquidity providers' side."""

from __future__ import annotations

from pathlib import Path

from fuzz.faults.fault import SIEGE, fault

_LONELY = str(Path(__file__).parents[1] / "lonely.toml")

FAULTS = [
    fault(
        "mint pays the low value of the pool",
        "Pool",
        "minted = fp.mul_div_down(minted, supply, desk.aum.high)",
        "minted = fp.mul_div_down(minted, supply, desk.aum.low)",
        "LP-02",
    ),
    fault(
        "a rebate is paid beyond what was set aside",
        "Pool",
        "return usd_wad + convert(-rebate, uint256), rebate",
        "return usd_wad + fp.mul_down(usd_wad, convert(-fee_wad, uint256)), rebate",
        "LP-04",
        design="pdlp_paper",
    ),
    fault(
        "the least result that a caller names is forgotten",
        "Pool",
        "self._ends(minted > 0 and minted >= min_shares, err.SHARES_TOO_FEW, is_held)",
        "self._ends(minted > 0, err.SHARES_TOO_FEW, is_held)",
        "LP-12",
    ),
    fault(
        "a swap takes the middle price of what comes in",
        "Pool",
        "usd: uint256 = pricing.value_down(amount, given.scale, price_in.low)",
        "usd: uint256 = pricing.value_down(amount, given.scale, price_in.mid)",
        "SW-09",
    ),
    fault(
        "the circuit breaker is not asked",
        "Pool",
        "err.check((closed >> verb) & 1 == 0, err.ACCESS_CLOSED_BY_CIRCUIT)",
        "err.check(closed >> verb < max_value(uint256), err.ACCESS_CLOSED_BY_CIRCUIT)",
        "AC-08",
        design=SIEGE,
    ),
    fault(
        "the mode is not looked at",
        "Pool",
        "err.check(mode <= (WORST_MODE >> (2 * verb)) & 3, err.ACCESS_CLOSED_BY_MODE)",
        "err.check(mode <= 3, err.ACCESS_CLOSED_BY_MODE)",
        "AC-08",
    ),
    fault(
        "shares do not wait",
        "Pool",
        "err.check(self.locked_until_s[owner] <= block.timestamp, err.SHARES_LOCKED)",
        "err.check(self.locked_until_s[owner] < max_value(uint256), err.SHARES_LOCKED)",
        "LP-07",
        design=SIEGE,
    ),
    fault(
        "there are no dead shares",
        "Pool",
        "        shares._mint(self, windows.DEAD_SHARES)",
        "        shares._mint(receiver, windows.DEAD_SHARES)",
        "LP-09",
    ),
    fault(
        "the last provider pays a fee to nobody",
        "Pool",
        "    if is_last:",
        "    if is_last and amount == 0:",
        "LV-03",
    ),
    fault(
        "a market that nobody is in shuts the pool when its price is gone",
        "Pool",
        "if long.size_wad + short.size_wad > 0:",
        "if markets > 0:",
        "LP-15",
        design="hlp",  # its pool does not hold what is traded
    ),
    fault(
        "the circuit breaker of a market that nobody is in shuts the pool",
        "Pool",
        "        aum.closed = concerned.closed(MARKET, feeds)\n",
        "",
        "LP-27",
        design=_LONELY,
    ),
]
