"""Actors that a scenario names beside its people: each a table of its own, `[[actor]] kind = "whale"`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from sim.scenario.tables import AmountUsd, Bps, Factor, NonNegative, Positive, Share, Table, Text

Places = Annotated[int, Field(gt=0, le=100)]
Side = Literal["long", "short"]


class ActorTable(Table):
    """What every actor has: a name that his draws are keyed by, and margin accounts with money of their own."""

    name: Text
    accounts: Places = 1
    capital_usd: AmountUsd  # of each account: he cannot put in more, all in all
    source: Text


class Whale(ActorTable):
    """Builds one large position in parts, then takes out what margin he may: the pool inherits what is left."""

    kind: Literal["whale"]
    market: Text  # a feed
    side: Side
    leverage: Factor  # of each part
    parts: Places
    every_s: Positive  # from part to part
    withdraw_after_s: NonNegative  # the last part
    withdraw_share: Share  # of his free margin; 0: he does not


class Squeezer(ActorTable):
    """Buys in the pool, and then at a venue where shorts stand, to force them out."""

    kind: Literal["squeezer"]
    market: Text
    venue: Text
    leverage: Factor  # of his long in the pool
    push_usd: AmountUsd  # that he buys at the venue
    push_s: Positive  # over so long
    begin_after_s: NonNegative
    hold_s: NonNegative  # until he sells both again


class OracleAttacker(ActorTable):
    """Opens in the pool, moves a thin venue that its oracle listens to, closes at the new price, and sells again."""

    kind: Literal["oracle_attacker"]
    market: Text
    venue: Text
    side: Side
    leverage: Factor
    push_usd: AmountUsd
    begin_after_s: NonNegative
    hold_s: Positive  # from push to close


class ToxicArbitrageur(ActorTable):
    """Trades against the pool while venues have moved further than its oracle, and out when it has followed."""

    kind: Literal["toxic_arbitrageur"]
    market: Text
    leverage: Factor
    edge_bps: Bps  # of the venues over the pool's price, from which he opens


class CopyTraders(ActorTable):
    """One leader and those who copy him some time later: as many as there are accounts, the first is the leader."""

    kind: Literal["copy_traders"]
    market: Text
    leverage: Factor
    opens_per_hour: NonNegative  # of the leader, one side or the other
    delay_s: NonNegative  # of each copy, uniform up to it
    stop_loss_share: Share  # of margin, at which the leader closes


class Own(Table):
    """A file of the user's own, which says what accounts and money he has.

    What he may see and ask: `sim.agents.actors.stage`.
    """

    name: Text
    source: Text
    kind: Literal["own"]
    file: Path
    parameters: dict[str, Any] = {}


Actor = Annotated[Whale | Squeezer | OracleAttacker | ToxicArbitrageur | CopyTraders | Own, Field(discriminator="kind")]
