"""What an actor may see and ask: columns over paths, his own accounts, the pool's prices, venues.

A user's own actor is a class like this:

    from sim import Actor

    class Dip(Actor):
        capital_usd = 1e6

        def act(self, see):
            fallen = see.price_usd("BTC") < 0.97 * self.first
            see.trade("BTC", usd=2e6 * (fallen & (see.size("BTC") == 0)))

        def begin(self, see):
            self.first = see.price_usd("BTC")

Everything is an array over paths: (P,) for one account, (P, n) for `accounts = n`. A path must not look at another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.engine.observation import Observation
from sim.world.streams import Draws


class Actor:
    """Subclass it: `act` is called at every step, `begin` once before the first."""

    accounts: int = 1
    capital_usd: float = 0.0  # of each account
    name: str = ""  # default: the file's; what his draws are keyed by

    def __init__(self, parameters: dict[str, Any] | None = None) -> None:
        self.parameters = dict(parameters or {})

    def begin(self, see: View) -> None:
        """Look around once, and remember."""

    def act(self, see: View) -> None:
        """Look, and ask."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One wish of an actor, to be carried out after all of them are known; in the order asked."""

    what: str  # deposit, trade, withdraw, venue
    feed: str
    usd: np.ndarray  # (P, n), or (P,) at a venue
    venue: int = -1


class Refusal(Exception):
    """An actor asked for what nobody can be asked: told with the line of his file."""


class View:
    """One step as an actor sees it, and where he leaves what he wants."""

    def __init__(self, seen: Observation, book: Own, draws: Draws, name: str) -> None:
        self._seen, self._book, self._draws, self._name = seen, book, draws, name
        self.asked: list[Asked] = []

    @property
    def step(self) -> int:
        """Number of the step, from 0."""
        return self._seen.step

    @property
    def time_s(self) -> int:
        """Unix time."""
        return self._seen.time_s

    @property
    def since_start_s(self) -> int:
        """Since the first step."""
        return self._seen.time_s - self._book.start_s

    @property
    def span_s(self) -> float:
        """Seconds of a step."""
        return float(self._seen.step_s)

    @property
    def paths(self) -> int:
        """How many."""
        return self._book.paths

    @property
    def feeds(self) -> tuple[str, ...]:
        """Feeds of the design's assets and markets."""
        return self._book.feeds

    @property
    def markets(self) -> tuple[str, ...]:
        """Feeds that can be traded in the pool."""
        return tuple(self._book.markets)

    @property
    def venues(self) -> tuple[str, ...]:
        """Names of venues."""
        return self._book.venues

    def price_usd(self, feed: str) -> np.ndarray:
        """The pool's price, (P,): the oracle's mid; 0 where it has none."""
        return self._seen.prices.mid[:, self._feed(feed)].copy()

    def venue_usd(self, venue: str, feed: str) -> np.ndarray:
        """What a venue shows, (P,)."""
        return self._seen.quotes.price_usd[:, self._feed(feed), self._venue(venue)].copy()

    def best_bid_usd(self, feed: str) -> np.ndarray:
        """Of all venues whose quotes are fresh, (P,); minus infinity where there is none."""
        return self._seen.market.bid_usd[:, self._feed(feed)].copy()

    def best_ask_usd(self, feed: str) -> np.ndarray:
        """The same; infinity where there is none."""
        return self._seen.market.ask_usd[:, self._feed(feed)].copy()

    def size(self, feed: str) -> np.ndarray:
        """His position in the pool, units, signed."""
        sizes = self._own(self._seen.book.sizes)
        return self._shaped(sum(sizes[:, :, m] for m in self._market(feed)))

    def profit_usd(self, feed: str) -> np.ndarray:
        """Of that position at the pool's price."""
        profits = self._own(self._seen.profit_usd)
        return self._shaped(sum(profits[:, :, m] for m in self._market(feed)))

    @property
    def equity_usd(self) -> np.ndarray:
        """What his accounts are worth by the design's own rule."""
        return self._shaped(self._own(self._seen.book.equity))

    @property
    def loose_usd(self) -> np.ndarray:
        """Equity beyond what positions have to keep: less may be taken out where a design asks for more."""
        return self._shaped(self._own(self._seen.book.equity - self._seen.book.maintenance))

    @property
    def free_usd(self) -> np.ndarray:
        """What he may put in yet."""
        return self._shaped(self._book.left_usd.copy())

    @property
    def is_waiting(self) -> np.ndarray:
        """Whether a request of his waits for its price."""
        return self._shaped(self._own(self._seen.book.is_waiting))

    @property
    def was_liquidated(self) -> np.ndarray:
        """At any time."""
        return self._shaped(self._book.was_liquidated.copy())

    @property
    def refused(self) -> np.ndarray:
        """Whether something that he asked for in his last turn was refused."""
        return self._shaped(self._book.was_refused.copy())

    def held(self, venue: str, feed: str) -> np.ndarray:
        """Units that he has bought at a venue, those that wait among them, (P,)."""
        return self._book.held[:, self._venue(venue), self._feed(feed)].copy()

    def uniform(self, purpose: str = "") -> np.ndarray:
        """Uniforms on [0, 1), anew at every step; whatever he draws moves nobody else's."""
        return self._shaped(
            self._draws.uniform(f"actor {self._name} {purpose}", self._seen.step, (self._book.accounts,)).copy()
        )

    def deposit(self, usd: Any) -> None:
        """Put margin in, in the design's dollar, as far as his capital goes."""
        self._ask("deposit", "", self._column(usd, at_least=0.0))

    def withdraw(self, usd: Any) -> None:
        """Take margin out; the design says how much it lets go."""
        self._ask("withdraw", "", self._column(usd, at_least=0.0))

    def trade(self, feed: str, usd: Any) -> None:
        """Buy (+) or sell (-) so much notional in the pool, at the pool's price."""
        self._market(feed)
        self._ask("trade", feed, self._column(usd))

    def close(self, feed: str, where: Any = True) -> None:
        """Close his position in the pool where told to."""
        self._market(feed)
        self._ask("close", feed, self._column(np.asarray(where, dtype=float)))

    def buy(self, venue: str, feed: str, usd: Any) -> None:
        """Buy (+) or sell (-) at a venue: it fills in the next step, at what a trade of that size costs."""
        self._feed(feed)
        usd = np.broadcast_to(self._finite(usd), (self.paths,)).astype(float)
        self.asked.append(Asked("venue", feed, usd, self._venue(venue)))

    def _ask(self, what: str, feed: str, usd: np.ndarray) -> None:
        if usd.any():
            self.asked.append(Asked(what, feed, usd))

    def _column(self, usd: Any, at_least: float = -np.inf) -> np.ndarray:
        given = self._finite(usd)
        shape = (self.paths, self._book.accounts)
        if given.shape == (self.paths,) and self._book.accounts > 1:
            given = given[:, None]
        wanted = given[:, None] if given.ndim == 1 and self._book.accounts == 1 else given
        try:
            column = np.broadcast_to(wanted, shape).astype(float)
        except ValueError:
            raise Refusal(
                f"expected an array over {self.paths} paths and {shape[1]} accounts, got {given.shape}"
            ) from None
        if (column < at_least).any():
            raise Refusal(f"expected amounts of {at_least:g} USD or more, got {column.min():g}")
        return column

    def _finite(self, usd: Any) -> np.ndarray:
        try:
            given = np.asarray(usd, dtype=float)
        except (TypeError, ValueError):
            raise Refusal(f"expected numbers of USD, got {type(usd).__name__}") from None
        if not np.isfinite(given).all():
            raise Refusal("expected finite numbers of USD, got one that is none")
        return given

    def _own(self, values: np.ndarray) -> np.ndarray:
        return values[:, self._book.first : self._book.first + self._book.accounts]

    def _shaped(self, values: Any) -> np.ndarray:
        found = np.array(values)
        return found[:, 0] if self._book.accounts == 1 else found

    def _feed(self, feed: str) -> int:
        return _place(feed, self._book.feeds, "feed")

    def _venue(self, venue: str) -> int:
        return _place(venue, self._book.venues, "venue")

    def _market(self, feed: str) -> list[int]:
        if feed not in self._book.markets:
            raise Refusal(f"expected the feed of a market, one of {', '.join(self._book.markets)}, got {feed!r}")
        return self._book.markets[feed]


@dataclass(slots=True)
class Own:
    """What is an actor's, by path and account."""

    paths: int
    accounts: int
    first: int  # of his accounts among those of the book
    start_s: int
    feeds: tuple[str, ...]
    venues: tuple[str, ...]
    markets: dict[str, list[int]]  # by feed
    left_usd: np.ndarray  # (P, n)
    was_liquidated: np.ndarray  # (P, n)
    was_refused: np.ndarray  # (P, n)
    held: np.ndarray  # (P, V, F) units


def _place(name: str, known: tuple[str, ...], what: str) -> int:
    if name not in known:
        raise Refusal(f"expected a {what}, one of {', '.join(known)}, got {name!r}")
    return known.index(name)
