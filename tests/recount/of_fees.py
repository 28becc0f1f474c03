"""Fees: words of calls."""

from __future__ import annotations

from fractions import Fraction

from recount.account import FILLS, LIQUIDATIONS, NONE, STATE, SUMS, WORDS, Account, is_swap, of
from recount.instants import WAD, Usd
from recount.story import Noted


def _fee_of_pool(call: Noted) -> Usd:
    """The fee's place among the words: (shares or tokens, fee), (tokens, fee, ...), (shares, units, fee, ...)."""
    return Fraction(call.row.answer[2 if call.row.function == "execute_entry" else 1], WAD)


@of("trade_fee_usd", WORDS)
def _trade_fee(a: Account) -> Usd:
    return sum(a.words("fee_usd_wad", *FILLS), NONE)


@of("borrow_fee_usd", WORDS)
def _borrow_fee(a: Account) -> Usd:
    return sum(a.words("borrow_usd_wad", *FILLS, *LIQUIDATIONS), NONE)


@of("mint_fee_usd", WORDS)
def _mint_fee(a: Account) -> Usd:
    return sum((_fee_of_pool(c) for c in a.story.of("mint", "execute_entry") if not is_swap(c)), NONE)


@of("redeem_fee_usd", WORDS)
def _redeem_fee(a: Account) -> Usd:
    return sum((_fee_of_pool(c) for c in a.story.of("redeem", "execute_exit")), NONE)


@of("swap_fee_usd", WORDS)
def _swap_fee(a: Account) -> Usd:
    return sum((_fee_of_pool(c) for c in a.story.of("swap", "execute_entry") if is_swap(c)), NONE)


@of("liquidation_fee_usd", WORDS)
def _liquidation_fee(a: Account) -> Usd:
    return sum(a.words("fee_usd_wad", *LIQUIDATIONS), NONE)


@of("fees_usd", WORDS)
def _fees(a: Account) -> Usd:
    return sum(
        (SUMS[f"{name}_fee_usd"](a) for name in ("trade", "borrow", "mint", "redeem", "swap", "liquidation")), NONE
    )


@of("protocol_fee_usd", STATE)
def _protocol_fee(a: Account) -> Usd:
    gained = [now - then for now, then in zip(a.last.treasury, a.first.treasury, strict=True)]
    return a.worth(gained, a.last)


@of("penalty_usd", WORDS)
def penalty(a: Account) -> Usd:
    return sum(a.words("penalty_usd_wad", *LIQUIDATIONS), NONE)
