"""Faults of deleveraging: who is named, how often, and when."""

from __future__ import annotations

from fuzz.faults.fault import SIEGE, fault

FAULTS = [
    fault(
        "what an account has given is forgotten",
        "Liquidator",
        "given_usd_wad=given.taken_usd_wad,",
        "given_usd_wad=0,",
        "AD-12",
        design=SIEGE,
    ),
    fault(
        "a share is one of those who are named",
        "Liquidator",
        "    if ask.won_usd_wad >= roll.won_usd_wad:\n        return ask.won_usd_wad\n",
        "    if roll.won_usd_wad > 0:\n        return roll.won_usd_wad\n",
        "AD-12",
        design=SIEGE,
    ),
    fault(
        "losses of an earlier block are asked for",
        "Liquidator",
        "!= block.timestamp:\n        return 0\n    return self.deficits[m][side]",
        "+ EPOCH_S < block.timestamp:\n        return 0\n    return self.deficits[m][side]",
        "AD-13",
        design=SIEGE,
    ),
]
