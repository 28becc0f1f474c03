"""One deployment for all Ape tests: Ape makes about ten transactions a second."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ape.api import AccountAPI, ProviderAPI
from ape.contracts import ContractInstance

from sim.chain import ape_deploy
from sim.design import Design, load_design

PRICES_USD = {"BTC": 100_000, "ETH": 4_000, "SOL": 200, "USDC": 1}
VENUES = 8


@dataclass(frozen=True, slots=True)
class Pool:
    """A design as `scripts/deploy.py` leaves it."""

    design: Design
    contracts: dict[str, ContractInstance]
    manifest: dict[str, Any]
    admin: AccountAPI

    def report(self, time_s: int) -> Any:
        """The same fresh quote from every venue."""
        words = [(PRICES_USD[feed] * 10**18 << 160) | time_s for feed in self.manifest["feeds"] for _ in range(VENUES)]
        return self.contracts["oracle"].report(words, sender=self.admin)

    def give(self, symbol: str, to: AccountAPI, units: int) -> None:
        """Tokens, and leave for the market to take them."""
        token = self.contracts[f"token:{symbol}"]
        token.mint(to, units, sender=to)
        token.approve(self.contracts["market"], units, sender=to)


@pytest.fixture(scope="session")
def pool(accounts: Any, project: Any, networks: Any, tmp_path_factory: pytest.TempPathFactory) -> Pool:
    provider: ProviderAPI = networks.provider
    design, admin = load_design("glp"), accounts[0]
    folder: Path = tmp_path_factory.mktemp("deployments")
    contracts, path = ape_deploy.deploy_and_note(design, admin, project, provider, folder)
    return Pool(design, contracts, json.loads(path.read_text()), admin)
