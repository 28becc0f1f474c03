"""Tokens, shares and the value of the pool: TA, LP."""

from __future__ import annotations

from fractions import Fraction

from sim.fuzz.facts import INSURANCE, TREASURY, WAD
from sim.fuzz.properties import Step, expect, holds

#: Shares minted to nobody with the first deposit (contracts/Market.vy).
DEAD_SHARES = 10**9
#: The pool's value is a sum of rounded terms. Between two calls at the same prices they can differ from
#: exact reckoning by one wei for each asset (up to 8) and three for each market (profit of two sides is
#: exact in favour of the pool; pending fees of two sides and their protocol share are rounded down).
AUM_ROUNDING_WEI = 8 + 3 * 8


def _moved(step: Step) -> dict[tuple[int, int], int]:
    """Balance changes that arguments and answer explain: (asset, holder) -> units; holder 0 is the market."""
    call = step.call
    if call is None or not call.accepted:
        return {}
    given, told, sender = call.arguments, call.returns, call.actor + 1
    moves: list[tuple[int, int, int]] = []  # asset, holder, units
    match call.verb:
        case "mint" | "deposit_collateral":
            moves = [(given["k"], sender, -given["amount"]), (given["k"], 0, given["amount"])]
        case "redeem":
            moves = [(given["k"], 0, -told["tokens"]), (given["k"], given["receiver"] + 1, told["tokens"])]
        case "swap":
            moves = [(given["k"], sender, -given["amount"]), (given["k"], 0, given["amount"])]
            moves += [(given["j"], 0, -told["tokens"]), (given["j"], given["receiver"] + 1, told["tokens"])]
        case "withdraw_collateral":
            moves = [(given["k"], 0, -given["amount"]), (given["k"], given["receiver"] + 1, given["amount"])]
    total: dict[tuple[int, int], int] = {}
    for k, holder, units in moves:
        total[k, holder] = total.get((k, holder), 0) + units
    return total


@holds("TA-01", "I", "the market's token balance is its pool plus its collateral, to the wei")
def _token_identity(step: Step) -> bool:
    for k, bucket in enumerate(step.after.buckets):
        balance = step.after.tokens[k][0]
        expect(balance == bucket.pool + bucket.collateral, "asset {}: balance {}, {}", k, balance, bucket)
    return step.accepted() is not None


@holds("TA-03", "P", "a call's balance changes sum to zero and are the amounts that it was given and told")
def _balances_move_as_told(step: Step) -> bool:
    moved = _moved(step)
    for k, (old, new) in enumerate(zip(step.before.tokens, step.after.tokens, strict=True)):
        expect(sum(old) == sum(new), "asset {}: {} units appeared", k, sum(new) - sum(old))
        for holder, (was, now) in enumerate(zip(old, new, strict=True)):
            told = moved.get((k, holder), 0)
            expect(now - was == told, "asset {} of holder {}: moved {}, told {}", k, holder, now - was, told)
    return bool(moved)


@holds("TA-04", "I", "an asset's collateral is the sum over accounts")
def _collateral_is_the_sum(step: Step) -> bool:
    for k, bucket in enumerate(step.after.buckets):
        total = sum(row[k] for row in step.after.collateral.values())
        expect(bucket.collateral == total, "asset {}: {} but accounts hold {}", k, bucket.collateral, total)
    return step.accepted() is not None and step.before.collateral != step.after.collateral


@holds("TA-05", "P", "a call touches no account but the one it names, its keeper, insurance and treasury")
def _strangers_are_untouched(step: Step) -> bool:
    call = step.call
    touched: set[int] = set()
    if call is not None and call.accepted:
        touched = {call.arguments[name] for name in ("account", "keeper") if name in call.arguments}
        if call.verb != "report":
            touched.add(TREASURY)
        if call.verb == "liquidate":
            touched.add(INSURANCE)
    before, after = step.before, step.after
    for account in before.collateral:
        if account not in touched:
            same = before.collateral[account] == after.collateral[account]
            expect(same, "collateral of {}: {} -> {}", account, before.collateral[account], after.collateral[account])
    for account in before.claims:
        if account not in touched:
            same = before.positions[account] == after.positions[account]
            expect(same and before.claims[account] == after.claims[account], "positions of {}", account)
    return bool(touched)


@holds("TA-06", "P", "the treasury only grows, by at most the protocol's share of the fees of the call")
def _treasury_takes_its_share(step: Step) -> bool:
    old, new = step.before.collateral[TREASURY], step.after.collateral[TREASURY]
    gained = Fraction(0)
    for k, (was, now) in enumerate(zip(old, new, strict=True)):
        expect(now >= was, "asset {}: {} -> {}", k, was, now)
        asset = step.facts.assets[k]
        gained += Fraction((now - was) * asset.scale * step.after.prices[asset.feed].high, WAD)
    call = step.accepted()
    told = {} if call is None else call.returns
    fees = told.get("fee_usd", 0) + told.get("borrow_usd", 0)
    allowed = Fraction(fees * step.facts.protocol_fee_wad, WAD)
    expect(gained <= allowed, "took {} USD WAD of fees {}", int(gained), fees)
    return gained > 0


@holds("LP-01", "I", "the supply is the sum of share balances")
def _supply_is_the_sum(step: Step) -> bool:
    expect(step.after.supply == sum(step.after.shares), "{} but {}", step.after.supply, sum(step.after.shares))
    call = step.accepted("mint", "redeem")
    for holder, (was, now) in enumerate(zip(step.before.shares, step.after.shares, strict=True)):
        change = 0
        if call is not None and call.verb == "mint" and holder == call.arguments["receiver"] + 1:
            change = call.returns["shares"]
        if call is not None and call.verb == "redeem" and holder == call.actor + 1:
            change = -call.arguments["amount"]
        expect(now - was == change, "holder {}: {} shares instead of {}", holder, now - was, change)
    return call is not None


@holds("LP-02", "P", "low <= mid <= high; mint pays the pool's high value, redeem gets its low one")
def _value_is_against_the_caller(step: Step) -> bool:
    aum = step.after.aum
    expect(aum.low <= aum.mid <= aum.high, "{}", aum)
    call = step.accepted("mint", "redeem")
    if call is None:
        return False
    old, supply = step.before.aum, step.before.supply
    asset = step.facts.assets[call.arguments["k"]]
    price = step.before.prices[asset.feed]
    fee = call.returns["fee_usd"]
    if call.verb == "mint":
        paid = call.arguments["amount"] * asset.scale * price.low - fee * WAD
        expect(call.returns["shares"] * old.high * WAD <= paid * supply, "shares {}", call.returns["shares"])
    else:
        taken = call.returns["tokens"] * asset.scale * price.high + fee * WAD
        expect(taken * supply <= call.arguments["amount"] * old.low * WAD, "tokens {}", call.returns["tokens"])
    return True


def _pool_may_lose(step: Step) -> int:
    """USD WAD that a call may take from liquidity providers: what is written down here, and nothing else.

    1. Bad debt: the loss that neither collateral nor insurance paid. Liquidation says how much.
    2. In designs that say so, the flat reward of an account that could not pay it. It could if it paid anything else.
    """
    call = step.accepted("liquidate")
    if call is None:
        return 0
    told = call.returns
    lost = told["bad_debt_usd"]
    could_pay = told["fee_usd"] + told["penalty_usd"] + told["forfeited_usd"] > 0
    if step.facts.pool_pays_keeper and not could_pay:
        lost += min(step.facts.keeper_usd_wad, told["reward_usd"])
    return lost


def _price_falls(aum: int, supply: int, new_aum: int, new_supply: int, lost: int) -> bool:
    """Share price fell by more than the loss, one wei of price and the rounding of the pool's value.

    Holds if WAD * (new_aum + lost + rounding) / new_supply >= WAD * aum / supply - 1, by cross multiplication.
    """
    kept = (new_aum + lost + AUM_ROUNDING_WEI) * WAD * supply + supply * new_supply
    return kept < aum * WAD * new_supply


@holds("LP-04", "P", "at fixed prices and time no call but realised bad debt lowers the price of a share, low or high")
def _share_price_never_falls(step: Step) -> bool:
    call = step.accepted()
    before, after = step.before, step.after
    if call is None or before.supply == 0:
        return False
    lost = _pool_may_lose(step)
    for name in ("low", "high"):
        was, now = getattr(before.aum, name), getattr(after.aum, name)
        expect(
            not _price_falls(was, before.supply, now, after.supply, lost),
            "p_{}: value {} -> {}, supply {} -> {}, may lose {}",
            *(name, was, now, before.supply, after.supply, lost),
        )
    return before.aum != after.aum


@holds("LP-09", "I", "there are no shares, or at least the dead ones, which the market keeps")
def _dead_shares_stay(step: Step) -> bool:
    expect(step.after.supply == 0 or step.after.shares[0] >= DEAD_SHARES, "market holds {}", step.after.shares[0])
    return step.accepted("redeem") is not None


@holds("LP-11", "P", "mint gives shares, redeem and swap give tokens, or they are refused")
def _nothing_for_something(step: Step) -> bool:
    call = step.accepted("mint", "redeem", "swap")
    if call is None:
        return False
    expect(call.returns.get("shares", 1) > 0 and call.returns.get("tokens", 1) > 0, "gave nothing")
    return True
