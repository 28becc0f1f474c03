"""Faults of weight fees."""

from __future__ import annotations

from fuzz.faults.fault import fault

FAULTS = [
    fault(
        "every way toward the target is credited in full",
        "policies/weight_fee/ContinuousTax",
        "            if kind == c.MINT:\n                cost -= inward // 2",
        "            cost -= inward",
        "SW-10",
        design="pdlp_paper",
    ),
    fault(
        "a jump over the target ends outside the band",
        "policies/weight_fee/BandedTax",
        "(after_distance >= before_distance or crosses) and",
        "after_distance >= before_distance and",
        "SW-11",
        design="jlp",
    ),
]
