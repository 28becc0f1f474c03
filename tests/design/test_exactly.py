"""A design says that it holds a rule exactly only where a test shows it: which tests, rule by rule."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

from sim.design import list_designs, load_design

TESTS = Path(__file__).parents[1]
#: What every number of every policy does, in its unit.
UNITS = "design/test_effects.py::test_a_parameter_does_what_its_unit_says"
WHOLE = "design/test_whole_rules.py::"
VARIANTS = {"glp_partial": "glp", "single_venue": "glp"}
FEE = f"{WHOLE}test_a_position_pays_its_fee_when_it_opens_and_when_it_closes"
SHARES_OF_FEES = f"{WHOLE}test_of_every_fee_the_protocol_has_its_share_and_the_pool_the_rest"
RESERVED = f"{WHOLE}test_the_whole_size_is_reserved_in_what_backs_it"
NO_FUNDING = f"{WHOLE}test_one_side_alone_owes_and_is_owed_no_funding_after_ten_days"
HELD_BACK = f"{WHOLE}test_shares_stay_as_long_as_the_design_says_after_the_last_deposit"
FREE_LOOK = "fuzz/test_free_look.py::test_a_look_is_worth_nothing_but_where_the_design_says_so"
FIRST_PRICE = (
    "contracts/test_execution.py::test_a_request_is_filled_at_the_first_price_after_it_though_the_market_has_gone_on"
)
FIVE_MINUTES = "contracts/test_execution.py::test_a_market_order_stands_for_five_minutes"

SHOWN: dict[str, dict[str, tuple[str, ...]]] = {
    "breakwater": {
        "a fee that pulls to the target without a cliff, and never below 4 bps": (
            UNITS,
            "contracts/test_policy_weight_continuous.py::test_it_is_the_mean_of_the_clamped_distance_along_the_trade",
            "contracts/test_policy_weight_continuous.py::test_there_is_no_cliff_where_glp_has_one",
            "contracts/test_policy_weight_continuous.py::test_pieces_cost_no_less_than_the_whole",
            "contracts/test_policy_cycles.py::test_no_circle_earns_for_any_parameters_that_a_constructor_accepts",
        ),
        "prices against the trader and the provider: low for what is given, high for what is taken": (
            "contracts/test_trade.py::test_a_long_pays_the_high_price",
            "contracts/test_mint.py::test_the_spread_is_against_the_minter",
            "contracts/test_redeem.py::test_the_spread_is_against_the_redeemer",
            "contracts/test_swap.py::test_the_spread_of_both_assets_is_against_the_swapper",
        ),
        "a price of many venues: quotes far from their median or from their own recent "
        "past drop out, and too large a step is no price": (
            "contracts/test_oracle_stages.py::test_a_quote_as_far_from_the_median_as_allowed_counts_and_no_further",
            "contracts/test_oracle_stages.py::test_a_quote_as_far_from_the_average_as_allowed_counts_and_no_further",
            "contracts/test_oracle_stages.py::test_a_step_is_as_large_as_the_time_since_the_last_price_allows",
        ),
        "the dollar coin is held against a dollar": (
            "contracts/test_oracle_redemption.py::test_a_depegged_dollar_is_wide_and_comes_back",
            "contracts/test_oracle_redemption.py::test_collateral_counts_at_what_its_valuation_says",
        ),
        "all of a position is reserved, so that no profit is capped; open interest and "
        "one account's part of it are, by what backs them": (
            RESERVED,
            "design/test_reserved_profits.py::test_breakwater_caps_no_profit",
            "contracts/test_caps.py::TestOpenInterest.test_a_share_follows_what_backs_the_side",
            "contracts/test_caps.py::TestAccountShare.test_it_is_a_share_of_the_cap_that_binds",
        ),
        "open interest follows the depth of the venues: who moves their price gains less than that costs him": (
            "fuzz/test_moved_price.py::test_where_open_interest_follows_the_books_no_move_pays",
        ),
        "price impact by the skew, half of it kept for those who balance it": (
            UNITS,
            "contracts/test_policy_impact_skew.py::test_the_premium_is_that_of_the_mean_skew",
            "contracts/test_impact_pool.py::test_the_design_says_how_much_is_kept",
        ),
        "funding whose velocity follows the skew": (
            UNITS,
            "contracts/test_policy_funding_velocity.py::test_one_step_is_the_exact_mean_of_the_rate_on_its_way",
        ),
        "one value of funding for a unit of either side; the pool is paid for the skew "
        "that it carries, and pays while the rate runs against it": (
            "contracts/test_funding_per_unit.py::test_eleven_dollars_earn_what_eleven_dollars_pay",
            "contracts/test_funding_per_unit.py::test_the_pool_pays_what_it_was_owed_before_and_no_more",
        ),
        "margin that grows with the square root of the size": (
            UNITS,
            "contracts/test_policy_margin.py::test_square_root_margin_is_the_larger_share_rounded_up",
        ),
        "a liquidation closes what restores twice the maintenance margin, pays insurance, and pays the keeper little": (
            UNITS,
            "contracts/test_restore.py::TestEveryMix.test_the_target_is_reached_and_no_smaller_close_would_have_done",
            "contracts/test_restore.py::TestEveryMix.test_the_position_of_which_a_dollar_does_most_comes_first",
        ),
        "a fast move stops new risk until it slows down; so does too much bad debt in a day": (
            UNITS,
            "contracts/test_policy_circuit.py::test_every_call_follows_the_rule_exactly",
            "contracts/test_epoch_loss.py::test_losses_of_an_epoch_add_up",
        ),
        "shares cannot leave for 15 minutes, nor more than a quarter of them in a day, net of what is minted": (
            HELD_BACK,
            "contracts/test_redeem_windows.py::TestOneHolder.test_a_window_lets_a_share_of_the_supply_out_and_no_more",
            "contracts/test_redeem_windows.py::TestOneHolder.test_what_is_minted_in_a_window_may_leave_in_it",
            "contracts/test_redeem_windows.py::TestSeveralHolders.test_what_others_do_not_use_is_open_in_the_last_quarter",
        ),
        "who trades asks first, and is filled at the first price that was observed after "
        "that, whoever executes the order and whenever": (
            FREE_LOOK,
            FIRST_PRICE,
            FIVE_MINUTES,
            "fuzz/test_seen_price.py::test_a_seen_price_is_worth_nothing",
        ),
        "who leaves asks first, and is paid at the first price that was observed five minutes later": (
            "contracts/test_exits.py::test_anybody_executes_at_the_first_price_after_the_wait",
            "contracts/test_exits.py::test_a_price_that_was_observed_before_the_end_of_the_wait_is_none",
        ),
    },
    "glp": {
        "dynamic mint, redeem and swap fee (getFeeBasisPoints)": (
            UNITS,
            "contracts/test_policy_weight_fee.py::test_glp_tax_gives_the_published_numbers",
            "contracts/test_policy_weight_fee.py::test_glp_tax_is_the_formula",
        ),
        "no funding between longs and shorts": (NO_FUNDING,),
        "trades fill at the oracle's price": (f"{WHOLE}test_a_trade_of_any_size_fills_at_the_oracle_s_price",),
        "the whole size is reserved in the backing asset": (RESERVED,),
        "position fee 10 bps on opening and closing": (FEE,),
        "one leverage limit of 50x for opening and for liquidation": (
            f"{WHOLE}test_glp_asks_for_a_fiftieth_of_the_size_at_opening_and_until_liquidation",
        ),
        "70 % of fees to the pool, 30 % to stakers": (SHARES_OF_FEES,),
        "cooldown between mint and redeem": (HELD_BACK,),
    },
    "gmx_v2": {
        "a side's profit counts and is paid at most to a share of its pool": (
            "contracts/test_caps.py::TestProfitCap.test_a_single_close_is_paid_the_share_that_the_cap_leaves",
            "contracts/test_caps.py::TestProfitCap.test_every_winner_is_offered_the_same_share",
            "design/test_reserved_profits.py::test_nobody_earns_what_a_winner_is_not_paid_but_where_the_design_says_so",
        ),
        "deposits stop above 90 % profit to pool, withdrawals above 70 %": (
            UNITS,
            "contracts/test_policy_circuit.py::test_verbs_close_as_the_profit_of_the_worse_side_grows",
        ),
        "kinked borrow rate, the smaller side free": (
            UNITS,
            "contracts/test_policy_rates.py::test_kinked_borrow_is_two_lines_through_three_points",
            "contracts/test_policy_rates.py::test_only_the_larger_side_pays_where_the_smaller_one_is_free",
        ),
        "all that one side pays is shared by the other, however small it is; while one is empty nobody pays": (
            "contracts/test_funding_per_unit.py::test_where_all_of_it_is_for_the_other_side_eleven_dollars_earn_it_all",
            "contracts/test_claim_funding.py::test_with_one_side_empty_nobody_pays",
        ),
        "63 % of fees to the pool": (SHARES_OF_FEES,),
    },
    "hlp": {
        "lock-up of four days after the last deposit": (HELD_BACK,),
        "margin tiers with deductions, maintenance half of initial at the highest leverage": (
            UNITS,
            "contracts/test_policy_margin.py::test_the_deduction_above_150m_is_1_875m",
            "contracts/test_policy_margin.py::test_step_tiers_integrate_the_rate_of_each_tier",
        ),
        "weighted median of spot venues": (
            "contracts/test_oracle.py::test_the_median_is_the_lowest_quote_that_reaches_half_of_the_weight",
        ),
    },
    "jlp": {
        "hard band of 20 % around each target weight": (
            UNITS,
            "contracts/test_policy_weight_fee.py::test_the_band_is_closed_outward_and_open_inward",
            "contracts/test_policy_weight_fee.py::test_a_jump_over_the_target_ends_inside_the_band_or_is_refused",
        ),
        "no funding between longs and shorts": (NO_FUNDING,),
        "linear price impact fee": (
            UNITS,
            "contracts/test_policy_impact.py::test_flow_up_to_the_threshold_is_free_of_surcharge",
        ),
        "base fee 6 bps on opening and closing": (FEE,),
        "the whole size is reserved in the backing asset": (RESERVED,),
        "75 % of fees to the pool, 25 % to the protocol": (SHARES_OF_FEES,),
    },
    "pdlp_paper": {
        "available reserves: loans never exceed what the pool holds": (RESERVED,),
        "the subsidy is one of deposits; withdrawals and swaps toward the target are "
        "free, away from it they pay the tax": (
            "contracts/test_policy_cycles.py::test_ten_cycles_of_swap_redeem_and_mint_earn_nothing",
            "contracts/test_policy_cycles.py::test_the_papers_pool_pays_no_circle_over_days",
            f"{WHOLE}test_the_papers_pool_pays_for_deposits_alone",
        ),
    },
    "post_reform": {
        "wBETH counts at its conversion rate": (
            "contracts/test_oracle_redemption.py::test_collateral_counts_at_what_its_valuation_says",
        ),
        "circuit breaker": (UNITS, "contracts/test_policy_circuit.py::test_every_call_follows_the_rule_exactly"),
    },
    "pre_reform": {
        "collateral in USDe and wBETH at or near full value": (
            f"{WHOLE}test_before_the_reform_yield_bearing_coins_count_at_their_market_price_or_nearly",
        ),
    },
}


@cache
def names_in(file: str) -> frozenset[str]:
    """Names of the tests of a file, those of a class behind its name."""
    found = set()
    for node in ast.parse((TESTS / file).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef)}
    return frozenset(found)


@pytest.mark.parametrize("name", list_designs())
def test_what_a_design_holds_exactly_is_what_tests_show(name: str) -> None:
    """A design that extends another keeps the rules of its base, and their tests."""
    exact = {rule.rule for rule in load_design(name).rules if rule.held == "exactly"}
    assert exact == set(SHOWN[VARIANTS.get(name, name)])


@pytest.mark.parametrize(("name", "rule"), [(name, rule) for name, rules in SHOWN.items() for rule in rules])
def test_the_tests_are_there(name: str, rule: str) -> None:
    for place in SHOWN[name][rule]:
        file, test = place.split("::")
        assert test in names_in(file), place
