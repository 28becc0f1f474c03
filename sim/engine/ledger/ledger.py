"""Keeps the accounts of a run: turns observations and outcomes into `Records`; sums, and restates no rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sim.chain import codec
from sim.chain.actions import POSTPONED, Batch
from sim.chain.failures import name_of
from sim.chain.protocol import Chain
from sim.chain.views import Views
from sim.chain.worth import Appraiser
from sim.engine.agent import Outcome, Wished
from sim.engine.ledger import requests
from sim.engine.ledger.arbitrage import Arbitrage
from sim.engine.ledger.departures import Departures
from sim.engine.ledger.insurance import Insurance
from sim.engine.ledger.liquidations import Liquidations
from sim.engine.ledger.liquidity import Liquidity
from sim.engine.ledger.outflow import Outflow, Standing
from sim.engine.ledger.requests import Requests
from sim.engine.observation import Observation
from sim.engine.opening import OpeningBook
from sim.risk.records import FEED_SERIES, NO_ROOM, OPENING, PATH_SERIES, TOTALS, WISH, Records

#: Verbs whose amount is in tokens of asset k.
_IN_TOKENS = ("mint", "swap", "request_mint", "request_swap", "deposit_collateral", "withdraw_collateral")


class Ledger:
    """One design, a set of paths, one run."""

    def __init__(self, chain: Chain, paths: np.ndarray, times_s: np.ndarray) -> None:
        deployment = chain.deployment
        design = deployment.design
        self._chain = chain
        self._design = design
        self._feeds = deployment.feeds
        self._paths = paths
        self._times_s = times_s
        self._appraiser = Appraiser(chain)
        n, steps, feeds = len(paths), len(times_s), len(deployment.feeds)
        self._asset_feeds = np.array([deployment.feeds.index(asset.feed) for asset in design.assets])
        self._market_feeds = np.array([deployment.feeds.index(m.feed) for m in design.markets])
        self._decimals = np.array([asset.decimals for asset in design.assets])
        self._targets = np.array([float(asset.target_weight) for asset in design.assets])
        self._series = {name: np.zeros((n, steps)) for name in PATH_SERIES}
        self._series |= {name: np.zeros((n, steps, feeds)) for name in FEED_SERIES}
        self._totals = {name: np.zeros(n) for name in TOTALS}
        self._reverts: dict[tuple[str, str], np.ndarray] = {}
        self._actions: dict[str, np.ndarray] = {}
        self._requests = Requests(chain)
        self._liquidations = Liquidations(deployment, self._appraiser, n)
        self._arbitrage = Arbitrage(deployment.actor("arbitrageur"), self._asset_feeds, n)
        self._insurance = Insurance(self._asset_feeds, n)
        self._liquidity = Liquidity(self._asset_feeds, n, steps)
        self._outflow = Outflow(self._asset_feeds, n)
        self._departures = Departures(chain)

    def open(self, book: OpeningBook, seen: Observation) -> None:
        """Begin the accounts: what traders own by now is what they bring; what was charged before does not count."""
        self._book, self._opened = book, seen.pool
        self._began, self._given = self._standing(seen), Views(self._chain).given_by_winners()
        self._totals["trader_deposit_usd"] += np.maximum(self._began.traders, 0.0).sum(axis=1)

    def observe(self, seen: Observation) -> None:
        """Note the state at the beginning of a step."""
        t, pool, prices = seen.step, seen.pool, seen.prices
        mid = prices.mid[:, self._asset_feeds]
        value = pool.tokens * mid
        total = np.maximum(value.sum(axis=1), 1e-9)
        open_interest = (pool.sizes.sum(axis=2) * prices.mid[:, self._market_feeds]).sum(axis=1)
        now = self._series
        now["share_price_usd"][:, t] = pool.aum_mid / np.maximum(pool.supply, 1e-9)
        now["pool_value_usd"][:, t] = pool.aum_mid
        now["basket_price_usd"][:, t] = seen.basket_price
        now["twin_basket_price_usd"][:, t] = seen.twin_basket_price
        now["open_interest_usd"][:, t] = open_interest
        now["weight_distance"][:, t] = 0.5 * np.abs(value / total[:, None] - self._targets).sum(axis=1)
        now["bad_debt_usd"][:, t] = pool.lost_usd - self._opened.lost_usd
        now["insurance_usd"][:, t] = (pool.insurance * mid).sum(axis=1)
        now["utilisation"][:, t] = open_interest / total
        now["reserved_share"][:, t] = (pool.reserved * mid).sum(axis=1) / total
        now["oracle_mid_usd"][:, t] = prices.mid
        now["true_price_usd"][:, t] = seen.market.true_price_usd
        now["oracle_status"][:, t] = prices.status
        for part in (self._insurance, self._liquidity, self._outflow, self._liquidations):
            part.observe(seen)
        now["share_price_usd"][self._liquidity.is_left, t] = np.nan
        self._departures.observe()

    def foresee(self, seen: Observation, batch: Batch) -> None:
        """Look at what a batch is about to change."""
        if batch.verb == "liquidate" and len(batch):
            self._liquidations.foresee(seen, batch.path, batch.columns["account"])
        if batch.verb == "redeem":
            self._departures.foresee(seen, batch.path, batch.columns["amount"])
        if batch.verb == "execute_exit":
            self._departures.foresee(seen, batch.path, self._requests.leaving[batch.path, batch.columns["holder"]])
        if batch.verb == "execute_entry":
            self._requests.read()

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
        if batch.verb in _IN_TOKENS:
            columns = columns | {"amount": codec.kept(columns["amount"], self._decimals[columns["k"]])}
        match batch.verb:
            case "mint" | "redeem" | "swap":
                self._add(f"{batch.verb}_fee_usd", path, values["fee_usd"])
                moves = requests.at_once(batch.verb, path, actor, columns, values)
                self._liquidity.moved(seen, self._departures.moved(moves) if batch.verb == "redeem" else moves)
                self._arbitrage.swapped(seen.market, moves)
                self._arbitrage.filled(seen.market, moves)
            case "request_mint" | "request_swap" | "request_exit":
                self._requests.asked(batch.verb, path, actor, columns)
                if batch.verb == "request_swap":
                    self._arbitrage.asked(seen.market, path, actor, columns["k"], columns["amount"])
            case "execute_exit":
                self._add("redeem_fee_usd", path, values["fee_usd"])
                moves = self._requests.ended(batch.verb, path, columns["holder"], values)
                self._liquidity.moved(seen, self._departures.moved(moves))
            case "execute_entry":
                self._note_entries(seen, path, actor, columns["holder"], values)
            case "trade" | "execute":
                self._charge("trade_fee_usd", path, values["fee_usd"])
                self._add("borrow_fee_usd", path, values["borrow_usd"])
            case "deposit_collateral" | "withdraw_collateral":
                usd = columns["amount"] * seen.prices.mid[path, self._asset_feeds[columns["k"]]]
                is_in = batch.verb == "deposit_collateral"
                self._add("trader_deposit_usd" if is_in else "trader_withdrawal_usd", path, usd)
                self._liquidations.note_flow(path, columns["account"], -usd if is_in else usd)
            case "liquidate":
                self._note_liquidations(seen, ok, path, columns, values)
            case "deleverage":
                self._add("deleveraged_usd", path, values["closed_usd"])
                self._add("deleverage_haircut_usd", path, values["taken_usd"] * values["is_haircut"])
                self._add("deleverage_overshoot_usd", path, values["overshoot_usd"])

    def note_late(self, verb: str, path: np.ndarray) -> None:
        """Note calls that found no room in a block."""
        if len(path):
            self._count(self._reverts, (verb, NO_ROOM), path)

    def close(self, seen: Observation, wishes: Wished, at_venues: Mapping[str, np.ndarray]) -> Records:
        """The finished records: everything as of one instant, after the last calls, at the last prices.

        What winners gave back through an index no call tells of; the contract remembers it.

        Args:
            seen: of the last step.
            wishes: of the people who came after the opening, or still waited then.
            at_venues: by total, what those add to it who trade at venues, (paths,) each.
        """
        views = Views(self._chain)
        seen = replace(seen, pool=views.pool())
        self.observe(seen)
        totals = self._totals
        began, now = self._began, self._standing(seen)
        totals["trader_final_usd"] = np.maximum(now.traders, 0.0).sum(axis=1)
        totals["unbooked_loss_usd"] = np.maximum(-now.traders, 0.0).sum(axis=1)
        totals["deleverage_haircut_usd"] += views.given_by_winners() - self._given
        mid = seen.prices.mid[:, self._asset_feeds]
        totals["protocol_fee_usd"] = ((seen.pool.treasury - self._opened.treasury) * mid).sum(axis=1)
        for name in ("made", "met", "reduced", "given_up"):
            totals[f"wishes_{name}"] = getattr(wishes, name).astype(float)
        for name in OPENING:
            totals[f"opening_{name}"] = getattr(self._book, name).astype(float)
        self._reverts |= {(WISH, reason): count for reason, count in wishes.shortages.items()}
        self._reverts |= {(f"opening: {verb}", reason): count for (verb, reason), count in self._book.refusals.items()}
        totals |= self._insurance.close(now.insured - began.insured)
        self._liquidity.close(now.unpaid - began.unpaid)
        to_insurance = totals["insurance_result_usd"] - totals["insurance_prices_usd"]
        totals |= self._outflow.close(began, now, self._liquidity.from_traders, to_insurance)
        totals |= self._liquidity.parts
        self._requests.read()
        self._arbitrage.close(seen.market, self._requests.waiting)
        totals["arbitrage_loss_usd"] = self._arbitrage.pool_loss_usd
        totals["arbitrageur_result_usd"] = self._arbitrage.result_usd
        for name, usd in at_venues.items():
            totals[name] = totals.get(name, np.zeros(len(usd))) + usd
        series = self._series | {"hedged_price_usd": self._liquidity.hedged}
        series["liquidated_usd"] = _until(series["liquidated_usd"])
        columns = self._liquidations.close(now.traders[:, 1:])
        columns["path"] = self._paths[columns["path"].astype(int)]
        return Records(
            design=str(self._design),
            paths=self._paths,
            time_s=self._times_s,
            feeds=self._feeds,
            markets=tuple(market.symbol for market in self._design.markets),
            assets=tuple(asset.symbol for asset in self._design.assets),
            series=series,
            totals=totals,
            liquidations=columns,
            reverts=self._reverts,
            actions=self._actions,
        )

    def _standing(self, seen: Observation) -> Standing:
        return Standing.of(seen, self._appraiser, self._chain.deployment, self._asset_feeds)

    def _note_liquidations(
        self,
        seen: Observation,
        ok: np.ndarray,
        path: np.ndarray,
        columns: Mapping[str, np.ndarray],
        values: Mapping[str, np.ndarray],
    ) -> None:
        self._liquidations.note(seen, ok, path, columns, values)
        np.add.at(self._series["liquidated_usd"][:, seen.step], path, values["closed_usd"])
        is_taken_over = values["assigned_usd"] > 0
        margin = values["forfeited_usd"] * is_taken_over
        self._charge("liquidation_fee_usd", path, values["fee_usd"])
        self._add("borrow_fee_usd", path, values["borrow_usd"])
        self._charge("forfeited_usd", path, values["forfeited_usd"] - margin)
        self._add("penalty_usd", path, values["penalty_usd"])
        self._add("margin_taken_over_usd", path, margin)
        self._add("taken_over_usd", path, values["assigned_usd"])
        self._add("keeper_reward_usd", path, values["reward_usd"])
        self._insurance.note(path, values["penalty_usd"] + margin, values["insured_usd"])

    def _note_entries(
        self,
        seen: Observation,
        path: np.ndarray,
        actor: np.ndarray,
        holder: np.ndarray,
        values: Mapping[str, np.ndarray],
    ) -> None:
        given, is_swap = self._requests.given(path, holder)
        self._add("swap_fee_usd", path, values["fee_usd"] * is_swap)
        self._add("mint_fee_usd", path, values["fee_usd"] * ~is_swap)
        moves = self._requests.ended("execute_entry", path, holder, values)
        returned = values["returned"] / 10.0 ** self._decimals[given]
        returned += self._requests.reward[path, holder] * (actor == holder)  # who asked may end it himself
        self._liquidity.moved(seen, moves)
        self._arbitrage.swapped(seen.market, moves)
        self._arbitrage.answered(seen.market, moves, returned, is_swap & (values["outcome"] != POSTPONED))

    def _charge(self, total: str, path: np.ndarray, usd: np.ndarray) -> None:
        """Add what traders were charged for the pool."""
        self._add(total, path, usd)
        self._liquidity.tell(f"lp_{total}", path, usd)

    def _add(self, total: str, path: np.ndarray, usd: np.ndarray) -> None:
        np.add.at(self._totals[total], path, usd)

    def _count(self, table: dict, key: object, path: np.ndarray) -> None:
        if key not in table:
            table[key] = np.zeros(len(self._paths))
        table[key] += np.bincount(path, minlength=len(self._paths))


def _until(flows: np.ndarray) -> np.ndarray:
    """Flows of steps (paths, steps) as what had flowed when each began; the last: in all."""
    sums = np.cumsum(flows, axis=1)
    return np.concatenate([np.zeros((len(sums), 1)), sums[:, :-2], sums[:, -1:]], axis=1)[:, -sums.shape[1] :]
