"""How many keys a mapping has: native storage is dense, and a key beyond its extent is a LIMIT, never a wrong answer.

A key that is an address reaches over the addresses of a world; truth values, flags and numbers of eight bits need no
extent. For any other number the source has to say how many there are, at the end of the mapping's line:

    visits_of: HashMap[uint256, uint256]  # keys: accounts
    marks: HashMap[uint256, HashMap[uint256, bool]]  # keys: 8, 16

The contracts of this package have their entries here, by name; nobody else's mapping of that name is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

#: A fixed number of keys, or what a world decides: how many accounts, how many addresses.
Extent = int | Literal["accounts", "addresses"]

ASSETS = MARKETS = FEEDS = 8
SIDES = 2
SLOTS = 16  # policy slots and roles (contracts/lib/constants.vy)
CELLS = 256  # of entry prices of a side (contracts/Cohorts.vy)
ORDERS = 8  # orders of an account
SUBJECTS = 11 * 16  # kinds of settings, times ids of each (contracts/modules/notice.vy)

#: Keys of mappings by name, outermost first.
Extents = Mapping[str, tuple[Extent, ...]]

#: Keys of each mapping by name, outermost first; address keys stand in place.
EXTENTS: Extents = {
    "policy_of": (SLOTS,),
    "memo_of": (SLOTS, MARKETS),
    "changes": (SLOTS,),
    "memories": ("accounts",),
    "askings": (MARKETS,),
    "carried_usd_wad": (MARKETS,),
    "asset_params": (ASSETS,),
    "buckets": (ASSETS,),
    "owner_of": ("accounts",),
    "is_operator": ("accounts", "addresses"),
    "collateral": ("accounts", ASSETS),
    "markets_of": ("accounts",),
    "life_of": ("accounts",),
    "market_params": (MARKETS,),
    "sides": (MARKETS,),
    "clocks": (MARKETS,),
    "positions": ("accounts", MARKETS),
    "funding_claims": ("accounts", MARKETS),
    "open_orders": ("accounts",),
    "orders_with_margin": ("accounts",),
    "orders": ("accounts", ORDERS),
    "unwound_at_s": (MARKETS,),
    "settlements": (MARKETS,),
    "is_retired": (MARKETS,),
    "deficits": (MARKETS, SIDES),
    "deficit_at_s": (MARKETS, SIDES),
    "won_usd_wad": (MARKETS, SIDES),
    "rounds": (MARKETS * SIDES * 2,),
    "shares_given": (MARKETS * SIDES * 2, "accounts"),
    "notices": (SUBJECTS,),
    "cells": (MARKETS * SIDES, CELLS),
    "in_use": (MARKETS * SIDES,),
    "due_usd_wad": (MARKETS * SIDES,),
    "given_usd_wad": (MARKETS * SIDES,),
    "members": ("accounts", MARKETS),
    "brake_of": (MARKETS + 1,),
}
