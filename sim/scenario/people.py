"""The tables of a scenario file that describe who acts, how often, and with how much."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from sim.inputs.tomlfile import bad
from sim.scenario.tables import AmountUsd, Bps, Count, Factor, NonNegative, Positive, PriceUsd, Share, Table

SHARE_SUM_TOLERANCE = 1e-9  # decimal shares in a file sum to 1 within a few units in the last place


class LeverageShare(Table):
    """The share of traders who open with this leverage."""

    leverage: Factor
    share: Share


def _lowest_first(entries: tuple[LeverageShare, ...]) -> tuple[LeverageShare, ...]:
    return tuple(sorted(entries, key=lambda entry: (entry.leverage, entry.share)))


def _by_name(weights: dict[str, float]) -> dict[str, float]:
    return dict(sorted(weights.items()))


#: In the order of names: who wants what does not depend on the order in a file.
Weights = Annotated[dict[str, NonNegative], AfterValidator(_by_name)]


class Traders(Table):
    """Accounts that take positions against the pool."""

    count: Annotated[int, Field(gt=0, le=100_000)]
    seeded_share: Share  # of accounts that hold a position at step 0
    arrival_per_hour: NonNegative  # openings, per idle account
    close_per_hour: NonNegative  # voluntary closings, per open account
    long_share: Share
    leverage: Annotated[tuple[LeverageShare, ...], AfterValidator(_lowest_first), Field(min_length=1)]
    equity_median_usd: PriceUsd
    equity_log_sd: Annotated[float, Field(ge=0, le=5)]
    market_weights: Weights  # by feed
    margin_weights: Weights = {}  # what margin is posted in, by feed; what a design does not list: its dollar
    stop_share: Share  # of accounts that place a stop
    stop_loss_fraction: Positive  # of the position's margin lost
    take_profit_fraction: Positive  # of the position's margin gained
    #: Who is refused a position takes what the design allows; refused that, too, he wants this share of his last wish.
    retry_size_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    retry_after_s: NonNegative = 60.0  # and not before
    leave_share: Share = 0.25  # of those who are refused gives up, each time
    source: str = ""

    @model_validator(mode="after")
    def _shares_and_weights_are_whole(self) -> Traders:
        total = sum(entry.share for entry in self.leverage)
        if abs(total - 1.0) > SHARE_SUM_TOLERANCE:
            raise bad("leverage", "shares that sum to 1", total)
        if self.margin_weights and sum(self.margin_weights.values()) <= 0:
            raise bad("margin_weights", "at least one positive weight", self.margin_weights)
        if sum(self.market_weights.values()) <= 0:
            raise bad("market_weights", "at least one positive weight", self.market_weights)
        return self

    @property
    def market_shares(self) -> dict[str, float]:
        """`market_weights` scaled to sum to 1."""
        total = sum(self.market_weights.values())
        return {market: weight / total for market, weight in self.market_weights.items()}


class Blocks(Table):
    """How much of the chain's gas the protocol's transactions get."""

    gas_per_s: Positive = 1e9  # more than anybody asks for
    block_s: Positive = 0.25  # within a block the higher bid is first, whoever was quicker
    source: str = ""


class Arbitrageur(Table):
    """Trades the pool's assets against the venues when it pays."""

    capital_usd: AmountUsd
    min_profit_bps: Bps
    max_trade_usd: AmountUsd
    cost_usd: AmountUsd = 0.5  # per swap: what its place in a block costs him
    latency_s: NonNegative = 2.0  # mean time from a report to his answer
    source: str = ""


class LiquidityProviders(Table):
    """Accounts that mint pool shares for yield and redeem them after a drawdown."""

    count: Annotated[int, Field(gt=0, le=1_000)]
    seed_usd: Annotated[float, Field(ge=1, le=1e10)]  # the pool's initial value, deposited at target weights
    capital_usd: AmountUsd  # each
    deposit_yield_per_year: float  # adds above this visible yield: fees and traders' losses of the window,
    deposit_yield_spread_per_year: NonNegative = 0.0  # each his own, uniformly so much above or below
    yield_window_s: Positive = 604_800.0  # over which a pool's page shows it
    yield_before_per_year: float = 0.0  # what the page showed for the time before the start
    exit_drawdown_min: Share  # each tolerance is drawn uniformly between min and max
    exit_drawdown_max: Share
    action_share: Share  # of an account's capital or shares moved by one action
    #: Who sees that traders would take this share of the pool's value if they closed now leaves with all that he has,
    #: before any of it is booked; each his own, uniform between them. 1: nobody does.
    run_profit_min_share: Share = 1.0
    run_profit_max_share: Share = 1.0
    #: Who is refused asks for this share of what he asked for; as long as he wants it he is content with what is taken.
    retry_size_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    retry_after_s: NonNegative = 60.0  # and not before
    leave_share: Share = 0.25  # of those who are refused gives up, each time, until he wants it anew
    source: str = ""

    @model_validator(mode="after")
    def _drawdowns_are_ordered(self) -> LiquidityProviders:
        if self.exit_drawdown_max < self.exit_drawdown_min:
            raise bad(
                "exit_drawdown_max",
                f"at least exit_drawdown_min = {self.exit_drawdown_min}",
                self.exit_drawdown_max,
            )
        if self.run_profit_max_share < self.run_profit_min_share:
            least = f"at least run_profit_min_share = {self.run_profit_min_share}"
            raise bad("run_profit_max_share", least, self.run_profit_max_share)
        return self


class Keepers(Table):
    """Liquidators."""

    max_liquidations_per_step: Count
    #: Of a call's place in a block. No keeper brings a call that pays him less (sim.agents.pay): a request that does is
    #: brought to its end by whoever asked. What a design pays nobody for (to liquidate without a reward, to deleverage,
    #: to unwind) its operator does at any cost.
    cost_usd: AmountUsd
    latency_s: NonNegative = 2.0  # mean time from a report to their answer
    source: str = ""
