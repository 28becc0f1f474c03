"""No parameter is parsed and never read: each of a shipped design is moved, and the same history must end otherwise.

A parameter that several designs have (a field of an asset, a parameter of one policy) is moved in one of them, and
counts as read as soon as one of a few changes shows. What a design writes down and cannot use has a recorded reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, localcontext
from functools import cache
from itertools import zip_longest
from typing import Any

import pytest
from design.history import History

from sim.chain.failures import ContractError
from sim.design import SLOTS, list_designs, load_design
from sim.design.layers import key_of, read_layers
from sim.design.overrides import parse_override
from sim.inputs.errors import InputError

Place = tuple[str, ...]
FINEST = Decimal("1e-18")
#: A history is of one block after the other: trades that wait for the next price are the same ones a block later.
AT_ONCE = ("execution=at_once", "pool.entry_wait_s=0")
#: Where the venues' books keep positions small.
_WIDE = ("open_interest_depth_share=1_000",)

#: Weights with which a fee may reckon with a pair.
_A_PAIR = {"BTC": "0.5", "ETH": "0", "SOL": "0", "USDC": "0.5"}
#: Where a parameter is moved if not in the first design that has it, and what is set beside so that it shows.
BESIDE: dict[str, tuple[str, tuple[str, ...]]] = {
    "asset.buffer": ("glp", ("asset.BTC.buffer=1_000",)),
    "asset.depth_usd": ("breakwater", (*_WIDE, "asset.BTC.depth_usd=400_000")),
    "asset.haircut": ("glp", ()),
    "borrow_rate.kinked_borrow.maximum_per_year": ("gmx_v2", ("borrow_rate.target_utilisation=0.1",)),
    "circuit.price_move_circuit.minimum_s": ("breakwater", (*_WIDE, "circuit.minimum_s=3_000")),
    "circuit.price_move_circuit.on": ("post_reform", ()),
    "deleverage.capped_pro_rata.cap": ("breakwater", _WIDE),
    "deleverage.capped_pro_rata.covers_deficit": ("breakwater", _WIDE),
    "deleverage.capped_pro_rata.target": ("breakwater", (*_WIDE, "deleverage.trigger=0.03", "deleverage.target=0.02")),
    "deleverage.capped_pro_rata.trigger": ("breakwater", (*_WIDE, "deleverage.trigger=0.03", "deleverage.target=0.02")),
    "deleverage.listed_queue.lot_usd": ("hlp", ("deleverage.trigger=0.03", "deleverage.lot_usd=3_000_000")),
    "deleverage.listed_queue.target": ("hlp", ("deleverage.trigger=0.03",)),
    "deleverage.pro_rata_deleverage.target": ("gmx_v2", ("deleverage.trigger=0.03", "deleverage.target=0.02")),
    "deleverage.pro_rata_deleverage.trigger": ("gmx_v2", ("deleverage.trigger=0.03", "deleverage.target=0.02")),
    "funding_rate.adaptive_funding.decrease_s": ("gmx_v2", ("funding_rate.decrease_threshold=0.03",)),
    "funding_rate.adaptive_funding.stable_threshold": ("gmx_v2", ("funding_rate.stable_threshold=0.01",)),
    "funding_rate.paper_funding.maximum_per_year": ("pdlp_paper", ("funding_rate.maximum_per_year=0.3",)),
    "funding_rate.premium_funding.interest_per_8h": ("hlp", ("funding_rate.band_per_8h=0.01",)),
    "liquidation.close_factor.close_factor": ("pdlp_paper", ("liquidation.full_below=0.3",)),
    "liquidation.close_factor.dust_usd": ("pdlp_paper", ("liquidation.full_below=0.3",)),
    "liquidation.close_factor.minimum_usd": ("pdlp_paper", ("liquidation.full_below=0.3",)),
    "liquidation.fixed_fraction.cooldown_s": ("hlp", ("liquidation.cooldown_s=10",)),
    "liquidation.fixed_fraction.pool_pays_keeper": ("hlp", ("liquidation.keeper_usd=0.01",)),
    "liquidation.fixed_fraction.repeats_after_cooldown": ("hlp", ("liquidation.cooldown_s=10",)),
    "liquidation.tier_ladder.pool_pays_keeper": ("pre_reform", ("liquidation.keeper_usd=0.01",)),
    "losses.epoch_s": ("breakwater", (*_WIDE, "losses.max_epoch_loss_usd=1_000")),
    "losses.max_epoch_loss_usd": ("breakwater", (*_WIDE, "losses.max_epoch_loss_usd=2_500_000")),
    "margin.open_interest_margin.upper_cap_usd": (
        "post_reform",
        ("margin.lower_cap_usd=10_000_000", "margin.upper_cap_usd=2_000_000_000"),
    ),
    "market.max_open_interest_usd": ("gmx_v2", ()),
    "market.max_profit_share": ("gmx_v2", ("market.SOL.max_profit_share=0.01",)),
    "oracle.feed.max_usd": ("glp", ("oracle.feed.SOL.max_usd=150",)),
    "oracle.feed.min_usd": ("glp", ("oracle.feed.BTC.min_usd=45_000",)),
    "oracle.feed.redemption_rate": ("post_reform", ()),
    "oracle.max_confidence_bps": ("glp", ()),
    "oracle.max_venue_age_s": ("glp", ()),
    "oracle.wide_bps": ("glp", ()),
    "pool.redeem_delay_s": ("hlp", ()),
    "weight_fee.flat_fee.swap_fee_bps": ("pre_reform", ()),
    "weight_fee.glp_tax.stable_assets": ("glp", ('weight_fee.stable_assets=["SOL", "USDC"]',)),
    "weight_fee.glp_tax.stable_swap_fee_bps": ("glp", ('weight_fee.stable_assets=["SOL", "USDC"]',)),
    "weight_fee.glp_tax.stable_tax_bps": ("glp", ('weight_fee.stable_assets=["SOL", "USDC"]',)),
    "weight_fee.imbalance_impact.pair": (
        "gmx_v2",
        tuple(f"asset.{symbol}.target_weight={weight}" for symbol, weight in _A_PAIR.items()),
    ),
}
#: What does not show in a design though it does in another, and why.
SILENT = {
    ("single_venue", "oracle.min_venues"): "one venue's price needs no quorum",
    ("single_venue", "oracle.min_weight_share"): "one venue's price needs no quorum",
    ("single_venue", "oracle.max_venue_share"): "one venue has all of the weight",
    ("hlp", "weight_fee.swap_fee_bps"): "there is one asset, which cannot be swapped for itself",
    ("hlp", "deleverage.lot_usd"): "half a billion is as much more than any profit as a billion: positions close whole",
}


def _places(name: str) -> Iterator[tuple[str, Place, Any]]:
    """Every key of a design that holds a number, a flag or a list: (what it is wherever it stands, place, value)."""
    table = read_layers(name).merged()
    for key in ("protocol_fee_share", "age_spread_bps_per_s", "open_interest_depth_share", "sale_order"):
        if key in table:
            yield key, (key,), table[key]
    for place in (("pool",), ("losses",), ("oracle",)):
        fields = {field: value for field, value in table.get(place[0], {}).items() if field != "feed"}
        for field, value in fields.items():
            yield f"{place[0]}.{field}", (*place, field), value
    for items in (("asset",), ("market",), ("oracle", "feed")):
        for symbol, item in (table["oracle"]["feed"] if len(items) == 2 else table[items[0]]).items():
            for field, value in item.items():
                yield f"{'.'.join(items)}.{field}", (*items, symbol, field), value
    for slot in SLOTS:
        policy = table[slot]["policy"]
        for field, value in table[slot].items():
            yield f"{slot}.{policy}.{field}", (slot, field), value


@cache
def parameters() -> dict[str, list[tuple[str, Place, Any]]]:
    """Where each parameter stands: (design, place, value). Names, symbols and modes are no parameters."""
    found: dict[str, list[tuple[str, Place, Any]]] = {}
    for name in list_designs():
        for identity, place, value in _places(name):
            if not isinstance(value, str):
                found.setdefault(identity, []).append((name, place, value))
    return dict(sorted(found.items()))


def _moved(value: Any) -> Iterator[Any]:
    """A few other values: of a flag, a number, a list, or the first market's in a table by market."""
    if isinstance(value, Mapping):
        first = next(iter(value))
        yield from ({**value, first: other} for other in _moved(value[first]))
    elif isinstance(value, list) and value and not isinstance(value[0], str):
        for i, item in enumerate(value):
            yield from ([*value[:i], other, *value[i + 1 :]] for other in _moved(item))
    elif isinstance(value, list):
        yield from (value[::-1], [*value[1:], value[0]], value[1:])
    elif isinstance(value, bool):
        yield not value
    elif value == 0:
        yield from (1, Decimal("0.03"), 1_000)
    else:
        number = Decimal(value)
        others = (2 * number, number / 2, number + 1, number * 4 / 5, 100 * number, number / 100)
        with localcontext(prec=60):
            others = tuple(other.quantize(FINEST).normalize() for other in others)
        yield from others


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return format(value, "f") if isinstance(value, Decimal) else json.dumps(value)


def _changes(identity: str, name: str, place: Place, value: Any) -> Iterator[tuple[str, ...]]:
    """Sets of overrides that move one parameter; weights go on summing to one."""
    if identity == "asset.target_weight":
        weights = {symbol: item["target_weight"] for symbol, item in read_layers(name).merged()["asset"].items()}
        other = max((symbol for symbol in weights if symbol != place[1]), key=weights.__getitem__)
        part = weights[other] / 10
        yield f"asset.{place[1]}.target_weight={value + part}", f"asset.{other}.target_weight={weights[other] - part}"
        return
    for moved in _moved(value):
        yield (f"{'.'.join(place)}={_toml(moved)}",)


@cache
def _told(name: str, beside: tuple[str, ...]) -> list[bytes]:
    return list(History(load_design(name, (*AT_ONCE, *beside))).play())


def _differs(name: str, beside: tuple[str, ...], change: tuple[str, ...]) -> bool:
    """Say whether a change makes the history end otherwise; it does not if it cannot be deployed or opens no pool."""
    try:
        history = History(load_design(name, (*AT_ONCE, *beside, *change)))
    except (InputError, ContractError):
        return False
    return any(was != now for was, now in zip_longest(_told(name, beside), history.play()))


def _shows(identity: str) -> bool:
    chosen, beside = BESIDE.get(identity, (None, ()))
    places = [found for found in parameters()[identity] if chosen in (None, found[0])]
    set_beside = {override.place: override.value for override in map(parse_override, beside)}
    if any(place in set_beside for _, place, _ in places):
        places = [(name, place, set_beside[place]) for name, place, _ in places if place in set_beside]
    for name, place, value in places:
        if any(_differs(name, beside, change) for change in _changes(identity, name, place, value)):
            return True
    return False


@pytest.mark.parametrize("identity", parameters())
def test_a_parameter_that_moves_changes_what_happens(identity):
    assert _shows(identity), f"{identity} is parsed, but nothing depends on it"


@pytest.mark.parametrize(("name", "key"), SILENT)
def test_a_parameter_with_a_reason_is_still_silent(name, key):
    (found,) = ((key, place, value) for _, place, value in _places(name) if key_of(place) == key)
    doubled, halved, *_ = _changes(key, name, *found[1:])
    assert not _differs(name, (), doubled) and not _differs(name, (), halved), SILENT[name, key]


def test_what_is_set_beside_still_exists():
    known = {(identity, name) for identity, places in parameters().items() for name, _, _ in places}
    assert {(identity, name) for identity, (name, _) in BESIDE.items()} <= known


def test_the_same_design_twice_tells_the_same_history():
    assert not _differs("glp", (), ())
