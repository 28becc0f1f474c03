"""The designer's bench: look at a design, compare two, begin one's own, try a policy by itself.

>>> from sim.workbench import Bench, load_designs, rehearse
>>> rehearse(load_designs(["mine.toml"])[0]).series["share_price_usd"]
>>> Bench.of("Mine.vy", rate_at_full_per_year=0.5).call("rates", 0, 5 * 10**17, 0, 0, 0, 0, 0)

Names are imported when they are first used, so that a command which needs one of them does not pay for all.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.workbench.bench import Bench, Refused
    from sim.workbench.checked import load_designs
    from sim.workbench.rehearsal import rehearse, short_storm

_HOMES = {
    "Bench": "sim.workbench.bench",
    "Refused": "sim.workbench.bench",
    "load_designs": "sim.workbench.checked",
    "rehearse": "sim.workbench.rehearsal",
    "short_storm": "sim.workbench.rehearsal",
}

__all__ = ["Bench", "Refused", "load_designs", "rehearse", "short_storm"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim.workbench' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
