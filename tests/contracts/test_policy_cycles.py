"""At fixed prices no circle of deposits, withdrawals and swaps earns, whatever the weight fee and its parameters."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from contracts.accepted import accepted, in_designs
from contracts.orders import open_stage
from contracts.pools import limit
from contracts.stage import BTC, ETH, PRICES_USD, SCALES, USDC, WAD, Stage
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.inputs.compiler import CONTRACTS

FEES = sorted((CONTRACTS / "policies" / "weight_fee").glob("*.vy"))
PDLP = (0, 0, 0, 50, WAD, True)
ASSETS = (BTC, ETH, USDC)
ACTOR = "stranger"


def units(k: int, usd: float) -> int:
    """Token units worth some USD."""
    return int(usd * WAD / PRICES_USD[k]) // SCALES[k]


def wealth_usd_wad(stage: Stage) -> int:
    """What the actor's tokens are worth, with nothing in shares."""
    assert stage.pool.read("balanceOf", stage.address(ACTOR)) == 0
    return sum(stage.balance(k, ACTOR) * SCALES[k] * PRICES_USD[k] for k in range(4))


def act(stage: Stage, verb: str, *arguments: int) -> int:
    """A verb of the actor's: (what it gave, 0 where it is refused)."""
    status, returned = stage.pool.attempt(verb, *arguments, 0, stage.address(ACTOR), by=ACTOR)
    return returned[0] if status == "OK" else 0


def leave(stage: Stage, into: int) -> None:
    """Redeem all shares for one asset, or for whatever there is of the others."""
    for k in (into, *ASSETS):
        shares = stage.pool.read("balanceOf", stage.address(ACTOR))
        if shares:
            act(stage, "redeem", k, shares)


def skewed(source: Path, arguments: tuple[object, ...], skews: list[tuple[int, int, float]]) -> Stage:
    """A pool that others have moved off its targets, with what they paid for it set aside for rebates."""
    stage = open_stage()
    limit(stage, rebate_share_wad=WAD)
    stage.fill("weight_fee", str(source), *arguments)
    for k, j, usd in skews:
        stage.pool.attempt("swap", k, j, units(k, usd), 0, stage.address("lp"), by="lp")
    return stage


def test_ten_cycles_of_swap_redeem_and_mint_earn_nothing() -> None:
    """A swap away from the targets, undone leg by leg: with both legs credited it took all of the 738 USD set aside."""
    stage = skewed(CONTRACTS / "policies/weight_fee/ContinuousTax.vy", PDLP, [(BTC, USDC, 200_000)])
    assert stage.pool.read("rebate_budget_usd_wad") > 700 * WAD
    before = wealth_usd_wad(stage)
    for _ in range(10):
        got = act(stage, "swap", BTC, USDC, units(BTC, 50_000))
        shares = act(stage, "mint", USDC, got)
        act(stage, "redeem", BTC, shares)
    leave(stage, BTC)
    assert wealth_usd_wad(stage) < before - 1_000 * WAD


CYCLES = st.lists(
    st.tuples(
        st.sampled_from(["mint", "redeem", "swap"]),
        st.sampled_from(ASSETS),
        st.sampled_from(ASSETS),
        st.sampled_from([100.0, 10_000.0, 100_000.0, 400_000.0]),
    ),
    min_size=2,
    max_size=10,
)
SKEWS = st.lists(
    st.tuples(st.sampled_from(ASSETS), st.sampled_from(ASSETS), st.sampled_from([10_000.0, 100_000.0, 300_000.0])),
    max_size=3,
)


@pytest.mark.parametrize("source", FEES, ids=lambda path: path.stem)
def test_no_circle_earns_for_any_parameters_that_a_constructor_accepts(source: Path) -> None:
    """SW-10: three assets, any order, one block."""
    stage = open_stage()
    limit(stage, rebate_share_wad=WAD)

    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(data=st.data(), skews=SKEWS, cycle=CYCLES)
    def earns_nothing(
        data: st.DataObject, skews: list[tuple[int, int, float]], cycle: list[tuple[str, int, int, float]]
    ) -> None:
        arguments = data.draw(st.one_of(st.sampled_from(in_designs(source)), accepted(source)))
        mark = stage.chain.snapshot(0)
        stage.fill("weight_fee", str(source), *arguments)
        for k, j, usd in skews:
            stage.pool.attempt("swap", k, j, units(k, usd), 0, stage.address("lp"), by="lp")
        before = wealth_usd_wad(stage)
        for verb, k, j, usd in cycle:
            if verb == "redeem":
                act(stage, verb, k, min(int(usd * WAD), stage.pool.read("balanceOf", stage.address(ACTOR))))
            else:
                act(stage, verb, *((k, j) if verb == "swap" else (k,)), units(k, usd))
        leave(stage, cycle[0][1])
        left = stage.pool.read("balanceOf", stage.address(ACTOR))
        assert left or wealth_usd_wad(stage) <= before
        stage.chain.revert(0, mark)

    earns_nothing()


@pytest.mark.parametrize("seed", range(3))
def test_the_papers_pool_pays_no_circle_over_days(seed: int) -> None:
    rng = Random(seed)
    stage = skewed(
        CONTRACTS / "policies/weight_fee/ContinuousTax.vy", PDLP, [(BTC, USDC, 200_000), (ETH, USDC, 100_000)]
    )
    before = wealth_usd_wad(stage)
    for _ in range(40):
        verb, k, j = rng.choice(("mint", "redeem", "swap")), *rng.sample(ASSETS, 2)
        if verb == "redeem":
            act(stage, verb, k, stage.pool.read("balanceOf", stage.address(ACTOR)) // rng.randrange(1, 4))
        else:
            act(stage, verb, *((k, j) if verb == "swap" else (k,)), units(k, rng.choice((1e3, 5e4, 2e5))))
    leave(stage, rng.choice(ASSETS))
    assert wealth_usd_wad(stage) <= before
