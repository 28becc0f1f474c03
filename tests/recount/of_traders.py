"""Liquidations, and what traders are left with."""

from __future__ import annotations

from fractions import Fraction

from recount.account import COUNT, LIQUIDATIONS, NONE, STATE, SUMS, WORDS, Account, of, usd_of
from recount.instants import ORDER_BOOK, Usd
from recount.story import Ends, Noted


def rows(a: Account) -> list[Noted]:
    return list(a.story.of(*LIQUIDATIONS))


def _equity(call: Noted) -> Usd:
    return max(usd_of(call, "equity_usd_wad"), NONE)


def _charges(call: Noted) -> Usd:
    """What an account cannot pay others pay."""
    return min(usd_of(call, "reward_usd_wad", "penalty_usd_wad", "fee_usd_wad"), _equity(call))


def _account(call: Noted) -> int:
    return int(call.row.arguments["account"])


@of("liquidated_usd", WORDS)
def _liquidated(a: Account) -> Usd:
    return sum((usd_of(c, "closed_usd_wad") for c in rows(a)), NONE)


@of("liquidated_accounts", COUNT)
def _liquidated_accounts(a: Account) -> Fraction:
    return Fraction(len({_account(c) for c in rows(a)}))


@of("full_liquidations", COUNT)
def _full(a: Account) -> Fraction:
    return Fraction(sum(c.row.answer["is_full"] for c in rows(a)))


@of("partial_liquidations", COUNT)
def _partial(a: Account) -> Fraction:
    return Fraction(sum(not c.row.answer["is_full"] for c in rows(a)))


@of("wrongful_accounts", COUNT)
def _wrongful_accounts(a: Account) -> Fraction:
    return Fraction(len({_account(c) for c in rows(a) if c.would_stand}))


@of("wrongful_usd", WORDS)
def _wrongful_usd(a: Account) -> Usd:
    return sum((usd_of(c, "closed_usd_wad", "assigned_usd_wad") for c in rows(a) if c.would_stand), NONE)


@of("late_liquidations", COUNT)
def _late(a: Account) -> Fraction:
    return Fraction(a.late_liquidations)


def _flows(a: Account, *, account: int | None = None, after: Noted | None = None) -> Usd:
    """What traders took out less what they put in: all of them, or one after a call."""
    total, counts = NONE, after is None
    for call in a.story.calls:
        if call.row.function in ("deposit_collateral", "withdraw_collateral") and counts:
            whose, k = _account(call), call.row.arguments["k"]
            if whose in a.story.traders and account in (None, whose):
                usd = Fraction(call.row.arguments["amount"], a.story.assets[k].unit) * a.mid(call, k)
                total += usd if call.row.function == "withdraw_collateral" else -usd
        counts = counts or call is after
    return total


def owned(a: Account, ends: Ends, sign: int = 1) -> Usd:
    """Of traders, and of the order book for them: nobody is below zero, or (sign -1) by how much they are."""
    whose = {ORDER_BOOK, *a.story.traders}
    return sum((max(sign * ends.worths[account].usd, NONE) for account in whose), NONE)


@of("trader_result_usd", STATE)
def trader_result(a: Account) -> Usd:
    return owned(a, a.story.end) - owned(a, a.story.start) + _flows(a)


@of("trader_prices_usd", STATE)
def _prices(a: Account) -> Usd:
    return sum((a.worth(now.others, now) - a.worth(now.others, then) for then, now in a.pairs), NONE)


@of("trader_to_pool_usd", STATE)
def _to_pool(a: Account) -> Usd:
    return sum(a.from_traders, NONE)


@of("trader_to_insurance_usd", STATE)
def _to_insurance(a: Account) -> Usd:
    return SUMS["insurance_result_usd"](a) - SUMS["insurance_prices_usd"](a)


@of("trader_to_keepers_usd", STATE)
def _to_keepers(a: Account) -> Usd:
    then, now = a.story.start.worths, a.story.end.worths
    return sum((now[account].usd - then[account].usd for account in a.story.keepers), NONE)


@of("trader_kept_usd", STATE)
def _kept_for_others(a: Account) -> Usd:
    return _kept_at(a.story.end) - _kept_at(a.story.start)


def _kept_at(ends: Ends) -> Usd:
    """Set aside, funding less what accounts are promised of it, and what caps take of profits but not of sides'."""
    kept = ends.set_aside + ends.treasury_due + ends.funding - ends.withheld
    return kept + sum((worth.funding - worth.claims + worth.withheld for worth in ends.worths.values()), NONE)


@of("liquidation_charges_usd", WORDS)
def _liquidation_charges(a: Account) -> Usd:
    return sum((_charges(c) for c in rows(a)), NONE)


def _is_taken_over(call: Noted) -> bool:
    return call.row.answer["assigned_usd_wad"] > 0


@of("forfeited_usd", WORDS)
def _forfeited(a: Account) -> Usd:
    return sum((usd_of(c, "forfeited_usd_wad") for c in rows(a) if not _is_taken_over(c)), NONE)


@of("margin_taken_over_usd", WORDS)
def margin_taken_over(a: Account) -> Usd:
    return sum((usd_of(c, "forfeited_usd_wad") for c in rows(a) if _is_taken_over(c)), NONE)


def _kept(a: Account) -> list[tuple[Noted, list[Noted]]]:
    """Accounts whose first liquidation was partial: that one, and those that followed it."""
    by_account: dict[int, list[Noted]] = {}
    for call in rows(a):
        by_account.setdefault(_account(call), []).append(call)
    return [(first, rest) for first, *rest in by_account.values() if not first.row.answer["is_full"]]


@of("charges_avoided_usd", WORDS)
def _charges_avoided(a: Account) -> Usd:
    avoided = NONE
    for first, rest in _kept(a):
        avoided += min(usd_of(first, "full_charges_usd_wad"), _equity(first))
        avoided -= sum((_charges(c) for c in (first, *rest)), NONE)
    return avoided


@of("exposure_result_usd", STATE)
def _exposure_result(a: Account) -> Usd:
    result = NONE
    for first, rest in _kept(a):
        account = _account(first)
        result += max(a.story.end.worths[account].usd, NONE) - max(first.worth_after, NONE)
        result += _flows(a, account=account, after=first) + sum((_charges(c) for c in rest), NONE)
    return result
