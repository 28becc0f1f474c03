"""What happened in a run, in words: so that a recount of nothing is noticed."""

from __future__ import annotations

from recount.account import FILLS, LIQUIDATIONS, Account, is_swap
from recount.instants import INSURANCE
from recount.of_market import ARBITRAGEUR
from recount.worth import Worth

WIDE, HALTED = 1, 2  # of prices
EXECUTED, RETURNED = 0, 1  # outcomes of requests


def facts(account: Account) -> dict[str, bool]:
    """Of the steps; the opening is not counted."""
    return _of_liquidations(account) | _of_deleveraging(account) | _at_the_pool(account) | _of_people(account)


def _of_liquidations(account: Account) -> dict[str, bool]:
    calls = list(account.story.of(*LIQUIDATIONS))
    told = [call.row.answer for call in calls]
    taken_over = [each for each in told if each["assigned_usd_wad"] > 0]
    return {
        "liquidated in full": any(each["is_full"] for each in told),
        "liquidated in part": any(not each["is_full"] for each in told),
        "liquidated in part, then again": len({c.row.arguments["account"] for c in calls}) < len(calls),
        "liquidated without need": any(call.would_stand for call in calls),
        "liquidation without room": account.late_liquidations > 0,
        "forfeit": any(each["forfeited_usd_wad"] > 0 for each in told if each["assigned_usd_wad"] == 0),
        "taken over with margin": any(each["forfeited_usd_wad"] > 0 for each in taken_over),
        "charged more than it had": any(
            each["reward_usd_wad"] + each["penalty_usd_wad"] + each["fee_usd_wad"] > max(each["equity_usd_wad"], 0)
            for each in told
        ),
        "paid by insurance": any(each["insured_usd_wad"] > 0 for each in told),
        "bad debt": any(each["bad_debt_usd_wad"] > 0 for each in told),
        "bad debt that no liquidation told": account.last.lost - account.first.lost
        > sum(each["bad_debt_usd_wad"] for each in told) / 10**18 + 1,
    }


def _of_deleveraging(account: Account) -> dict[str, bool]:
    told = [call.row.answer for call in account.story.of("deleverage")]
    return {
        "positions of insurance at the start": _has_positions(account.story.start.worths[INSURANCE]),
        "unwound": any(call.row.answer > 0 for call in account.story.of("unwind")),
        "deleveraged": any(each["closed_usd_wad"] > 0 for each in told),
        "cut by a list": any(each["is_haircut"] and each["taken_usd_wad"] > 0 for each in told),
        "cut by an index": account.story.end.given > account.story.start.given,
    }


def _at_the_pool(account: Account) -> dict[str, bool]:
    entries = [(call, call.row.answer[3]) for call in account.story.of("execute_entry")]
    swaps = {outcome for call, outcome in entries if is_swap(call)}
    mints = {outcome for call, outcome in entries if not is_swap(call)}
    return {
        "minted": any(account.story.of("mint")),
        "minted by request": EXECUTED in mints,
        "redeemed": any(account.story.of("redeem")),
        "redeemed by request": any(c.row.answer[2] == EXECUTED for c in account.story.of("execute_exit")),
        "swapped": any(account.story.of("swap")),
        "swapped by request": EXECUTED in swaps,
        "request returned": RETURNED in swaps | mints,
        "arbitrage by request": any(call.who == ARBITRAGEUR for call in account.story.of("request_swap")),
        "arbitrage that waits at the end": account.story.standing["amount"] > 0,
    }


def _of_people(account: Account) -> dict[str, bool]:
    statuses = {status for now in account.story.instants for status in now.status}
    return {
        "traded at once": any(account.story.of(FILLS[0])),
        "traded by order": any(account.story.of(FILLS[1])),
        "collateral in": any(account.story.of("deposit_collateral")),
        "collateral out": any(account.story.of("withdraw_collateral")),
        "refused": any(row.step >= 0 for row in account.story.refused),
        "the last calls change the pool": account.last.value != account.story.instants[-2].value,
        "price wide": WIDE in statuses,
        "price halted": HALTED in statuses,
    }


def _has_positions(worth: Worth) -> bool:
    return worth.usd != worth.collateral
