"""Synthetic Records: a calm and a storm with a known effect of the design."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.risk.records import LIQUIDATION_COLUMNS, TOTALS, Records
from sim.world import streams

FEEDS = ("BTC", "ETH", "SOL", "USDC")
START_PRICES_USD = (115_000.0, 4_200.0, 220.0, 1.0)
START_S = 1_760_112_000  # 10 October 2025, 16:00 UTC


def flat(design: str = "glp", paths: int = 3, steps: int = 5, **changes: object) -> Records:
    """Nothing happens: every price is constant, every total zero, no liquidations."""
    shape, feeds = (paths, steps), len(FEEDS)
    prices = np.broadcast_to(np.array(START_PRICES_USD), (*shape, feeds)).copy()
    records = Records(
        design=design,
        paths=np.arange(paths),
        time_s=START_S + 10 * np.arange(steps),
        feeds=FEEDS,
        markets=("BTC", "ETH", "SOL"),
        assets=FEEDS,
        series={
            "share_price_usd": np.ones(shape),
            "pool_value_usd": np.full(shape, 1e8),
            "basket_price_usd": np.ones(shape),
            "twin_basket_price_usd": np.ones(shape),
            "hedged_price_usd": np.ones(shape),
            "open_interest_usd": np.full(shape, 5e7),
            "weight_distance": np.zeros(shape),
            "bad_debt_usd": np.zeros(shape),
            "insurance_usd": np.zeros(shape),
            "liquidated_usd": np.zeros(shape),
            "utilisation": np.full(shape, 0.5),
            "reserved_share": np.full(shape, 0.4),
            "oracle_mid_usd": prices.copy(),
            "true_price_usd": prices,
            "oracle_status": np.zeros((*shape, feeds), dtype=np.int8),
        },
        totals={name: np.zeros(paths) for name in TOTALS},
        liquidations={name: np.zeros(0) for name in LIQUIDATION_COLUMNS},
        reverts={},
        actions={},
    )
    return replace(records, **changes)


def with_series(records: Records, **series: np.ndarray) -> Records:
    """The same records with some series replaced."""
    return replace(records, series=records.series | series)


def with_totals(records: Records, **totals: np.ndarray) -> Records:
    """The same records with some totals replaced."""
    return replace(records, totals=records.totals | totals)


def with_liquidations(records: Records, **columns: list[float]) -> Records:
    """The same records with these liquidations; columns that are not given are zero."""
    rows = len(columns["path"])
    zeros = {name: np.zeros(rows) for name in LIQUIDATION_COLUMNS}
    given = {name: np.asarray(column) for name, column in columns.items()}
    return replace(records, liquidations=zeros | given)


def storm(design: str, paths: int = 24, steps: int = 720, *, partial: float = 0.0, seed: int = 7) -> Records:
    """A crash and a half recovery. `partial` in [0, 1] softens liquidations, losses and drift.

    The same seed gives the same shocks, so two designs are paired; equal `partial` gives equal
    records.
    """
    rng = streams.generator(seed, 0, 0, "storm")
    clock = np.linspace(0.0, 1.0, steps)
    shape, feeds = (paths, steps), len(FEEDS)
    depth = rng.uniform(0.08, 0.22, (paths, 1))
    fall = 1.0 / (1.0 + np.exp(-60.0 * (clock - 0.45))) - 0.5 / (1.0 + np.exp(-40.0 * (clock - 0.55)))
    noise = np.cumsum(rng.normal(0.0, 6e-4, (*shape, feeds)), axis=1)
    beta = np.array([1.0, 1.3, 1.9, 0.0])
    wobble = np.array([1.0, 1.0, 1.0, 0.05])
    move = -depth[..., None] * fall[:, None] * beta + noise * wobble
    true = np.array(START_PRICES_USD) * np.exp(move)
    error = rng.normal(0.0, 5e-4, (*shape, feeds)) * wobble
    stress = np.exp(-(((clock - 0.46) / 0.03) ** 2))
    spread = 0.0004 + 0.02 * stress[:, None] * beta
    status = np.zeros((*shape, feeds), dtype=np.int8)
    in_crash = (stress > 0.6)[None, :, None] & (beta > 1.2)
    status[np.broadcast_to(in_crash, status.shape)] = 1

    crash = np.clip(np.cumsum(stress) / stress.sum(), 0.0, 1.0)
    wiped = depth * 6e7 * (1.0 - 0.45 * partial) * np.exp(rng.normal(0.0, 0.2, (paths, 1)))
    bad = np.maximum(depth - 0.17, 0.0) * 2e7 * (1.0 - 0.8 * partial)
    trader_noise = rng.normal(0.0, 0.004, (paths, 1))
    basket = 0.5 * np.exp(move[..., :3].mean(axis=2)) + 0.5
    earned = (0.004 + 0.006 * partial + trader_noise) * clock
    share = basket * (1.0 + earned) - bad / 1e8 * crash
    fees = {
        f"{name}_fee_usd": scale * np.exp(rng.normal(0.0, 0.1, paths))
        for name, scale in (
            ("trade", 2.1e5), ("borrow", 9e4), ("mint", 1.2e4), ("redeem", 2.4e4), ("swap", 6e4)
        )
    }  # fmt: skip
    count = 12
    path = np.repeat(np.arange(paths), count)
    rows = paths * count
    is_full = rng.random(rows) > partial
    notional = rng.lognormal(11.0, 1.0, rows)
    records = flat(design, paths, steps)
    series = {
        "share_price_usd": share,
        "pool_value_usd": 1e8 * share,
        "basket_price_usd": basket / basket[:, :1],
        "twin_basket_price_usd": basket / basket[:, :1] * (1.0 + 1e-3 * crash),
        "open_interest_usd": 6e7 * (1.0 - 0.5 * crash) * np.ones(shape),
        "weight_distance": 0.02 + (0.08 - 0.03 * partial) * crash * (1.0 + noise[..., 0]),
        "bad_debt_usd": bad * crash,
        "insurance_usd": np.full(shape, 5e5) - 2e5 * crash,
        "liquidated_usd": wiped * crash,
        "utilisation": np.clip(0.55 + 0.25 * crash + noise[..., 1], 0.0, 1.0),
        "true_price_usd": true,
        "oracle_mid_usd": true * np.exp(error + (0.01 - 0.006 * partial) * stress[:, None]),
        "oracle_status": status,
        "venue_low_usd": true * (1.0 - spread),
        "venue_high_usd": true * (1.0 + spread),
    }
    totals = fees | {
        "liquidation_fee_usd": wiped[:, 0] * 0.005,
        "protocol_fee_usd": 0.3 * fees["trade_fee_usd"],
        "insurance_used_usd": np.full(paths, 2e5),
        "taken_over_usd": np.full(paths, 4e4),
        "deleveraged_usd": np.full(paths, 3e4),
        "deleverage_haircut_usd": np.full(paths, 2e3),
        "deleverage_overshoot_usd": np.full(paths, 1e2),
        "trader_deposit_usd": np.full(paths, 2e7),
        "trader_withdrawal_usd": np.full(paths, 3e6),
        "trader_final_usd": 1.5e7 - wiped[:, 0] * 0.1,
        "keeper_reward_usd": wiped[:, 0] * 5e-4,
        "arbitrage_loss_usd": -1e4 * np.exp(rng.normal(0.0, 0.3, paths)),
        "arbitrageur_result_usd": 4e4 * np.exp(rng.normal(0.0, 0.3, paths)),
    }
    records = with_liquidations(
        with_totals(with_series(records, **series), **totals),
        path=path, is_full=is_full, notional_usd=notional, closed_usd=notional,
        account=np.tile(4 + np.arange(count), paths), charges_usd=notional * 0.02,
        charges_avoided_usd=np.where(is_full, 0.0, notional * 0.01),
        is_wrongful=rng.random(rows) < 0.01,
    )  # fmt: skip
    return replace(
        records,
        reverts={
            ("liquidate", "NOT_LIQUIDATABLE"): rng.poisson(3.0, paths),
            ("open", "RESERVE_LIMIT"): rng.poisson(12.0 - 4.0 * partial, paths),
        },
        actions={"open": rng.poisson(400.0, paths), "liquidate": np.full(paths, count)},
    )
