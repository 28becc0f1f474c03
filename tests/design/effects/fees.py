"""Weight fees and price impact: what moving a stated number of USD costs, in USD."""

from __future__ import annotations

from fractions import Fraction

import pytest
from design.effects.table import MILLION, MINT, SWAP, WAD, Case, effect, near, wad

from sim.workbench.bench import Bench

REFUSED = 2**255 - 1
TARGET_USD = 10_000 * MILLION
PRICE = 50_000


def fee_usd(
    case: Case, kind: int, before: float, delta_usd: float, *, increases: bool = True, stable: bool = False
) -> float:
    """What moving some USD of an asset costs; `before` is what the pool holds of it, in units of its target."""
    choice = case.design.policies["weight_fee"].parameters.get("stable_assets", ())
    k = case.design.asset_id(choice[0]) if stable else 0
    other = k if stable or kind != SWAP else case.design.asset_id("USDC") if len(case.design.assets) > 1 else 0
    current, target = wad(Fraction(str(before)) * TARGET_USD), wad(TARGET_USD)
    rate = case.policy.call("fee", kind, k, other, current, target, wad(delta_usd), increases)
    return float("inf") if rate == REFUSED else float(Fraction(rate, WAD) * Fraction(delta_usd))


def edge(case: Case) -> float:
    """Where the tax is as large as it gets: at the edge of the band, beyond the knee, or at twice the target."""
    known = case.design.policies["weight_fee"].parameters
    if "band" in known:
        return float(1 + known["band"])
    return float(1 + 2 * known["saturation"]) if "saturation" in known else 2.0


@effect(
    *("weight_fee.flat_fee.mint_redeem_fee_bps", "weight_fee.glp_tax.mint_redeem_fee_bps"),
    *("weight_fee.continuous_tax.mint_redeem_fee_bps", "weight_fee.banded_tax.fee_bps"),
)
def _minting_ten_thousand_dollars_at_the_target_costs_as_many_dollars(case: Case) -> None:
    assert fee_usd(case, MINT, 1, 10_000) == pytest.approx(case.value, abs=1e-4)


@effect(
    *("weight_fee.flat_fee.swap_fee_bps", "weight_fee.glp_tax.swap_fee_bps", "weight_fee.continuous_tax.swap_fee_bps")
)
def _swapping_ten_thousand_dollars_at_the_target_costs_as_many_dollars(case: Case) -> None:
    assert fee_usd(case, SWAP, 1, 10_000) == pytest.approx(case.value, abs=1e-4)


@effect("weight_fee.glp_tax.stable_swap_fee_bps", "weight_fee.banded_tax.stable_fee_bps")
def _swapping_ten_thousand_stable_dollars_costs_as_many_dollars(case: Case) -> None:
    assert fee_usd(case, SWAP, 1, 10_000, stable=True) == near(case.value)


@effect("weight_fee.glp_tax.stable_assets", "weight_fee.banded_tax.stable_assets")
def _stable_for_stable_is_cheaper_and_nothing_else_is(case: Case) -> None:
    assert list(case.value) == ["USDC"]
    assert fee_usd(case, SWAP, 1, 10_000, stable=True) < fee_usd(case, SWAP, 1, 10_000)


@effect("weight_fee.glp_tax.tax_bps", "weight_fee.glp_tax.stable_tax_bps")
def _ten_thousand_dollars_more_at_twice_the_target_cost_as_many_dollars_more(case: Case) -> None:
    stable = case.key.startswith("stable")
    kind = SWAP if stable else MINT
    level, far = (fee_usd(case, kind, before, 10_000, stable=stable) for before in (1, 2))
    assert far - level == near(case.value)


@effect("weight_fee.continuous_tax.tax_bps")
def _ten_thousand_dollars_more_beyond_the_knee_cost_as_many_dollars_more(case: Case) -> None:
    assert fee_usd(case, MINT, edge(case), 10_000) == near(case.other("mint_redeem_fee_bps") + case.value)


@effect("weight_fee.banded_tax.tax_bps")
def _ten_thousand_dollars_at_the_edge_of_the_band_cost_the_bands_share_of_it_less(case: Case) -> None:
    level = fee_usd(case, MINT, 1, 10_000)
    back = fee_usd(case, MINT, edge(case), 10_000, increases=False)
    assert level - back == near(case.value * case.other("band"))


@effect("weight_fee.banded_tax.band")
def _the_share_of_the_target_up_to_which_a_deposit_goes(case: Case) -> None:
    room = float(case.value) * TARGET_USD
    assert fee_usd(case, MINT, 1, room) < fee_usd(case, MINT, 1, room + 1) == float("inf")
    assert fee_usd(case, MINT, 1, room, increases=False) < float("inf")
    assert fee_usd(case, MINT, 1, room + 1, increases=False) == float("inf")


@effect("weight_fee.continuous_tax.saturation")
def _half_of_it_off_the_target_costs_half_of_the_tax(case: Case) -> None:
    half, whole = (fee_usd(case, MINT, 1 + float(case.value) * share, 1) for share in (0.5, 1))
    level = fee_usd(case, MINT, 1, 1)
    assert (half - level) * 2 == near(whole - level, 1e-4)
    assert fee_usd(case, MINT, 1 + 1.5 * float(case.value), 1) == near(whole)


@effect("weight_fee.continuous_tax.minimum_fee_bps")
def _ten_thousand_dollars_the_other_way_cost_no_less(case: Case) -> None:
    cheapest = fee_usd(case, MINT, edge(case), 10_000, increases=False)
    assert cheapest == near(case.value) if not case.other("rebates") else cheapest < case.value == 0


@effect("weight_fee.continuous_tax.rebates")
def _the_other_way_earns(case: Case) -> None:
    """A deposit does, and half of what the way back costs; a swap does not."""
    deposit, swap = (fee_usd(case, kind, 0, 10_000) for kind in (MINT, SWAP))
    assert (deposit < 0) == case.value
    if case.value:
        assert deposit == near(-0.5 * case.other("tax_bps"), 1e-4) and swap == 0


@effect("weight_fee.imbalance_impact.better_fee_bps", "weight_fee.imbalance_impact.worse_fee_bps")
def _ten_thousand_dollars_near_balance_cost_as_many_dollars(case: Case) -> None:
    before = 1.000001 if case.key.startswith("better") else 1.0
    assert fee_usd(case, MINT, before, 10_000, increases=case.key.startswith("worse")) == near(case.value, 0.1)


@effect(
    *("weight_fee.imbalance_impact.negative_factor", "weight_fee.imbalance_impact.positive_factor"),
    *("weight_fee.imbalance_impact.exponent", "weight_fee.imbalance_impact.pair"),
)
def _a_million_dollars_off_its_target_costs_the_factor_times_two_million_squared(case: Case) -> None:
    """With a pair of assets the imbalance is one million: each moves by half against the other."""
    imbalance = (1 if case.other("pair") else 2) * MILLION
    out = fee_usd(case, MINT, 1, MILLION) - 1e-4 * case.other("worse_fee_bps") * MILLION
    back = fee_usd(case, MINT, 1.0001, MILLION, increases=False) - 1e-4 * case.other("better_fee_bps") * MILLION
    power = float(imbalance) ** float(case.other("exponent"))
    assert out == near(float(case.other("negative_factor")) * power)
    assert back == near(-float(case.other("positive_factor")) * power)


def fill_cost_usd(policy: Bench, m: int, size_usd: float, skew_usd: float = 0.0) -> float:
    """What a trade pays above the oracle's price (> 0 buys), beside a skew."""
    longs, shorts = max(skew_usd, 0.0), max(-skew_usd, 0.0)
    size = wad(Fraction(size_usd) / PRICE)
    price, _ = policy.call("fill_price", m, wad(PRICE), size, True, wad(longs), wad(shorts), 0)
    return float(Fraction(price - wad(PRICE), WAD) * Fraction(size, WAD))


@effect("price_impact.skew_scale_impact.skew_scale_usd")
def _a_two_thousandth_of_it_costs_two_and_a_half_basis_points(case: Case) -> None:
    """From a level book to a skew that holds the price five basis points off."""
    for m, scale_usd in case.markets():
        size = float(scale_usd) / 2_000
        assert fill_cost_usd(case.policy, m, size) == near(size * 2.5e-4)


@effect(
    *("price_impact.skew_scale_impact.maximum_bps", "price_impact.linear_window_impact.maximum_bps"),
    "price_impact.power_impact.negative_cap_bps",
)
def _no_trade_costs_more_a_ten_thousand_dollars(case: Case) -> None:
    for m in range(len(case.design.markets)):
        assert fill_cost_usd(case.policy, m, 1e13) / 1e13 * 10_000 == near(case.value, 1e-3)


@effect("price_impact.power_impact.positive_cap_bps")
def _no_trade_earns_more_a_ten_thousand_dollars(case: Case) -> None:
    for m in range(len(case.design.markets)):
        assert -fill_cost_usd(case.policy, m, 1e11, skew_usd=-1e11) / 1e11 * 10_000 == near(case.value, 1e-3)


@effect("price_impact.power_impact.negative_factor", "price_impact.power_impact.negative_exponent")
def _a_million_dollars_of_new_skew_cost_the_factor_times_its_power(case: Case) -> None:
    for m in range(len(case.design.markets)):
        power = float(MILLION) ** float(case.other("negative_exponent"))
        assert fill_cost_usd(case.policy, m, MILLION) == near(float(case.other("negative_factor", m)) * power)


@effect("price_impact.power_impact.positive_factor", "price_impact.power_impact.positive_exponent")
def _a_million_dollars_of_skew_undone_earn_the_factor_times_its_power(case: Case) -> None:
    for m in range(len(case.design.markets)):
        power = float(MILLION) ** float(case.other("positive_exponent"))
        earned = -fill_cost_usd(case.policy, m, MILLION, skew_usd=-MILLION)
        assert earned == near(float(case.other("positive_factor", m)) * power)


def windowed_bps(case: Case, m: int, size_usd: float, *earlier_usd: float) -> float:
    """Impact of a trade that grows a position, after flows of the same minute (< 0 reduces)."""
    policy, memo = case.policy, 0
    for usd in (*earlier_usd, size_usd):
        size = wad(Fraction(abs(usd)) / PRICE)
        price, memo = policy.call("fill_price", m, wad(PRICE), size, usd > 0, 0, 0, memo)
    return (price / wad(PRICE) - 1) * 10_000


@effect("price_impact.linear_window_impact.linear_scale_usd")
def _a_five_thousandth_of_it_costs_two_basis_points_where_the_flow_is_level(case: Case) -> None:
    for m, scale_usd in case.markets():
        size = float(scale_usd) / 5_000
        assert windowed_bps(case, m, size, -size) == near(2)


@effect("price_impact.linear_window_impact.threshold_usd")
def _only_what_flows_beyond_it_within_a_minute_costs_more(case: Case) -> None:
    for m, threshold_usd in case.markets():
        usd = float(threshold_usd)
        assert windowed_bps(case, m, 100, usd - 100) == near(1)  # of its own size, rounded up
        assert windowed_bps(case, m, 100, usd) > 2


@effect("price_impact.linear_window_impact.exponent", "price_impact.linear_window_impact.fee_factor")
def _three_times_the_threshold_costs_its_power_a_factor(case: Case) -> None:
    flow = 3 * float(case.other("threshold_usd"))
    more = windowed_bps(case, 0, 100, flow - 100) - 1
    assert more == near(3.0 ** float(case.other("exponent")) / float(case.other("fee_factor")))
