"""One policy on an EVM with nothing else in it: for tests of a rule by itself."""

from __future__ import annotations

from sim.workbench.bench import Bench as Policy
from sim.workbench.bench import Refused

WAD = 10**18
YEAR_S = 31_536_000
T0 = 1_760_000_000
MAX_UINT = 2**256 - 1
MAX_INT = 2**255 - 1
MAX_RATE_WAD_PER_S = 317_097_919_837  # 1,000 % a year

__all__ = ["MAX_INT", "MAX_RATE_WAD_PER_S", "MAX_UINT", "T0", "WAD", "YEAR_S", "Policy", "Refused"]
