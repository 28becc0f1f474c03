"""What is open when, and what a call may be refused for: AC, LV-05."""

from __future__ import annotations

from sim.chain.failures import OK as ACCEPTED
from sim.chain.failures import PANIC, name_of
from sim.fuzz.arena import Call
from sim.fuzz.facts import HALTED, INSURANCE, NORMAL, OK, PAUSED, REDUCE_ONLY, WIDE
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import concerns, side_of, status_of
from sim.fuzz.snapshot import Snapshot

#: Gate -> (worst status, worst mode, bit of the circuit breaker that closes it): the table of the design document.
GATES: dict[str, tuple[int, int, int | None]] = {
    "mint": (OK, NORMAL, 0),
    "redeem": (OK, REDUCE_ONLY, 1),
    "swap": (OK, NORMAL, 2),
    "increase": (OK, NORMAL, 3),
    "decrease": (WIDE, PAUSED, None),
    "withdraw": (OK, REDUCE_ONLY, 5),
    "withdraw free": (HALTED, REDUCE_ONLY, None),
    "claim": (WIDE, PAUSED, None),
    "liquidate": (WIDE, REDUCE_ONLY, None),
    "deposit": (WIDE, PAUSED, None),
    "deleverage": (WIDE, REDUCE_ONLY, None),
}


def gate_of(step: Step, call: Call) -> tuple[str, int] | None:
    """The gate that a call goes through, and the status that counts there; None where there is no gate."""
    call = step.entry() or call
    given, state, facts = call.arguments, step.before, step.facts
    match call.verb:
        case "mint" | "redeem":
            price = state.prices[facts.assets[given["k"]].feed]
            return call.verb, max(state.aum.status, price.status)
        case "swap":
            prices = [state.prices[facts.assets[given[name]].feed].status for name in ("k", "j")]
            return "swap", max(state.aum.status, *prices)
        case "trade":
            position = state.positions[given["account"]][given["m"]]
            grows = position.size * given["size"] >= 0
            side = int(position.size < 0 if position.size else given["size"] < 0)
            return "increase" if grows else "decrease", status_of(facts, state.prices, given["m"], side)
        case "withdraw_collateral" | "transfer_collateral":
            health = state.health.get(given["account"])
            if health is None or not health.notional:
                return "withdraw free", OK
            return "withdraw", health.status
        case "claim_funding":
            return "claim", state.prices[facts.assets[facts.markets[given["m"]].assets[1]].feed].status
        case "liquidate":
            # What has no price stands aside: the others are liquidated.
            held = [(m, p) for m, p in enumerate(state.positions[given["account"]]) if p.size]
            return "liquidate", min((status_of(facts, state.prices, m, side_of(p)) for m, p in held), default=OK)
        case "unwind":
            position = state.positions[INSURANCE][given["m"]]
            return "liquidate", status_of(facts, state.prices, given["m"], side_of(position)) if position.size else OK
        case "deleverage":
            return "deleverage", status_of(facts, state.prices, given["m"], given["side"])
        case "deposit_collateral":
            holder = state.health.get(given["account"])
            if holder is None or not holder.notional:
                return None
            return "deposit", state.prices[facts.assets[given["k"]].feed].status
    return None


def _closed(state: Snapshot, m: int | None) -> int:
    """Bitmap of verbs that circuit breakers close: of one market, or of all."""
    if m is not None:
        return state.clocks[m].closed
    total = 0
    for clock in state.clocks:
        total |= clock.closed
    return total


def _closing(step: Step, call: Call, gate: str) -> int:
    """Bitmap of the verbs that the circuit breakers close which concern a gate."""
    state, facts = step.after, step.facts
    total = 0
    if gate == "withdraw":  # what an account is not in does not concern it
        for clock, position in zip(state.clocks, step.before.positions[call.arguments["account"]], strict=True):
            total |= clock.closed if position.size else 0
        return total
    if gate not in ("mint", "redeem", "swap"):
        return _closed(state, call.arguments["m"] if gate == "increase" else None)
    for m, clock in enumerate(state.clocks):
        total |= clock.closed if concerns(facts, state, m) else 0
    return total


@holds("AC-08", "P", "a verb is open where the table of statuses, modes and circuit breakers says so, and nowhere else")
def _open_where_the_table_says(step: Step) -> bool:
    call = step.call
    found = None if call is None else gate_of(step, call)
    if call is None or found is None:
        return False
    gate, status = found
    worst_status, worst_mode, bit = GATES[gate]
    mode = step.before.aum.mode
    # The call itself brought the markets to now: only the state after it tells which circuit breakers counted.
    closed = _closing(step, call, gate) if call.accepted else 0
    shut = closed >> bit & 1 if bit is not None else 0
    if call.accepted:
        is_open = status <= worst_status and mode <= worst_mode and not shut
        expect(is_open, "accepted: {}, status {}, mode {}, circuit {}", gate, status, mode, closed)
    reason = name_of(call.status)
    if reason == "ACCESS_CLOSED_BY_MODE":
        expect(mode > worst_mode or _may_be_the_target(call, mode), "refused in mode {}: {}", mode, gate)
    return mode > NORMAL or closed > 0 or status > OK or reason == "ACCESS_CLOSED_BY_CIRCUIT"


def _may_be_the_target(call: Call, mode: int) -> bool:
    return call.verb == "transfer_collateral" and mode == PAUSED


@holds("OR-10", "P", "a circuit breaker closes what adds risk, mint and redeem; it never closes the way out")
def _circuits_leave_the_way_out(step: Step) -> bool:
    closable = sum(1 << bit for _, _, bit in GATES.values() if bit is not None)
    closed = _closed(step.after, None)
    expect(closed & ~closable == 0, "closes {:b}", closed)
    call = step.call
    if call is None or not closed:
        return False
    expect(name_of(call.status) != "ACCESS_CLOSED_BY_CIRCUIT" or call.verb in _CIRCUIT, "{} is closed", call.verb)
    if call.verb == "trade" and not call.accepted and name_of(call.status) == "ACCESS_CLOSED_BY_CIRCUIT":
        position = step.before.positions[call.arguments["account"]][call.arguments["m"]]
        expect(position.size * call.arguments["size"] >= 0, "closing is closed: {}", position)
    return True


_CIRCUIT = {
    *("mint", "redeem", "execute_exit", "swap", "trade", "withdraw_collateral", "transfer_collateral"),
    *("place", "execute"),
}
_PRICE = {"PRICE_WIDE", "PRICE_HALTED"}
_GATE = _PRICE | {"ACCESS_CLOSED_BY_MODE", "ACCESS_CLOSED_BY_CIRCUIT"}
_AMOUNT = {"ASSET_NOTHING_TO_MOVE"}
_FEE = {"POOL_WEIGHT_BAND", "POLICY_FEE_TOO_HIGH", "POOL_PROFIT_CAPPED"}
_TAKES = _GATE | _AMOUNT | {"ACCOUNT_TOO_LITTLE_COLLATERAL", "MARGIN_BELOW_INITIAL"}
_TRADES = _GATE | {
    "TRADE_NOTHING",
    "TRADE_PRICE_TOO_HIGH",
    "TRADE_PRICE_TOO_LOW",
    "TRADE_POSITION_TOO_SMALL",
    "TRADE_OPEN_INTEREST_CAP",
    "TRADE_ACCOUNT_CAP",
    "TRADE_LOSS_UNPAID",
    "TRADE_BY_ORDER_ONLY",
    "POOL_RESERVED",
    "POLICY_IMPACT_TOO_HIGH",
    "MARGIN_BELOW_INITIAL",
}
_SET_ASIDE = {"ORDER_REWARD_TOO_SMALL", "ORDER_STAKE_TOO_SMALL"}
_LOCKS = {"SHARES_LOCKED", "POOL_REDEEM_LIMIT", "SHARES_BALANCE_TOO_LOW"}
#: Named refusals that each verb may give here: every id is listed, every actor is who it says.
REFUSALS: dict[str, set[str]] = {
    "mint": _GATE
    | _AMOUNT
    | _FEE
    | {"SHARES_TOO_FEW", "POOL_CAP", "POOL_WORTHLESS", "POOL_AUM_CAP", "ENTRY_BY_REQUEST"},
    "redeem": _GATE | _FEE | _LOCKS | {"TOKENS_TOO_FEW", "POOL_RESERVED", "EXIT_BY_REQUEST"},
    "request_exit": _LOCKS | {"SHARES_TOO_FEW", "REQUEST_STANDS"},
    "execute_exit": _GATE | {"REQUEST_UNKNOWN", "REQUEST_TOO_SOON"},
    "request_mint": {"ENTRY_TOO_SMALL", "PRICE_HALTED", "REQUEST_STANDS"},
    "request_swap": {"ENTRY_TOO_SMALL", "PRICE_HALTED", "REQUEST_STANDS", "SWAP_SAME_ASSET"},
    "execute_entry": {"REQUEST_UNKNOWN", "REQUEST_TOO_SOON"},
    "swap": _GATE
    | _AMOUNT
    | _FEE
    | {"TOKENS_TOO_FEW", "POOL_CAP", "POOL_RESERVED", "SWAP_SAME_ASSET", "ENTRY_BY_REQUEST"},
    "deposit_collateral": _AMOUNT | {"PRICE_HALTED"},
    "withdraw_collateral": _TAKES,
    "transfer_collateral": _TAKES,
    "trade": _TRADES,
    "claim_funding": {"CLAIM_NOTHING", "PRICE_HALTED"},
    "liquidate": {
        "LIQUIDATION_HEALTHY",
        "LIQUIDATION_ORDERS_FIRST",
        "PRICE_HALTED",
        "ACCESS_CLOSED_BY_MODE",
    },
    "unwind": {"UNWIND_NOTHING", "PRICE_HALTED", "ACCESS_CLOSED_BY_MODE"},
    "deleverage": {
        "DELEVERAGE_NOT_TRIGGERED",
        "DELEVERAGE_NO_WINNER",
        "DELEVERAGE_NOT_ASCENDING",
        "DELEVERAGE_NOT_ALL",
        "PRICE_HALTED",
        "ACCESS_CLOSED_BY_MODE",
    },
    "place": _TAKES | {"ORDER_TOO_MANY", "ORDER_BAD_TERMS", "ORDER_MUST_REDUCE"} | _SET_ASIDE,
    "cancel": {"ORDER_UNKNOWN", "ORDER_TOO_SOON", "ACCESS_CLOSED_BY_MODE"},
    "execute": _TRADES
    | {"ORDER_UNKNOWN", "ORDER_EXPIRED", "ORDER_PRICE_TOO_OLD", "ORDER_NOT_TRIGGERED", "ORDER_NOTHING_TO_REDUCE"},
    "release": {"ORDER_UNKNOWN", "ORDER_ACCOUNT_HEALTHY", "ACCESS_CLOSED_BY_MODE"},
    "report": set(),
}


_GIVES = ("mint", "swap", "request_mint", "request_swap", "deposit_collateral")


def _is_token_refusal(step: Step) -> bool:
    """The allowed panic: the mock token's own subtraction, where the sender has fewer tokens than it is to give."""
    call = step.call
    if call is None or call.verb not in _GIVES:
        return False
    return step.before.tokens[call.arguments["k"]][call.actor + 1] < call.arguments["amount"]


@holds("LV-05", "P", "a call is refused for a reason that its verb may give, and a refused call changes nothing")
def _refused_with_a_reason(step: Step) -> bool:
    call = step.call
    if call is None or call.status == ACCEPTED:
        return False
    if call.status == PANIC:
        expect(_is_token_refusal(step), "reverted without a code")
    else:
        expect(name_of(call.status) in REFUSALS[call.verb], "{} is not a refusal of this verb", name_of(call.status))
    expect(step.before == step.after, "a refused call changed the state")
    return True


@holds("AC-09", "P", "a list of winners with one named twice, out of order or empty is refused; a full one is taken")
def _lists_are_checked(step: Step) -> bool:
    call, goal = step.tried("deleverage"), step.foresight.goal
    if call is None or goal is None:
        return False
    named = [value for name, value in call.arguments.items() if name.startswith("candidate")]
    listed = named[: named.index(0)] if 0 in named else named
    is_ascending = listed == sorted(set(listed))
    expect(not call.accepted or (is_ascending and bool(listed)), "accepted {}", listed)
    if not is_ascending and goal.needed_usd and call.status != ACCEPTED:
        expect(name_of(call.status) in ("DELEVERAGE_NOT_ASCENDING", *_GATE), "{} for {}", name_of(call.status), listed)
    return not is_ascending or not listed or len(listed) == len(named)
