"""A node for the tests that need one; without Anvil they fail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rpc.scripted_tape import START_S

from sim.chain.anvil import Anvil


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    with Anvil(time_s=START_S) as node:
        yield node
