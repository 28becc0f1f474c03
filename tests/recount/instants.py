"""The state of a pool at one instant, asked of the contracts word by word, as exact numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from recount.machine import Machine

WAD = 10**18
LONG, SHORT = 0, 1
INSURANCE, TREASURY, ORDER_BOOK = 1, 2, 3  # account ids

Usd = Fraction


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset of a pool."""

    feed: int
    unit: int  # token units of a whole token
    weight: Fraction  # target


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a market, its indices as of now."""

    size: Fraction
    cost: Usd
    borrow: Fraction  # USD for a USD of cost since the beginning
    funding: Fraction  # USD for a unit of size


@dataclass(frozen=True, slots=True)
class Instant:
    """Whole tokens by asset, USD; by feed in the order of the deployment."""

    mid: list[Usd]  # by feed
    status: list[int]  # of prices, by feed
    value: Usd  # of the pool, at mid
    supply: Fraction
    pool: list[Fraction]
    reserved: list[Fraction]
    insurance: list[Fraction]
    treasury: list[Fraction]
    others: list[Fraction]  # collateral of all other accounts
    lost: Usd  # ever
    open_interest: Usd  # of both sides, at mid
    sides: list[Side]  # two for each market
    deltas: list[Fraction]  # by feed: what the pool's value gains by a dollar more


def assets_of(machine: Machine) -> list[Asset]:
    """The assets of a pool, with their decimals from the design's file and the rest from Market."""
    found = []
    for k, asset in enumerate(machine.design.assets):
        params = machine.ask("market", "asset_params", k)
        found.append(Asset(params["feed"], 10**asset.decimals, Fraction(params["target_weight_wad"], WAD)))
    return found


def look(machine: Machine, assets: list[Asset]) -> Instant:
    """Ask for everything."""
    prices = machine.ask("oracle", "prices")[: len(machine.feeds)]
    mid = [Fraction(price["mid"], WAD) for price in prices]
    buckets = [machine.ask("market", "buckets", k) for k in range(len(assets))]
    insurance, treasury = (tokens_of(machine, assets, account) for account in (INSURANCE, TREASURY))
    collateral = [Fraction(bucket["collateral"], asset.unit) for bucket, asset in zip(buckets, assets, strict=True)]
    sides = _sides(machine)
    open_interest, deltas = _exposures(machine, assets, buckets, mid, sides)
    return Instant(
        mid=mid,
        status=[price["status"] for price in prices],
        value=Fraction(machine.ask("pool", "aum")["mid"], WAD),
        supply=Fraction(machine.ask("pool", "totalSupply"), WAD),
        pool=[Fraction(bucket["pool"], asset.unit) for bucket, asset in zip(buckets, assets, strict=True)],
        reserved=[Fraction(bucket["reserved"], asset.unit) for bucket, asset in zip(buckets, assets, strict=True)],
        insurance=insurance,
        treasury=treasury,
        others=[c - i - t for c, i, t in zip(collateral, insurance, treasury, strict=True)],
        lost=Fraction(machine.ask("liquidator", "lost_usd_wad"), WAD),
        open_interest=open_interest,
        sides=sides,
        deltas=deltas,
    )


def tokens_of(machine: Machine, assets: list[Asset], account: int) -> list[Fraction]:
    """Collateral of an account, whole tokens."""
    return [Fraction(machine.ask("market", "collateral", account, k), a.unit) for k, a in enumerate(assets)]


def _sides(machine: Machine) -> list[Side]:
    """Both of every market."""
    names = ("size_wad", "cost_usd_wad", "borrow_index_wad", "funding_index_wad")
    with machine.accrued():
        markets = range(len(machine.design.markets))
        found = [machine.ask("market", "sides", m, side) for m in markets for side in (LONG, SHORT)]
    return [Side(*(Fraction(each[name], WAD) for name in names)) for each in found]


def _exposures(
    machine: Machine, assets: list[Asset], buckets: list[dict[str, Any]], mid: list[Usd], sides: list[Side]
) -> tuple[Usd, list[Fraction]]:
    """Open interest of all markets, and by how much the pool gains with each feed's price.

    It holds its tokens and is the other side of every position. A side whose profit is above its cap is owed a share of
    the tokens that back it, whatever its market's price does.
    """
    deltas = [Fraction(0)] * len(machine.feeds)
    for bucket, asset in zip(buckets, assets, strict=True):
        deltas[asset.feed] += Fraction(bucket["pool"], asset.unit)
    open_interest = Fraction(0)
    for m in range(len(machine.design.markets)):
        params, exposure = machine.ask("market", "market_params", m), machine.ask("market", "exposure", m)
        both = [side.size for side in sides[2 * m : 2 * m + 2]]
        share = Fraction(params["max_profit_share_wad"], WAD)
        for side, k in ((LONG, params["long_asset"]), (SHORT, params["short_asset"])):
            if exposure["pnl"][side] > exposure["backing"][side] * share:
                deltas[assets[k].feed] -= Fraction(buckets[k]["pool"], assets[k].unit) * share
            else:
                deltas[params["feed"]] -= both[side] if side == LONG else -both[side]
        open_interest += sum(both) * mid[params["feed"]]
    return open_interest, deltas


def at_mid(tokens: list[Fraction], assets: list[Asset], mid: list[Usd]) -> Usd:
    """What tokens are worth at mid prices of feeds."""
    return sum((amount * mid[asset.feed] for amount, asset in zip(tokens, assets, strict=True)), Fraction(0))
