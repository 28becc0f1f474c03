"""Keeps the accounts of a run: turns observations and outcomes into `Records`; sums, and restates no rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from sim.actions import POSTPONED
from sim.agents import Outcome
from sim.agents.wishes import Wishes
from sim.chain.deployment import Deployment
from sim.chain.failures import name_of
from sim.observation import Market, Observation
from sim.opening import OpeningBook
from sim.records import FEED_SERIES, LIQUIDATION_COLUMNS, NO_ROOM, OPENING, PATH_SERIES, TOTALS, Records


class Ledger:
    """One design, a set of paths, one run."""

    def __init__(self, deployment: Deployment, paths: np.ndarray, times_s: np.ndarray) -> None:
        design = deployment.design
        self._design = design
        self._feeds = deployment.feeds
        self._paths = paths
        self._times_s = times_s
        n, steps, feeds = len(paths), len(times_s), len(deployment.feeds)
        self._asset_feeds = np.array([deployment.feeds.index(asset.feed) for asset in design.assets])
        self._market_feeds = np.array([deployment.feeds.index(m.feed) for m in design.markets])
        self._targets = np.array([float(asset.target_weight) for asset in design.assets])
        self._forfeits = bool(design.policies["liquidation"].parameters.get("forfeits", False))
        self._floor = design.oracle.floor_spread_bps * 1e-4
        self._first_id = deployment.cast.trader_ids[0]
        self._series = {name: np.zeros((n, steps)) for name in PATH_SERIES}
        self._series |= {name: np.zeros((n, steps, feeds)) for name in FEED_SERIES}
        self._totals = {name: np.zeros(n) for name in TOTALS}
        self._liquidations: dict[str, list[np.ndarray]] = defaultdict(list)
        self._reverts: dict[tuple[str, str], np.ndarray] = {}
        self._actions: dict[str, np.ndarray] = {}
        self._units = 10.0 ** np.array([asset.decimals for asset in design.assets])
        actors = len(deployment.cast.actors)
        #: Of each actor's request to swap: asset given, asset asked for, and what the given tokens had cost in USD.
        self._asked = np.zeros((n, actors, 2), dtype=int)
        self._asked_cost = np.zeros((n, actors))
        accounts = deployment.cast.trader_accounts
        self._is_liquidated = np.zeros((n, accounts), dtype=bool)
        self._left_by_full_close = np.zeros((n, accounts))
        self._taken_home = np.zeros((n, accounts))  # withdrawn after the first liquidation, USD

    def open(self, book: OpeningBook, equity: np.ndarray, treasury: np.ndarray) -> None:
        """Begin the accounts: what traders own by now is what they bring; what was charged before does not count.

        Args:
            equity: (paths, accounts) USD that the chain shows each trader to own.
            treasury: (paths, assets) whole tokens.
        """
        self._book, self._treasury = book, treasury
        self._add("trader_deposit_usd", np.arange(len(self._paths)), np.maximum(equity, 0.0).sum(axis=1))

    def observe(self, seen: Observation) -> None:
        """Note the state at the beginning of a step."""
        t, pool, prices = seen.step, seen.pool, seen.prices
        value = pool.tokens * prices.mid[:, self._asset_feeds]
        total = np.maximum(value.sum(axis=1), 1e-9)
        weights = value / total[:, None]
        sizes = seen.book.exposures.sum(axis=0) * prices.mid[:, self._market_feeds]
        reserved = (pool.reserved * prices.mid[:, self._asset_feeds]).sum(axis=1)
        now = self._series
        now["share_price_usd"][:, t] = pool.aum_mid / np.maximum(pool.supply, 1e-9)
        now["pool_value_usd"][:, t] = pool.aum_mid
        now["basket_price_usd"][:, t] = seen.basket_price
        now["open_interest_usd"][:, t] = sizes.sum(axis=1)
        now["weight_distance"][:, t] = 0.5 * np.abs(weights - self._targets).sum(axis=1)
        now["insurance_usd"][:, t] = (pool.insurance * prices.mid[:, self._asset_feeds]).sum(axis=1)
        now["utilisation"][:, t] = reserved / total
        now["oracle_mid_usd"][:, t] = prices.mid
        now["true_price_usd"][:, t] = seen.market.true_price_usd
        now["oracle_status"][:, t] = prices.status
        self._mid = prices.mid[:, self._asset_feeds]

    def note(self, seen: Observation, outcome: Outcome) -> None:
        """Note what became of a batch."""
        batch, ok = outcome.batch, outcome.ok
        path, columns, values, actor = batch.path, batch.columns, outcome.values, batch.actor
        if not ok.all():
            for code in np.unique(outcome.status[~ok]).tolist():
                self._count(self._reverts, (batch.verb, name_of(code)), path[outcome.status == code])
            path, actor = path[ok], actor[ok]
            columns = {name: column[ok] for name, column in columns.items()}
            values = {name: column[ok] for name, column in values.items()}
        self._count(self._actions, batch.verb, path)
        match batch.verb:
            case "mint" | "redeem":
                self._add(f"{batch.verb}_fee_usd", path, values["fee_usd"])
            case "execute_exit":
                self._add("redeem_fee_usd", path, values["fee_usd"])
            case "swap":
                self._add("swap_fee_usd", path, values["fee_usd"])
                cost = self._cost(seen.market, path, columns)
                self._add(
                    "arbitrage_profit_usd", path, self._got(seen.market, path, columns["j"], values["tokens"]) - cost
                )
            case "request_swap":
                self._asked[path, actor] = np.stack([columns["k"], columns["j"]], axis=1)
                self._asked_cost[path, actor] = self._cost(seen.market, path, columns)
            case "execute_entry":
                self._note_entries(seen.market, path, columns["holder"], values)
            case "trade" | "execute":
                self._add("trade_fee_usd", path, values["fee_usd"])
                self._add("borrow_fee_usd", path, values["borrow_usd"])
            case "deposit_collateral":
                self._add("trader_deposit_usd", path, self._worth(seen, path, columns))
            case "withdraw_collateral":
                usd = self._worth(seen, path, columns)
                self._add("trader_withdrawal_usd", path, usd)
                account = columns["account"] - self._first_id
                np.add.at(self._taken_home, (path, account), usd * self._is_liquidated[path, account])
            case "liquidate":
                self._note_liquidations(seen, path, columns, values)
            case "deleverage":
                self._add("deleveraged_usd", path, values["closed_usd"])
                self._add("deleverage_haircut_usd", path, values["taken_usd"] * values["is_haircut"])
                self._add("deleverage_overshoot_usd", path, values["overshoot_usd"])

    def note_late(self, verb: str, path: np.ndarray) -> None:
        """Note calls that found no room in a block."""
        if len(path):
            self._count(self._reverts, (verb, NO_ROOM), path)

    def close(self, equity: np.ndarray, treasury: np.ndarray, given_usd: np.ndarray, wishes: Wishes) -> Records:
        """The finished records.

        Args:
            equity: (paths, accounts) USD that the chain shows each trader to own at the end.
            treasury: (paths, assets) whole tokens of the treasury.
            given_usd: (paths,) what winners gave back through an index, which no call tells of.
            wishes: of the people who came after the opening.
        """
        self._totals["deleverage_haircut_usd"] += given_usd
        kept = np.maximum(equity, 0.0)
        self._totals["trader_final_equity_usd"] = kept.sum(axis=1)
        self._totals["protocol_fee_usd"] = ((treasury - self._treasury) * self._mid).sum(axis=1)
        for name in ("made", "met", "reduced", "given_up"):
            self._totals[f"wishes_{name}"] = getattr(wishes, name).astype(float)
        for name in OPENING:
            self._totals[f"opening_{name}"] = getattr(self._book, name).astype(float)
        self._reverts |= {(f"opening: {verb}", reason): count for (verb, reason), count in self._book.refusals.items()}
        np.cumsum(self._series["bad_debt_usd"], axis=1, out=self._series["bad_debt_usd"])
        np.cumsum(self._series["liquidated_usd"], axis=1, out=self._series["liquidated_usd"])
        columns = {
            name: np.concatenate(self._liquidations[name]) if self._liquidations[name] else np.zeros(0)
            for name in (*LIQUIDATION_COLUMNS, "is_first")
        }
        path, account = columns["path"].astype(int), columns["account"].astype(int) - self._first_id
        saved = (kept + self._taken_home - self._left_by_full_close)[path, account]
        columns["equity_saved_usd"] = saved * columns.pop("is_first")
        columns["path"] = self._paths[path]
        return Records(
            design=str(self._design),
            paths=self._paths,
            time_s=self._times_s,
            feeds=self._feeds,
            markets=tuple(market.symbol for market in self._design.markets),
            assets=tuple(asset.symbol for asset in self._design.assets),
            series=self._series,
            totals=self._totals,
            liquidations=columns,
            reverts=self._reverts,
            actions=self._actions,
        )

    def _note_liquidations(
        self,
        seen: Observation,
        path: np.ndarray,
        columns: Mapping[str, np.ndarray],
        values: Mapping[str, np.ndarray],
    ) -> None:
        account = columns["account"] - self._first_id
        taken = values["reward_usd"] + values["penalty_usd"] + values["fee_usd"] + values["forfeited_usd"]
        left = 0.0 if self._forfeits else np.maximum(values["equity_usd"] - values["full_charges_usd"], 0.0)
        first = ~self._is_liquidated[path, account]
        self._left_by_full_close[path, account] = np.where(first, left, self._left_by_full_close[path, account])
        self._is_liquidated[path, account] = True
        sizes = seen.book.sizes[path, account]
        rows = {
            "path": path,
            "step": np.full(len(path), seen.step),
            "account": columns["account"],
            "market_mask": ((sizes != 0) * (1 << np.arange(sizes.shape[1]))).sum(axis=1),
            "charges_usd": np.minimum(taken, np.maximum(values["equity_usd"], 0.0)),
            "is_wrongful": _is_wrongful(seen, path, sizes, values, self._market_feeds, self._floor),
            "equity_saved_usd": np.zeros(len(path)),
            "is_first": first,
        }
        for name in (*LIQUIDATION_COLUMNS, "is_first"):
            self._liquidations[name].append(np.asarray(rows[name] if name in rows else values[name], float))
        np.add.at(self._series["bad_debt_usd"][:, seen.step], path, values["bad_debt_usd"])
        np.add.at(self._series["liquidated_usd"][:, seen.step], path, values["closed_usd"])
        self._add("liquidation_fee_usd", path, values["fee_usd"] + values["forfeited_usd"])
        self._add("borrow_fee_usd", path, values["borrow_usd"])
        self._add("insurance_used_usd", path, values["insured_usd"])
        self._add("keeper_reward_usd", path, values["reward_usd"])
        self._add("taken_over_usd", path, values["assigned_usd"])

    def _note_entries(
        self, market: Market, path: np.ndarray, holder: np.ndarray, values: Mapping[str, np.ndarray]
    ) -> None:
        is_swap = self._asked_cost[path, holder] > 0  # it waits on, or it ends here
        self._add("swap_fee_usd", path, values["fee_usd"] * is_swap)
        self._add("mint_fee_usd", path, values["fee_usd"] * ~is_swap)
        ended = is_swap & (values["outcome"] != POSTPONED)
        path, holder = path[ended], holder[ended]
        k, j = self._asked[path, holder].T
        gain = self._got(market, path, j, values["units"][ended] / self._units[j])
        gain += self._got(market, path, k, values["returned"][ended] / self._units[k])
        self._add("arbitrage_profit_usd", path, gain - self._asked_cost[path, holder])
        self._asked_cost[path, holder] = 0.0

    def _cost(self, market: Market, path: np.ndarray, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        return columns["amount"] * market.ask_usd[path, self._asset_feeds[columns["k"]]]

    def _got(self, market: Market, path: np.ndarray, k: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        return tokens * market.bid_usd[path, self._asset_feeds[k]]

    def _worth(self, seen: Observation, path: np.ndarray, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        return columns["amount"] * seen.prices.mid[path, self._asset_feeds[columns["k"]]]

    def _add(self, total: str, path: np.ndarray, usd: np.ndarray) -> None:
        np.add.at(self._totals[total], path, usd)

    def _count(self, table: dict, key: object, path: np.ndarray) -> None:
        if key not in table:
            table[key] = np.zeros(len(self._paths))
        table[key] += np.bincount(path, minlength=len(self._paths))


def _is_wrongful(
    seen: Observation,
    path: np.ndarray,
    sizes: np.ndarray,
    values: Mapping[str, np.ndarray],
    market_feeds: np.ndarray,
    floor_spread: float,
) -> np.ndarray:
    """Was the account closed at a price that no honest median showed, then or in the minutes that followed?

    Moves the equity by size * (honest - shown): a linear position's profit, at the requirement that the contract
    stated. Shown is the price that counted, low for longs and high for shorts; honest is the worst median for the
    position, worsened further by the oracle's least half width.
    """
    is_long = sizes > 0
    shown = np.where(is_long, seen.prices.low[path][:, market_feeds], seen.prices.high[path][:, market_feeds])
    low = seen.market.honest_low_usd[path][:, market_feeds] * (1.0 - floor_spread)
    high = seen.market.honest_high_usd[path][:, market_feeds] * (1.0 + floor_spread)
    equity = values["equity_usd"] + (sizes * (np.where(is_long, low, high) - shown)).sum(axis=1)
    return equity >= values["maintenance_usd"]
