"""A market with a part of it taken out, or made more of: ablations, and tries at what a market misses.

A variant changes the document of a market, by what things are and never by where they stand in the file.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]
Change = Callable[[Document], None]

AS_IT_IS = "as it is"
SAME_OPERATOR = "the large venue's operator runs the thin one: transfers are halted there as well (its post-mortem)"


def made(document: Document, variant: str) -> Document:
    """A changed copy of a document."""
    changed = copy.deepcopy(document)
    VARIANTS[variant](changed)
    return changed


def _nothing(document: Document) -> None:
    """Leave all as it is."""


def _set(table: str, **values: Any) -> Change:
    """Put values into a table."""

    def change(document: Document) -> None:
        document[table].update(values)

    return change


def _on_platforms(**values: Any) -> Change:
    """Put values into every platform."""

    def change(document: Document) -> None:
        for platform in document["platform"]:
            platform.update(values)

    return change


def _in_crowds(change_crowd: Callable[[dict[str, Any]], None]) -> Change:
    """Change every crowd of every platform."""

    def change(document: Document) -> None:
        for platform in document["platform"]:
            for crowd in platform["crowd"]:
                change_crowd(crowd)

    return change


def _all(*changes: Change) -> Change:
    def change(document: Document) -> None:
        for each in changes:
            each(document)

    return change


def _without(table: str) -> Change:
    def change(document: Document) -> None:
        document[table] = []

    return change


def _no_stops(crowd: dict[str, Any]) -> None:
    crowd["stop_share"] = crowd["stop_loss_share"] = 0.0


def _without_crowds(opens: str) -> Change:
    """Take out crowds that open in one way."""

    def change(document: Document) -> None:
        for platform in document["platform"]:
            platform["crowd"] = [crowd for crowd in platform["crowd"] if crowd.get("opens", "start") != opens]

    return change


def depth_times(factor: float, venue: str | None = None) -> Change:
    """More or less of all books, or of one venue's."""

    def change(document: Document) -> None:
        for each in document["venue"]:
            if venue in (None, each["name"]):
                for depth in each["depth"]:
                    depth["at_1pct_usd"] *= factor

    return change


def _news_times(factor: float) -> Change:
    def change(document: Document) -> None:
        for news in document["news"]:
            news["size_bps"] *= factor

    return change


def _transfer_halt(document: Document) -> None:
    """Halt the thin venue's transfers together with the large one's."""
    halts = [event for event in document["event"] if event["kind"] == "transfer_halt"]
    document["event"] += [{**event, "venue": "thin", "source": SAME_OPERATOR} for event in halts]


def _single_names(document: Document) -> None:
    """Spread the small coins' betas as ten coins' falls on the liquid venue were spread: 9 to 52 about 30."""
    for asset in document["asset"]:
        if asset["feed"].startswith("ALT"):
            asset["news_beta"] = 3.0 + 3.0 * (asset["news_beta"] - 3.0)


def _of_crowds(name: str, venue: str | None = None, **factors: float) -> Change:
    """Multiply numbers of the crowds of a name, on all platforms or on one venue's; "" is any name."""

    def change(document: Document) -> None:
        for platform in document["platform"]:
            for crowd in platform["crowd"]:
                if name in ("", crowd["name"]) and venue in (None, platform["venue"]):
                    crowd.update({key: crowd[key] * factor for key, factor in factors.items()})

    return change


def _collateral_times(factor: float) -> Change:
    def change_crowd(crowd: dict[str, Any]) -> None:
        if "collateral" in crowd:
            crowd["collateral"] = {feed: factor * share for feed, share in crowd["collateral"].items()}

    return _in_crowds(change_crowd)


def _vault_as_fund(document: Document) -> None:
    """The on-chain book's fund is its vault: USD 300 to 400 million that takes liquidations over."""
    for platform in document["platform"]:
        if platform["venue"] == "onchain_book":
            platform["insurance_usd"] = 350e6


def _wild_hours(document: Document) -> None:
    """The fundamental keeps moving three times as much as in the calm after the storm has begun."""
    storm = max(document["news"], key=lambda news: news["from"])
    crisis = {"from": storm["from"], "until": document["clock"]["segment"][-1]["until"], "factor": 3.0}
    document["fundamental"]["crisis"] = [{**crisis, "source": "[assumption]"}]


_STILL = _all(_no_momentum := _set("momentum", size_depths=0.0), _in_crowds(_no_stops), _without_crowds("fall"))

VARIANTS: dict[str, Change] = {
    AS_IT_IS: _nothing,
    # parts taken out
    "no platforms": _without("platform"),
    "makers stay": _set("makers", withdrawal_exponent=0.0, loss_withdrawal=0.0, loss_stop_share=1.0),
    "no herding": _STILL,
    "no momentum": _no_momentum,
    "no entries": _without_crowds("fall"),
    "no stops": _in_crowds(_no_stops),
    "no arbitrage": _set("arbitrage", capital_usd=0.0),
    "no news": _without("news"),
    "depth x 1.5": depth_times(1.5),
    "depth x 2": depth_times(2.0),
    "leverage x 0.7": _of_crowds("", leverage_median=0.7),
    "ladders": _on_platforms(engine="ladder"),
    # bistability
    "depth x 0.5": depth_times(0.5),
    # tries at what is missed
    "more leave by choice": _on_platforms(leave_per_hour=0.02, leave_panic=1.0),
    "twice as many arrive": _of_crowds("arrivals", share=2.0),
    "arrivals of three times the leverage": _of_crowds("arrivals", leverage_median=3.0),
    "wild hours after": _wild_hours,
    "single names": _single_names,
    "thin venue cut off": _transfer_halt,
    "thin books a third": depth_times(1.0 / 3.0, "thin"),
    "thin books a tenth, cut off": _all(_transfer_halt, depth_times(0.1, "thin")),
    "vault as fund": _vault_as_fund,
    "no funds": _on_platforms(insurance_usd=0.0),
    "leverage on chain x 2": _of_crowds("", "onchain_book", leverage_median=2.0),
    "USDe margin x 5": _collateral_times(5.0),
    "news x 0.8": _news_times(0.8),
}
