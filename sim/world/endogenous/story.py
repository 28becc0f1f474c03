"""What a market was like, minute by minute: what a report shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from sim.inputs.files import write_atomic
from sim.scenario.market import MarketScenario
from sim.world.endogenous.accounts import open_interest_usd
from sim.world.endogenous.gain import gain
from sim.world.endogenous.state import price_usd
from sim.world.endogenous.world import EndogenousWorld

EVERY_S = 60


@dataclass(frozen=True, slots=True)
class Story:
    """P paths, T moments, V venues, F feeds, K platforms; in the order of the market's own tables."""

    time_s: np.ndarray  # (T,) int64
    fundamental_usd: np.ndarray  # (P, T, F) what prices would be had nobody traded
    consensus_usd: np.ndarray  # (P, T, F)
    mid_usd: np.ndarray  # (P, T, V, F)
    presence: np.ndarray  # (P, T, V, F) of makers, 1 in the calm: depth within 1 % is in proportion, spreads against it
    open_interest_usd: np.ndarray  # (P, T, V, F) one side
    liquidated_usd: np.ndarray  # (P, T, K, 2) of longs and of shorts, since the market began
    deleveraged_usd: np.ndarray  # (P, T, K) the same
    fund_usd: np.ndarray  # (P, T, K) with what is taken over at mid
    gain: np.ndarray  # (P, T)

    @classmethod
    def concatenate(cls, parts: Sequence[Story]) -> Story:
        """Of more paths."""
        joined = {
            field.name: np.concatenate([getattr(part, field.name) for part in parts])
            for field in fields(cls)
            if field.name != "time_s"
        }
        return cls(time_s=parts[0].time_s, **joined)

    def save(self, file: Path) -> None:
        """Write it whole."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        write_atomic(file, lambda handle: np.savez_compressed(handle, **arrays))

    @classmethod
    def load(cls, file: Path) -> Story:
        """Read what `save` wrote."""
        with np.load(file, allow_pickle=False) as arrays:
            return cls(**{name: arrays[name] for name in arrays.files})


class Teller:
    """Looks at a world whose own records are never taken, so that its counters go on."""

    def __init__(self, market: MarketScenario) -> None:
        self._market = market
        self._times: list[int] = []
        self._taken: dict[str, list[np.ndarray]] = {}

    def look(self, world: EndogenousWorld) -> None:
        """Note what is the case, once a minute."""
        time_s, state = int(world.times_s[world.step]), world.state
        if self._times and time_s - self._times[-1] < EVERY_S:
            return
        mids, platforms = price_usd(state), state.platforms
        own = state.platform_terms.venue.astype(int)
        now = {
            "fundamental_usd": world.fundamental_usd,
            "consensus_usd": world.consensus_usd,
            "mid_usd": mids,
            "presence": state.books.presence,
            "open_interest_usd": open_interest_usd(state, mids),
            "liquidated_usd": platforms.liquidated_usd,
            "deleveraged_usd": platforms.deleveraged_usd,
            "fund_usd": platforms.fund_usd + (platforms.backlog_units * mids[:, own]).sum(axis=2),
            "gain": gain(self._market, state),
        }
        self._times.append(time_s)
        for name, value in now.items():
            self._taken.setdefault(name, []).append(np.array(value, dtype=np.float32))

    def story(self) -> Story:
        """All of it."""
        told = {name: np.stack(rows, axis=1) for name, rows in self._taken.items()}
        return Story(time_s=np.array(self._times), **told)
