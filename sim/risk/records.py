"""What a run of one design left behind: series, totals, liquidations and reverts, per path.

Axis 0 of every array is the path (P paths, T steps, F price feeds). Amounts are natural floats
(1.0 = 1 USD).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

PATH_SERIES = (  # (P, T), as each step begins; the last column: after the last step's calls, at its prices
    "share_price_usd",  # NaN once no provider is left (sim.engine.ledger.liquidity), and so is the next
    "hedged_price_usd",  # 1.0 at the start, grown by the share's return less that of the pool's exposure to each feed
    "pool_value_usd",
    "basket_price_usd",
    "twin_basket_price_usd",  # in the same market without the pool
    "open_interest_usd",  # both sides, insurance's positions among them
    "weight_distance",
    "bad_debt_usd",
    "insurance_usd",
    "liquidated_usd",
    "utilisation",  # open interest over the pool's tokens
    "reserved_share",  # of the pool's tokens, by the design's own rule
)
FEED_SERIES = ("oracle_mid_usd", "true_price_usd", "oracle_status")  # (P, T, F)
#: What people wished to have open before the first step, and what they had then: totals, `opening_` before each.
OPENING = (
    "wished",  # people
    "entered",
    "reduced",
    "wished_usd",
    "wished_margin_usd",
    "wished_long_usd",
    "open_usd",
    "margin_usd",
    "long_usd",
)
TOTALS = (  # (P,)
    "trade_fee_usd",
    "borrow_fee_usd",
    "mint_fee_usd",
    "redeem_fee_usd",
    "swap_fee_usd",
    "liquidation_fee_usd",
    "forfeited_usd",
    "penalty_usd",
    "margin_taken_over_usd",
    "keeper_reward_usd",
    "protocol_fee_usd",
    "taken_over_usd",
    "unbooked_loss_usd",
    "deleveraged_usd",
    "deleverage_haircut_usd",
    "deleverage_overshoot_usd",
    "trader_deposit_usd",
    "trader_withdrawal_usd",
    "trader_final_usd",
    "trader_prices_usd",  # and where the rest went: prices - pool - insurance - keepers - kept + unbooked loss = result
    "trader_to_pool_usd",
    "trader_to_insurance_usd",
    "trader_to_keepers_usd",
    "trader_kept_usd",
    "arbitrage_loss_usd",
    "arbitrageur_result_usd",
    "hedge_result_usd",  # of those who hedge the pool at venues
    "insurance_opening_usd",  # and its parts: received - used + positions + prices = result
    "insurance_received_usd",
    "insurance_used_usd",
    "insurance_positions_usd",
    "insurance_prices_usd",
    "insurance_result_usd",
    "lp_allocation_usd",  # and its parts: together the result of the shares of the opening
    "lp_trade_fee_usd",
    "lp_borrow_fee_usd",
    "lp_funding_usd",
    "lp_liquidation_fee_usd",
    "lp_forfeited_usd",
    "lp_protocol_usd",
    "lp_bad_debt_usd",
    "lp_swap_usd",
    "lp_flow_usd",
    "lp_traders_usd",
    "wishes_made",  # positions that people wished after the opening, or wished still,
    "wishes_met",
    "wishes_reduced",  # of those, with less than they wished,
    "wishes_given_up",
    *(f"opening_{name}" for name in OPENING),
)
LIQUIDATION_COLUMNS = (  # (n,), one row per successful liquidation; `path` is a path id
    "path",
    "step",
    "account",
    "market_mask",
    "is_full",
    "closed_usd",
    "assigned_usd",
    "equity_usd",
    "maintenance_usd",
    "notional_usd",
    "full_charges_usd",
    "charges_usd",
    "bad_debt_usd",
    "is_wrongful",  # at a price that no honest venue showed, then or soon after; of the others:
    "is_self_inflicted",  # not at the prices of the same market without the pool
    "is_dislocated",  # not at the price of the market as a whole
    "charges_avoided_usd",  # on an account's first liquidation, if that was partial
    "exposure_result_usd",
)
STATUS_OK, STATUS_WIDE, STATUS_HALTED = 0, 1, 2
#: Stands among the verbs for positions that were not allowed as people wished them: a question, and no call.
WISH = "wish"
#: Stands among the reasons of refusals for calls that found no room in a block.
NO_ROOM = "NO_BLOCK_SPACE"

#: Parts of a provider's result, USD for all shares of the opening.
PROVIDERS_PARTS = (
    "lp_allocation_usd",  # the pool's tokens, at mid
    "lp_trade_fee_usd",
    "lp_borrow_fee_usd",  # as it accrues, whoever pays it when
    "lp_funding_usd",  # the same: what one side is charged and the other does not earn
    "lp_liquidation_fee_usd",
    "lp_forfeited_usd",
    "lp_protocol_usd",
    "lp_bad_debt_usd",
    "lp_swap_usd",
    "lp_flow_usd",  # who enters and leaves
    "lp_traders_usd",  # all that is left: what traders win and lose, price impact with it
)


@dataclass(frozen=True, slots=True)
class Records:
    """One design on a set of paths.

    The listed series, totals and columns are required; more of them are welcome.
    """

    design: str
    paths: np.ndarray  # (P,) int64 path ids
    time_s: np.ndarray  # (T,) int64 unix time of each step
    feeds: tuple[str, ...]
    markets: tuple[str, ...]
    assets: tuple[str, ...]
    series: dict[str, np.ndarray]  # (P, T) or (P, T, F)
    totals: dict[str, np.ndarray]  # (P,)
    liquidations: dict[str, np.ndarray]  # columns, (n,)
    reverts: dict[tuple[str, str], np.ndarray]  # (verb, error name) -> (P,) counts
    actions: dict[str, np.ndarray]  # verb -> (P,) counts of accepted actions

    def __post_init__(self) -> None:
        _check(self)

    def over(self, feeds: Sequence[str]) -> Records:
        """The same with the series of these feeds alone, in this order."""
        at = [self.feeds.index(feed) for feed in feeds]
        series = {name: values[:, :, at] if values.ndim == 3 else values for name, values in self.series.items()}
        return replace(self, feeds=tuple(feeds), series=series)

    @staticmethod
    def concatenate(chunks: Sequence[Records]) -> Records:
        """Join chunks of paths of one design, sorted by path id.

        Chunks agree on design, clock, names and keys; a revert or an action that a chunk never saw
        counts zero there.
        """
        if not chunks:
            raise ValueError("records: expected at least one chunk")
        first = chunks[0]
        for chunk in chunks[1:]:
            for name in ("design", "feeds", "markets", "assets"):
                if getattr(chunk, name) != getattr(first, name):
                    raise ValueError(f"records: {name}: expected the same in every chunk")
            if not np.array_equal(chunk.time_s, first.time_s):
                raise ValueError("records: time_s: expected the same in every chunk")
            for name in ("series", "totals", "liquidations"):
                if getattr(chunk, name).keys() != getattr(first, name).keys():
                    raise ValueError(f"records: {name}: expected the same keys in every chunk")
        paths = np.concatenate([chunk.paths for chunk in chunks])
        order = np.argsort(paths, kind="stable")
        rows = {name: np.concatenate([chunk.liquidations[name] for chunk in chunks]) for name in first.liquidations}
        row_order = np.argsort(rows["path"], kind="stable")
        return Records(
            design=first.design,
            paths=paths[order],
            time_s=first.time_s,
            feeds=first.feeds,
            markets=first.markets,
            assets=first.assets,
            series={k: np.concatenate([c.series[k] for c in chunks])[order] for k in first.series},
            totals={k: np.concatenate([c.totals[k] for c in chunks])[order] for k in first.totals},
            liquidations={name: column[row_order] for name, column in rows.items()},
            reverts=_join_counts(chunks, lambda chunk: chunk.reverts, order),
            actions=_join_counts(chunks, lambda chunk: chunk.actions, order),
        )

    def part(self, rows: np.ndarray, paths: np.ndarray) -> Records:
        """Some rows as records of their own, with path ids `paths` (rows,)."""
        found = self.liquidations
        place = np.full(int(self.paths.max()) + 1, -1)
        place[self.paths[rows]] = np.arange(len(rows))
        at = place[found["path"].astype(int)]
        columns = {name: column[at >= 0] for name, column in found.items()}
        return replace(
            self,
            paths=np.asarray(paths),
            series={name: values[rows] for name, values in self.series.items()},
            totals={name: values[rows] for name, values in self.totals.items()},
            liquidations=columns | {"path": np.asarray(paths)[at[at >= 0]]},
            reverts={key: values[rows] for key, values in self.reverts.items()},
            actions={key: values[rows] for key, values in self.actions.items()},
        )


def _check(records: Records) -> None:
    paths, steps, feeds = len(records.paths), len(records.time_s), len(records.feeds)
    _expect("paths", records.paths, (paths,))
    _expect("time_s", records.time_s, (steps,))
    if paths == 0 or steps == 0:
        raise ValueError("records: expected at least one path and one step")
    if len(np.unique(records.paths)) != paths:
        raise ValueError("records: paths: expected distinct ids")
    _require("series", PATH_SERIES + FEED_SERIES, records.series)
    _require("totals", TOTALS, records.totals)
    _require("liquidations", LIQUIDATION_COLUMNS, records.liquidations)
    for name, values in records.series.items():
        has_feeds = name in FEED_SERIES or values.ndim == 3
        _expect(f"series.{name}", values, (paths, steps, feeds) if has_feeds else (paths, steps))
    for group, columns in (("totals", records.totals), ("actions", records.actions)):
        for name, values in columns.items():
            _expect(f"{group}.{name}", values, (paths,))
    for (verb, error), values in records.reverts.items():
        _expect(f"reverts.{verb}.{error}", values, (paths,))
    rows = len(records.liquidations["path"])
    for name, values in records.liquidations.items():
        _expect(f"liquidations.{name}", values, (rows,))
    if not np.isin(records.liquidations["path"], records.paths).all():
        raise ValueError("records: liquidations.path: expected ids that are in paths")


def _expect(name: str, values: np.ndarray, shape: tuple[int, ...]) -> None:
    if np.shape(values) != shape:
        raise ValueError(f"records: {name}: expected shape {shape}, got {np.shape(values)}")


def _require(group: str, names: Iterable[str], found: Mapping[str, np.ndarray]) -> None:
    for name in names:
        if name not in found:
            raise ValueError(f"records: {group}: expected an array named {name}")


def _join_counts(chunks: Sequence[Records], pick: Callable[[Records], dict], order: np.ndarray) -> dict:
    keys = dict.fromkeys(key for chunk in chunks for key in pick(chunk))
    return {
        key: np.concatenate([pick(chunk).get(key, np.zeros(len(chunk.paths), np.int64)) for chunk in chunks])[order]
        for key in sorted(keys)
    }
