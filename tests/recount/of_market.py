"""Prices, open interest, arbitrage, and those who keep the pool going."""

from __future__ import annotations

from fractions import Fraction

from recount.account import COUNT, LIQUIDATIONS, NONE, SHARE, STATE, WORDS, Account, is_swap, of
from recount.instants import Usd
from recount.story import Noted

OK, HALTED = 0, 2  # of prices
POSTPONED = 3  # outcome of a request: it waits on
ARBITRAGEUR = "arbitrageur"


@of("weight_distance_pct", SHARE)
def _weight_distance(a: Account) -> Fraction:
    far = []
    for now in a.column:
        values = [held * now.mid[asset.feed] for held, asset in zip(now.pool, a.story.assets, strict=True)]
        off = (abs(v / sum(values, NONE) - asset.weight) for v, asset in zip(values, a.story.assets, strict=True))
        far.append(float(sum(off, NONE) / 2))
    return 100 * Fraction(sum(far) / len(far))


@of("oracle_error_bps", SHARE)
def _oracle_error(a: Account) -> Fraction:
    errors = [
        float(abs(mid / true - 1))
        for now, truth in zip(a.column, a.outside.true_usd[: a.story.steps], strict=True)
        for mid, status, true in zip(now.mid, now.status, truth, strict=True)
        if status != HALTED
    ]
    return 10_000 * Fraction(sum(errors) / len(errors))


@of("oracle_not_ok_pct", SHARE)
def _oracle_not_ok(a: Account) -> Fraction:
    statuses = [status for now in a.column for status in now.status]
    return 100 * Fraction(sum(status != OK for status in statuses), len(statuses))


@of("open_interest_peak_usd", STATE)
def _open_interest(a: Account) -> Usd:
    return max(now.open_interest for now in a.column)


@of("utilisation_peak_pct", SHARE)
def _utilisation(a: Account) -> Fraction:
    return 100 * max(now.open_interest / a.worth(now.pool, now) for now in a.column)


@of("reserved_peak_pct", SHARE)
def _reserved(a: Account) -> Fraction:
    return 100 * max(a.worth(now.reserved, now) / a.worth(now.pool, now) for now in a.column)


def _swaps(a: Account) -> list[Noted]:
    """The arbitrageur's swaps, at once or by request."""
    calls = a.story.of("swap", "execute_entry")
    return [call for call in calls if call.who == ARBITRAGEUR and is_swap(call)]


@of("arbitrage_loss_usd", STATE)
def _arbitrage_loss(a: Account) -> Usd:
    loss = NONE
    for call in _swaps(a):
        true = a.outside.true_usd[call.row.step]
        loss -= sum((came * true[asset.feed] for came, asset in zip(call.moved, a.story.assets, strict=True)), NONE)
    return loss


@of("arbitrageur_result_usd", STATE)
def _arbitrageur_result(a: Account) -> Usd:
    """Gives what he bought at the best ask, sells what he gets, or has back, at the best bid."""
    assets, bid, ask = a.story.assets, a.outside.bid_usd, a.outside.ask_usd
    result = NONE

    def of_units(units: int, k: int, usd: list[Usd]) -> Usd:
        return Fraction(units, assets[k].unit) * usd[assets[k].feed]

    for call in _swaps(a):
        step, told = call.row.step, call.row.answer
        if call.row.function == "swap":
            given, k, j = (call.row.arguments[name] for name in ("amount", "k", "j"))
            result += of_units(told[0], j, bid[step]) - of_units(given, k, ask[step])
        elif told[3] != POSTPONED:
            request = call.request or {}
            is_own = a.story.names[call.row.actor] == ARBITRAGEUR  # then the reward is his
            back = told[4] + request["reward"] * is_own
            result += of_units(told[1], request["j"], bid[step]) + of_units(back, request["k"], bid[step])
    for call in a.story.of("request_swap"):
        if call.who == ARBITRAGEUR:
            result -= of_units(call.row.arguments["amount"], call.row.arguments["k"], ask[call.row.step])
    waits = a.story.standing
    return result + of_units(waits["amount"] - waits["reward"], waits["k"], bid[a.story.steps - 1])


@of("keeper_reward_usd", WORDS)
def _keeper_reward(a: Account) -> Usd:
    return sum(a.words("reward_usd_wad", *LIQUIDATIONS), NONE)


@of("reverted_actions", COUNT)
def _reverted(a: Account) -> Fraction:
    return Fraction(len(a.story.refused))
