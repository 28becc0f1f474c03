"""The bytecode that a tape is played on again, and plain questions to its contracts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from recount import decoder

from sim.chain.deployment import Cast, Opening
from sim.chain.evm import EvmChain
from sim.chain.protocol import Read
from sim.chain.settings import Venue
from sim.design import Design

#: An account that has no positions.
ORDER_BOOK = 3


class Machine:
    """One path on bytecode, deployed as the head of its tape says."""

    def __init__(self, head: dict[str, Any]) -> None:
        cast = head["cast"] | {"actors": tuple(head["cast"]["actors"])}
        opening = cast["opening"]
        cast["opening"] = Opening(tuple(opening["prices_usd"]), opening["seed_usd"], tuple(opening["providers"]))
        self.cast = Cast(**cast)
        self.design = Design.from_dict(head["design"], file="tape")
        venues = tuple(Venue(**venue) for venue in head["venues"])
        self._chain = EvmChain(self.design, venues, self.cast, paths=1, time_s=head["start_s"])
        self.addresses = self._chain.deployment.addresses
        self.feeds = self._chain.deployment.feeds

    def advance(self, time_s: int) -> None:
        """Begin a block."""
        self._chain.advance(time_s)

    def play(self, row: decoder.Row) -> None:
        """Make a call of the tape; it answers as it did, or the tape is none of this design's."""
        sender = self.addresses[self.cast.actors[row.actor]]
        status, output = self._chain.send(0, sender, self.addresses[row.target], row.data)
        assert (status, output) == (row.status, row.output), f"step {row.step}: {row.function} answers otherwise"

    def ask(self, target: str, function: str, *arguments: Any) -> Any:
        """What a view answers now."""
        source = decoder.SOURCES[target]
        (output,) = self._chain.read(0, [Read(target, decoder.question(source, function, arguments))])
        return decoder.answer(source, function, output)

    @contextmanager
    def accrued(self) -> Iterator[None]:
        """Inside, every market is brought to now, as the next verb would; what was is back afterwards."""
        mark = self._chain.snapshot(0)
        data = decoder.question(decoder.SOURCES["market"], "assess", (ORDER_BOOK,))
        status, _ = self._chain.send(0, self.addresses["reporter"], self.addresses["market"], data)
        assert status == 0
        yield
        self._chain.revert(0, mark)

    def close(self) -> None:
        """Drop the machine."""
        self._chain.close()
