"""RiskController: what the depth of a coin's books counts as, where it bounds open interest, too."""

from __future__ import annotations

import pytest
from contracts.governed import change
from contracts.stage import BTC, WAD, Stage


@pytest.mark.parametrize(("old_usd", "most_usd"), [(50_000_000, 75_000_000), (1, 101)])
def test_a_depth_grows_like_the_cap_on_open_interest_that_it_may_be(old_usd: int, most_usd: int) -> None:
    """By half of itself, or by what leaves zero where that is more; and it is never without bound again."""
    stage = Stage()
    stage.change_asset(BTC, depth_usd_wad=old_usd * WAD)
    params = vars(stage.market.read("asset_params", BTC))
    for depth, answer in (
        (0, "ACCESS_STEP_TOO_LARGE"),
        (most_usd * WAD + 1, "ACCESS_STEP_TOO_LARGE"),
        (most_usd * WAD, "OK"),
    ):
        assert change(stage, "set_asset", BTC, tuple({**params, "depth_usd_wad": depth}.values())) == answer
