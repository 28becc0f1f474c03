"""Second futures of a bankruptcy whose loss an index takes from winners, beside one who lost and comes again."""

from __future__ import annotations

from sim.fuzz.facts import OK, WAD
from sim.fuzz.probes.exits import believe
from sim.fuzz.probes.positions import fund, idle_in
from sim.fuzz.properties import Lab, expect, probes
from sim.fuzz.reckon import HAIRCUT_ROUNDING_WEI, closing_price, pnl_down
from sim.fuzz.trading import trade

#: Where the loser buys, and where the account is liquidated that was bankrupt there already; per mille of the price.
_TOP, _END = 120, 90
#: Of the pool's value: what the account that goes bankrupt is short of.
_PART = 64


def _moved(lab: Lab, m: int, per_mille: int) -> tuple[int, ...]:
    """The venues' prices, with a market's moved."""
    feed = lab.facts.markets[m].feed
    return tuple(price * (1_000 + per_mille) // 1_000 if f == feed else price for f, price in enumerate(lab.truth))


@probes(
    "AD-18",
    "M",
    "where an account goes bankrupt the winners of the other side give its loss at once; who lost there gives nothing, "
    "and who opens afterwards owes nothing of it",
    every=2,
)
def _losers_and_newcomers_give_nothing(lab: Lab) -> bool:
    if not lab.facts.is_cut_by_index or lab.state.aum.status != OK:
        return False
    m = lab.turn % len(lab.facts.markets)
    sign = 1 - 2 * (lab.turn // len(lab.facts.markets) % 2)
    idle = [account for account in idle_in(lab, m) if not lab.state.open_orders[account]]
    # What somebody lost in another market is given there.
    poor = next((account for account in idle if not lab.state.health[account].notional), None)
    if poor is None or len(idle) < 3:
        return False
    winner, other = [account for account in idle if account != poor][:2]
    return _is_bankrupt(lab, m, sign, (poor, winner, other)) and _judge(lab, m, sign, (poor, winner, other))


def _is_bankrupt(lab: Lab, m: int, sign: int, accounts: tuple[int, int, int]) -> bool:
    """One goes bankrupt, another wins on it; a third comes at the top and loses before anybody is liquidated."""
    poor, winner, other = accounts
    arena, market = lab.arena, lab.facts.markets[m]
    if not all(fund(lab, account, market.assets[1]) for account in (winner, other)):
        return False
    size = max(lab.state.aum.low // _PART, 2 * market.min_position_usd_wad) * WAD // lab.state.prices[market.feed].high
    if not trade(lab, winner, m, sign * size).accepted:
        return False
    short = [size // n for n in (1, 2, 4, 8) if trade(lab, poor, m, -sign * size // n).accepted][:1]
    if not short or not believe(lab, _moved(lab, m, sign * _TOP)):
        return False
    if not trade(lab, other, m, sign * size).accepted or not believe(lab, _moved(lab, m, sign * _END)):
        return False
    return arena.reader.health(poor).equity < 0


def _judge(lab: Lab, m: int, sign: int, accounts: tuple[int, int, int]) -> bool:
    poor, winner, other = accounts
    arena = lab.arena
    before = arena.snapshot()
    side = 0 if sign > 0 else 1
    price = closing_price(lab.facts, before.prices, m, side)
    won = [pnl_down(abs(p.size), p.booked, price, side) for p in (before.positions[a][m] for a in (winner, other))]
    if won[0] <= 0 or won[1] >= 0:
        return False  # where trades are requested the venues may have gone back meanwhile
    call = arena.call("liquidate", "keepers", poor, lab.facts.keeper_ids[0])
    if not call.accepted or call.returns["bad_debt_usd"] <= WAD:
        return False  # insurance paid it
    after = arena.snapshot()
    given = after.losses.given[m][side] - before.losses.given[m][side]
    expect(given > 0, "{} were lost, nobody gave", call.returns["bad_debt_usd"])
    gave = {account: row[m].given - before.positions[account][m].given for account, row in after.positions.items()}
    apart = abs(sum(usd for account, usd in gave.items() if account != poor) - given)
    expect(apart <= len(gave) * HAIRCUT_ROUNDING_WEI, "{} was given, winners owe {} apart", given, apart)
    expect(gave[winner] > HAIRCUT_ROUNDING_WEI, "the winner gave {} of {}", gave[winner], given)
    expect(gave[other] <= HAIRCUT_ROUNDING_WEI, "the loser gave {} of {}", gave[other], given)
    # Back where the winner came: who opens there now has no part in it.
    if not trade(lab, other, m, -after.positions[other][m].size).accepted or not believe(lab, lab.truth):
        return True
    if trade(lab, other, m, after.positions[other][m].size).accepted:
        owes = arena.reader.position(other, m).given
        expect(owes == 0, "who opened afterwards owes {} of {}", owes, given)
    return True
