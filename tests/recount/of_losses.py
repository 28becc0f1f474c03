"""Who pays when traders cannot: the pool, insurance, winners."""

from __future__ import annotations

from fractions import Fraction

from recount.account import COUNT, LIQUIDATIONS, NONE, SHARE, STATE, WORDS, Account, of, usd_of
from recount.instants import INSURANCE, Usd
from recount.of_fees import penalty
from recount.of_traders import margin_taken_over, owned

CENT = Fraction(1, 100)


@of("bad_debt_usd", STATE)
def _bad_debt(a: Account) -> Usd:
    return a.last.lost - a.first.lost


@of("bad_debt_probability", COUNT)
def _has_bad_debt(a: Account) -> Fraction:
    return Fraction(_bad_debt(a) > CENT)


@of("bad_debt_bps", SHARE)
def _bad_debt_bps(a: Account) -> Fraction:
    return 10_000 * _bad_debt(a) / max(now.open_interest for now in a.column)


@of("unbooked_loss_usd", STATE)
def _unbooked(a: Account) -> Usd:
    return owned(a, a.story.end, sign=-1)


@of("deleveraged_usd", WORDS)
def _deleveraged(a: Account) -> Usd:
    return sum(a.words("closed_usd_wad", "deleverage"), NONE)


@of("deleverage_haircut_usd", STATE)
def _haircut(a: Account) -> Usd:
    taken = (usd_of(c, "taken_usd_wad") for c in a.story.of("deleverage") if c.row.answer["is_haircut"])
    return sum(taken, NONE) + a.story.end.given - a.story.start.given


@of("deleverage_overshoot_usd", WORDS)
def _overshoot(a: Account) -> Usd:
    return sum(a.words("overshoot_usd_wad", "deleverage"), NONE)


@of("insurance_opening_usd", STATE)
def _insurance_opening(a: Account) -> Usd:
    return a.worth(a.first.insurance, a.first)


@of("insurance_result_usd", STATE)
def _insurance_result(a: Account) -> Usd:
    return a.story.end.worths[INSURANCE].usd - a.story.start.worths[INSURANCE].usd


@of("insurance_received_usd", WORDS)
def _insurance_received(a: Account) -> Usd:
    return penalty(a) + margin_taken_over(a)


@of("insurance_used_usd", WORDS)
def _insurance_used(a: Account) -> Usd:
    return sum(a.words("insured_usd_wad", *LIQUIDATIONS), NONE)


@of("insurance_prices_usd", STATE)
def _insurance_prices(a: Account) -> Usd:
    return sum((a.worth(now.insurance, now) - a.worth(now.insurance, then) for then, now in a.pairs), NONE)


@of("insurance_positions_usd", STATE)
def _insurance_positions(a: Account) -> Usd:
    """Its tokens that came and went and no word tells of, and what its positions are worth more than at first."""
    moved = sum((a.worth(now.insurance, then) - a.worth(then.insurance, then) for then, now in a.pairs), NONE)
    held = a.story.end.worths[INSURANCE].usd - a.worth(a.last.insurance, a.last)
    held -= a.story.start.worths[INSURANCE].usd - a.worth(a.first.insurance, a.first)
    return moved - _insurance_received(a) + _insurance_used(a) + held


@of("taken_over_usd", WORDS)
def _taken_over(a: Account) -> Usd:
    return sum(a.words("assigned_usd_wad", *LIQUIDATIONS), NONE)
