"""A liquidation toward a target closes the least that reaches it: against exact fractions, in every mix of markets."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction as F
from math import isqrt
from random import Random
from types import SimpleNamespace

import pytest
from contracts.bare import WAD
from contracts.restoring import Impact, Margin, World, gain_per_usd
from contracts.stage import ALICE, BOB, BTC, BTC_1, CAROL, ETH, KEEPER, PRICES_USD, SOL_1, USDC, USDC_1, YEAR_S, Stage

FLAT = "policies/margin/FlatMargin.vy"
RESTORE = "policies/liquidation/RestoreMargin.vy"
MAINTENANCE = (F(3, 100), F(5, 100), F(8, 100))
BPS = F(1, 10_000)
MILLION = 10**6 * WAD


@dataclass(frozen=True)
class Rule:
    """A policy, and its formula."""

    source: str
    arguments: tuple
    formula: Margin | Impact


def _flat(notionals: dict[int, F]) -> F:
    return max(sum(MAINTENANCE[m] * usd for m, usd in notionals.items()), F(40)) if notionals else F(0)


def _open_interest(notionals: dict[int, F]) -> F:
    return sum((F(4, 10) * MAINTENANCE[m] * 2 * usd for m, usd in notionals.items()), F(0))


def _square_root(notionals: dict[int, F]) -> F:
    total = F(0)
    for m, usd in notionals.items():
        root = F(isqrt(int(usd * 10**40)), 10**20)
        total += usd * max(MAINTENANCE[m], MAINTENANCE[m] * F(8, 10) + root / 10_000)
    return total


def _tiers(notionals: dict[int, F]) -> F:
    """2.5 % up to 20,000 USD, 5 % of what is above, 10 % of what is above 60,000."""
    return sum(
        (usd / 40 + max(usd - 20_000, F(0)) / 40 + max(usd - 60_000, F(0)) / 20 for usd in notionals.values()), F(0)
    )


def _no_impact(m: int, base: F, sold: F, net: F) -> F:
    return base


def _skew(m: int, base: F, sold: F, net: F) -> F:
    """Better prices have no pool to be paid from."""
    moved = base * (net + net - sold * base) / (2 * 20_000_000)
    return base + (min(moved, F(0)) if sold > 0 else max(moved, F(0)))


def _power(m: int, base: F, sold: F, net: F) -> F:
    after = net - sold * base
    near = (net < 0) == (after < 0) and abs(after) < abs(net)
    paid = F(9, 10**9 if not near else 3 * 10**9) * after**2
    cost = paid - F(9, 10**9 if abs(after) >= abs(net) and (net < 0) == (after < 0) else 3 * 10**9) * net**2
    moved = min(max(cost, F(0)) / abs(sold), base * 100 * BPS)
    return base - moved if sold > 0 else base + moved


def _linear(m: int, base: F, sold: F, net: F) -> F:
    """A basis point more with every 20,000 USD begun."""
    moved = base * BPS * -(-abs(sold) * base // 20_000)
    return base - moved if sold > 0 else base + moved


MARGINS = {
    "flat": Rule("FlatMargin", ([1_000] * 8, [300, 500, 800, *[500] * 5], 40 * WAD), _flat),
    "open interest": Rule(
        "OpenInterestMargin", ([600, 1_000, 1_600, *[1_000] * 5], [4_000] * 8, [0] * 8, [0] * 8), _open_interest
    ),
    "square root": Rule(
        "SquareRootMargin", ([1_000] * 8, [300, 500, 800, *[500] * 5], [WAD // 10_000] * 8), _square_root
    ),
    "step tiers": Rule("StepTierMargin", ([[0, 20_000 * WAD, 60_000 * WAD]] * 8, [[20, 10, 5]] * 8), _tiers),
}
IMPACTS = {
    "none": Rule("NoImpact", (), _no_impact),
    "skew": Rule("SkewScaleImpact", ([20 * MILLION] * 8, 1_000), _skew),
    "power": Rule("PowerImpact", ([3 * 10**9] * 8, [9 * 10**9] * 8, 2, 2, 50, 100), _power),
    "linear": Rule("LinearWindowImpact", ([200 * MILLION] * 8, [1_000 * MILLION] * 8, 1, 1, 1_000), _linear),
}


class Story:
    """Alice has some positions, and has been liquidated for the first time."""

    def __init__(
        self,
        seed: int,
        margin: Rule,
        impact: Rule,
        settlement: str,
        markets: int | None = None,
        is_capped: bool = False,
    ) -> None:
        self.rng = Random(seed)
        self.stage = Stage(
            f"funding_settlement={settlement}",
            "borrow_rate.rate_at_full_per_year=0.5",
            *(f"market.{symbol}.trade_fee_bps=7" for symbol in ("BTC", "ETH", "SOL")),
            *(f"asset.{symbol}.haircut=0.{n}" for symbol, n in (("BTC", 4), ("ETH", 1), ("SOL", 2))),
        )
        stage, rng = self.stage, self.rng
        stage.fill("funding_rate", "policies/funding_rate/SkewLinearFunding.vy", 3 * WAD // YEAR_S)
        stage.fill("margin", f"policies/margin/{margin.source}.vy", *margin.arguments)
        stage.fill("price_impact", f"policies/price_impact/{impact.source}.vy", *impact.arguments)
        self.target = 1 + F(rng.choice((0, 10, 50, 100)), 100)
        fee, penalty, keeper = rng.randrange(20), rng.randrange(20), rng.randrange(10)
        flat = rng.randrange(3)
        buffer = int((self.target - 1) * WAD)
        stage.fill("liquidation", RESTORE, buffer, WAD, 50 * WAD, fee, penalty, keeper, flat * WAD, False)
        charges = (fee * BPS, penalty * BPS, keeper * BPS, F(flat))
        stage.seed(100 * BTC_1, 2_000 * WAD, 50_000 * SOL_1, 5_000_000 * USDC_1)
        self._open(markets or rng.randint(1, 3))
        for m in range(3) if is_capped else ():  # on a side's profit, at a two-thousandth of what backs it
            stage.change_market(m, max_profit_share_wad=WAD // 2_000)
        self._fall()
        mark = stage.chain.snapshot(0)
        stage.market.send("assess", ALICE, by="stranger")
        self.before = World(stage, margin.formula, impact.formula, charges).account(ALICE)
        stage.chain.revert(0, mark)
        self.result: SimpleNamespace = stage.liquidate(ALICE)
        self.health = stage.market.read("health", ALICE)
        self.closed = {
            m: abs(held.size) - F(abs(stage.market.read("positions", ALICE, m).size_wad), WAD)
            for m, held in self.before.held.items()
        }

    def _open(self, markets: int) -> None:
        stage, rng = self.stage, self.rng
        stage.deposit(ALICE, USDC, 200_000 * USDC_1)
        for account in (BOB, CAROL):
            stage.deposit(account, USDC, 900_000 * USDC_1)
        for m in rng.sample(range(3), markets):
            usd = rng.choice((5_000, 15_000, 40_000, 90_000))
            sign = rng.choice((1, -1))
            stage.trade(BOB, m, -sign * int(usd * rng.choice((2, 5)) * WAD / PRICES_USD[m]))
            stage.trade(ALICE, m, sign * int(usd * WAD / PRICES_USD[m]))
        stage.advance(rng.choice((0, 5)) * 86_400)
        short = stage.market.read("positions", ALICE, ETH).size_wad < 0  # of ether, it would be her hedge
        if rng.random() < 0.5 and not short:  # some of what is left is ether, of which nine tenths count
            stage.deposit(ALICE, ETH, rng.randrange(1, 4) * WAD)
        health = stage.market.read("health", ALICE)
        take = min((health.free - health.initial) // 10**12 - 1, stage.collateral(ALICE))
        stage.market.send("withdraw_collateral", ALICE, USDC, take, stage.address("trader"), by="trader")

    def _fall(self) -> None:
        stage, rng = self.stage, self.rng
        held = [m for m in range(3) if stage.market.read("positions", ALICE, m).size_wad]
        drift = {m: rng.choice((1, 1, 1, 2, -1) if len(held) > 1 else (1,)) for m in held}
        usd = [price * WAD for price in PRICES_USD]
        for step in range(900):
            drift = drift if step < 100 else dict.fromkeys(held, 1)  # what helped her for a while does so no more
            for m in held:
                against = -1 if stage.market.read("positions", ALICE, m).size_wad > 0 else 1
                usd[m] += against * drift[m] * usd[m] // 800
                stage.price(m, usd[m], spread=usd[m] // 10_000)
            health = stage.market.read("health", ALICE)
            if health.equity < health.maintenance:
                return
        raise AssertionError("Alice is well")

    def is_whole(self, m: int) -> bool:
        return self.closed[m] == abs(self.before.held[m].size)

    def redone(self, sizes: dict[int, F]) -> F:
        """Distance from the target after these closes, one after the other."""
        state = self.before
        for m, size in sizes.items():
            after = state.close(m, size)
            assert after is not None
            state = after
        return state.charged().gap(self.target)


SETTLEMENTS = ("other_side", "per_unit")


@pytest.mark.parametrize("impact", IMPACTS.values(), ids=IMPACTS)
@pytest.mark.parametrize("margin", MARGINS.values(), ids=MARGINS)
class TestEveryMix:
    """One to three markets, long and short, collateral with and without a haircut, funding and fees owed and earned."""

    @pytest.mark.parametrize("seed", range(8))
    def test_the_target_is_reached_and_no_smaller_close_would_have_done(
        self, seed: int, margin: Rule, impact: Rule
    ) -> None:
        story = Story(seed, margin, impact, SETTLEMENTS[seed // 4])
        health, closed = story.health, {m: size for m, size in story.closed.items() if size}
        assert not story.result.is_full
        ratio = F(health.equity, health.maintenance)
        assert story.target * (1 - BPS / 10) <= ratio <= story.target * (1 + BPS), float(ratio)
        (part,) = (m for m in closed if not story.is_whole(m))  # the last one
        order = {m: closed[m] for m in closed if m != part} | {part: closed[part]}
        assert abs(story.redone(order)) < story.target * F(health.maintenance, WAD) * BPS
        order[part] *= 1 - 5 * BPS
        assert story.redone(order) < 0

    @pytest.mark.parametrize("seed", range(100, 103))
    def test_the_position_of_which_a_dollar_does_most_comes_first(self, seed: int, margin: Rule, impact: Rule) -> None:
        story = Story(seed, margin, impact, SETTLEMENTS[seed % 2], markets=3)
        gains = {m: gain_per_usd(story.before, m, story.target) for m in story.before.held}
        best = max(gains.values())
        assert any(story.closed[m] > 0 for m in gains if gains[m] >= best - abs(best) / 1_000), gains


@pytest.mark.parametrize("seed", [1, 33, 56, 68, 104, 105])
def test_a_cap_on_profits_that_the_close_itself_moves_is_no_reason_to_miss_it(seed: int) -> None:
    margin, impact = (list(rules.values())[n % 4] for rules, n in ((MARGINS, seed), (IMPACTS, seed // 4)))
    story = Story(3_000 + seed, margin, impact, SETTLEMENTS[seed // 16 % 2], is_capped=True)
    exposures = [story.stage.market.read("exposure", m) for m in range(3)]
    assert any(pnl > backing // 2_000 for e in exposures for pnl, backing in zip(e.pnl, e.backing, strict=True))
    ratio = F(story.health.equity, story.health.maintenance)
    assert story.target * (1 - BPS / 10) <= ratio <= story.target * (1 + BPS / 10), float(ratio)


def two_markets(deposit_usd: int, bitcoin_bps: int = 100, minimum_usd: int = 0) -> Stage:
    """Alice is long 1 BTC of 50,000 and 10 ETH of 1,900, on which she has lost 6,000; ether requires 10 %."""
    stage = Stage()
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, deposit_usd * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(ALICE, ETH, 10 * WAD)
    stage.fill("margin", FLAT, [1_000] * 8, [bitcoin_bps, 1_000, *[200] * 6], minimum_usd * WAD)
    stage.price(ETH, 1_900 * WAD)
    return stage


def restored(stage: Stage, target: str, fee_bps: int = 0, close_factor: str = "1") -> tuple[bool, float, float, float]:
    """Liquidate toward a target: (whether whole, BTC and ETH left, equity / requirement)."""
    buffer, factor = int((F(target) - 1) * WAD), int(F(close_factor) * WAD)
    stage.fill("liquidation", RESTORE, buffer, factor, 0, fee_bps, 0, 0, 0, False)
    result, health = stage.liquidate(ALICE), stage.market.read("health", ALICE)
    bitcoin, ether = (stage.market.read("positions", ALICE, m).size_wad / WAD for m in (BTC, ETH))
    return result.is_full, bitcoin, ether, health.equity / max(health.maintenance, 1)


def near(*values: float) -> object:
    return pytest.approx((False, *values), rel=2e-6)


def test_a_small_position_with_a_large_requirement_goes_before_a_large_one() -> None:
    """2,370 of 2,400; one and a half times the requirement is reached by 8,200 USD of ether, never by bitcoin alone."""
    assert restored(two_markets(8_370), "1.5") == near(1, 10_800 / 1_900, 1.5)


def test_what_one_position_cannot_reach_the_next_one_does() -> None:
    """1,500 of 2,900: without ether 1,000 is required, twice 750 without a quarter of the bitcoin."""
    assert restored(two_markets(7_500, 200), "2") == near(0.75, 0, 2)


def test_a_position_whose_close_costs_more_than_it_frees_is_left_alone() -> None:
    """A fee of 2 % is twice what bitcoin frees: 2,370 - 270 is twice 1,050 after 13,500 USD of ether."""
    assert restored(two_markets(8_370), "2", 200) == near(1, 5_500 / 1_900, 2)


def test_what_no_part_restores_closes_whole() -> None:
    """The requirement of any position is 2,000: only without one is nothing required."""
    assert restored(two_markets(8_370, minimum_usd=2_000), "2")[1:3] == (0, 0)


def test_of_each_position_no_more_goes_at_a_time_than_the_close_factor() -> None:
    """2,370 of 1,800 afterwards, and healthy."""
    assert restored(two_markets(8_370), "2", close_factor="0.25") == near(0.75, 7.5, 2_370 / 1_800)


def test_a_loss_that_collateral_cannot_pay_waits_for_the_profit_of_another_position() -> None:
    """Bitcoin has lost 9,000 of 8,500, ether has won 2,000: a part of either, and nobody lacks anything."""
    stage = Stage()
    stage.seed(10 * BTC_1, 200 * WAD, 0, 500_000 * USDC_1)
    stage.deposit(ALICE, USDC, 8_500 * USDC_1)
    stage.trade(ALICE, BTC, WAD)
    stage.trade(ALICE, ETH, -10 * WAD)
    stage.fill("margin", FLAT, [1_000] * 8, [500, 100, *[200] * 6], 0)
    stage.price(BTC, 41_000 * WAD)
    stage.price(ETH, 2_300 * WAD)  # 1,500 of 2,050 + 230
    whole, bitcoin, _, ratio = restored(stage, "2")
    assert (whole, ratio) == (False, pytest.approx(2, rel=2e-6))
    assert bitcoin < 1


@pytest.mark.parametrize("target_wad", [WAD - 1, 10 * WAD + 1, 2**255 - 1])
def test_a_target_below_the_requirement_or_beyond_ten_times_it_is_refused(target_wad: int) -> None:
    stage = two_markets(8_370)
    stage.rude("liquidation", 0, WAD, 0, 0, 0, 0, 0, 0, 0, 0, 0, target_wad)
    assert stage.liquidator.refusal("liquidate", ALICE, KEEPER, by="keeper") == "POLICY_BAD_PLAN"


@pytest.mark.parametrize("target", [1, 10])
def test_any_target_between_is_reached(target: int) -> None:
    stage = two_markets(8_370)
    stage.rude("liquidation", 0, WAD, 0, 0, 0, 0, 0, 0, 0, 0, 0, target * WAD)
    stage.liquidate(ALICE)
    health = stage.market.read("health", ALICE)
    assert health.equity / health.maintenance == pytest.approx(target, rel=2e-6)
