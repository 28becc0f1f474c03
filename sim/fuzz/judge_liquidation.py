"""Liquidation, insurance, health: LQ, AD; and what a call may be refused for."""

from __future__ import annotations

from sim.chain.failures import OK, PANIC, name_of
from sim.fuzz.facts import HALTED, INSURANCE, LONG, WAD
from sim.fuzz.judge_positions import owed, pnl_down, side_of
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.snapshot import Health

#: Charges are taken asset by asset, each valued with one rounding: at most one wei for each of eight assets.
_CHARGE_ROUNDING_WEI = 8

_PRICE = {"PRICE_WIDE", "PRICE_HALTED"}
_AMOUNT = {"ASSET_NOTHING_TO_MOVE"}
#: Named refusals that each verb may give here: the mode is normal, every id is listed, every actor is who it says.
REFUSALS: dict[str, set[str]] = {
    "mint": _PRICE | _AMOUNT | {"SHARES_TOO_FEW", "POOL_CAP", "POOL_WORTHLESS", "POOL_WEIGHT_BAND"},
    "redeem": _PRICE | {"SHARES_BALANCE_TOO_LOW", "TOKENS_TOO_FEW", "POOL_RESERVED", "POOL_WEIGHT_BAND"},
    "swap": _PRICE | _AMOUNT | {"TOKENS_TOO_FEW", "POOL_CAP", "POOL_RESERVED", "POOL_WEIGHT_BAND"},
    "deposit_collateral": _AMOUNT | {"PRICE_HALTED"},
    "withdraw_collateral": _PRICE | _AMOUNT | {"ACCOUNT_TOO_LITTLE_COLLATERAL", "MARGIN_BELOW_INITIAL"},
    "trade": _PRICE
    | {"TRADE_NOTHING", "TRADE_PRICE_TOO_HIGH", "TRADE_PRICE_TOO_LOW", "TRADE_POSITION_TOO_SMALL"}
    | {"TRADE_OPEN_INTEREST_CAP", "TRADE_LOSS_UNPAID", "POOL_RESERVED"}
    | {"MARGIN_BELOW_INITIAL", "MARGIN_BELOW_MAINTENANCE"},
    "liquidate": {"LIQUIDATION_HEALTHY", "PRICE_HALTED"},
    "claim_funding": {"CLAIM_NOTHING", "PRICE_HALTED"},
    "report": set(),
}


def _is_token_refusal(step: Step) -> bool:
    """The allowed panic: the mock token's own subtraction, where the sender has fewer tokens than it is to give."""
    call = step.call
    if call is None or call.verb not in ("mint", "swap", "deposit_collateral"):
        return False
    return step.before.tokens[call.arguments["k"]][call.actor + 1] < call.arguments["amount"]


@holds("LV-05", "P", "a call is refused for a reason that its verb may give, and a refused call changes nothing")
def _refused_with_a_reason(step: Step) -> bool:
    call = step.call
    if call is None or call.status == OK:
        return False
    if call.status == PANIC:
        expect(_is_token_refusal(step), "reverted without a code")
    else:
        expect(name_of(call.status) in REFUSALS[call.verb], "{} is not a refusal of this verb", name_of(call.status))
    expect(step.before == step.after, "a refused call changed the state")
    return True


@holds("LQ-01", "P", "an account can be liquidated if and only if it is below maintenance and has a price")
def _liquidation_is_for_the_unhealthy(step: Step) -> bool:
    call = step.call
    if call is None or call.verb != "liquidate":
        return False
    health = step.before.health[call.arguments["account"]]
    may = health.is_liquidatable and health.status < HALTED
    expect(call.accepted == may, "equity {}, maintenance {}, status {}", *health[:1], *health[3:5])
    return True


@holds("LQ-03", "P", "no call of a user makes a healthy account liquidatable")
def _users_make_nobody_liquidatable(step: Step) -> bool:
    call = step.accepted()
    if call is None or call.verb == "liquidate":
        return False
    hit = False
    for account, old in step.before.health.items():
        if old.notional and not old.is_liquidatable:
            hit = True
            new = step.after.health[account]
            expect(not new.is_liquidatable, "account {}: equity {} of {}", account, new.equity, new.maintenance)
    return hit


@holds("LQ-04", "P", "a call on one account leaves the margin of every other as it was, at fixed prices and time")
def _margin_is_ones_own(step: Step) -> bool:
    call = step.accepted()
    if call is None:
        return False
    own = {call.arguments.get("account"), call.arguments.get("keeper")}
    hit = False
    for account, old in step.before.health.items():
        if account not in own and old.notional:
            new = step.after.health[account]
            expect(old == new, "account {}: {} -> {}", account, old, new)
            hit = True
    return hit


def _healths(step: Step) -> tuple[Health, Health] | None:
    call = step.accepted("liquidate")
    if call is None:
        return None
    account = call.arguments["account"]
    return step.before.health[account], step.after.health[account]


@holds("LQ-05", "P", "a partial liquidation starts above the charges, raises the margin ratio and lowers the notional")
def _partial_liquidation_heals(step: Step) -> bool:
    healths = _healths(step)
    if healths is None or step.call is None or step.call.returns["is_full"]:
        return False
    old, new = healths
    expect(old.equity * WAD > step.facts.charges_wad * old.notional, "equity {} of {}", old.equity, old.notional)
    expect(new.notional < old.notional, "notional {} -> {}", old.notional, new.notional)
    if new.notional:
        expect(
            new.equity * old.notional > old.equity * new.notional,
            "margin {} / {} -> {} / {}",
            *(old.equity, old.notional, new.equity, new.notional),
        )
    return True


@holds("LQ-06", "P", "at or below the charges everything closes, and the penalty is at most what equity there was")
def _broken_margin_closes_whole(step: Step) -> bool:
    healths = _healths(step)
    call = step.call
    if healths is None or call is None:
        return False
    old, new = healths
    told = call.returns
    if told["is_full"]:
        expect(new.notional == 0, "positions of {} are left", new.notional)
    charges = -(-old.notional * step.facts.charges_wad // WAD) + step.facts.keeper_usd_wad
    if old.equity > charges:
        return False
    expect(bool(told["is_full"]), "equity {} covers no charges of {}, but the close was partial", old.equity, charges)
    most = max(0, gross_equity(step, call.arguments["account"])) + _CHARGE_ROUNDING_WEI
    expect(told["penalty_usd"] <= most, "penalty {} of equity {}", told["penalty_usd"], most)
    return True


def gross_equity(step: Step, account: int) -> int:
    """Worth of an account before a liquidation without any haircut, with the funding that settling brings. USD WAD."""
    before = step.before
    total = 0
    for units, asset in zip(before.collateral[account], step.facts.assets, strict=True):
        total += -(-units * asset.scale * before.prices[asset.feed].low // WAD)
    for m, position in enumerate(before.positions[account]):
        if position.size:
            side = side_of(position)
            price = before.prices[step.facts.markets[m].feed]
            borrow, funding = owed(position, step.after.sides[m][side])
            at = price.low if side == LONG else price.high
            total += pnl_down(abs(position.size), position.cost, at, side) - borrow - funding
            total += before.claims[account][m]
    return total


@holds(
    "LQ-08", "P", "reward, penalty and fee are within the equity; without any, the keeper has at most the flat reward"
)
def _charges_are_within_equity(step: Step) -> bool:
    call = step.accepted("liquidate")
    if call is None:
        return False
    told = call.returns
    equity = gross_equity(step, call.arguments["account"])
    charges = told["reward_usd"] + told["penalty_usd"] + told["fee_usd"] + told["forfeited_usd"]
    most = max(equity, step.facts.keeper_usd_wad) + _CHARGE_ROUNDING_WEI
    expect(charges <= most, "charges {} of equity {}", charges, equity)
    if equity <= 0:
        rest = told["penalty_usd"] + told["fee_usd"] + told["forfeited_usd"]
        expect(rest <= _CHARGE_ROUNDING_WEI, "{} taken from nothing", rest)
    return True


def _insurance_change(step: Step) -> int:
    """USD WAD at low prices, rounded up."""
    total = 0
    old, new = step.before.collateral[INSURANCE], step.after.collateral[INSURANCE]
    for was, now, asset in zip(old, new, step.facts.assets, strict=True):
        total += (now - was) * asset.scale * step.after.prices[asset.feed].low
    return -(-total // WAD)


@holds("AD-01", "P", "the pool loses only after insurance has nothing left")
def _insurance_pays_first(step: Step) -> bool:
    call = step.accepted("liquidate")
    if call is None or call.returns["bad_debt_usd"] == 0:
        return False
    for k, left in enumerate(step.after.collateral[INSURANCE]):
        expect(left == 0, "asset {}: {} left, bad debt {}", k, left, call.returns["bad_debt_usd"])
    return True


@holds("AD-02", "P", "insurance pays only bad debt and the flat reward of a liquidation")
def _insurance_pays_nothing_else(step: Step) -> bool:
    old, new = step.before.collateral[INSURANCE], step.after.collateral[INSURANCE]
    if all(now >= was for was, now in zip(old, new, strict=True)):
        return False
    call = step.accepted("liquidate")
    expect(call is not None, "{} -> {}", old, new)
    assert call is not None
    told = call.returns
    flat = 0 if step.facts.pool_pays_keeper else min(step.facts.keeper_usd_wad, told["reward_usd"])
    # Tokens are whole: each payment may take one unit of one asset more than its worth.
    unit = max(a.scale * step.after.prices[a.feed].low // WAD + 1 for a in step.facts.assets)
    least = told["penalty_usd"] - told["insured_usd"] - flat - 2 * unit
    expect(_insurance_change(step) >= least, "changed by {}, told {}", _insurance_change(step), least)
    return True
