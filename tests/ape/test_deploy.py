"""What Ape deploys is the pool that the simulator runs; run by `ape test`, on both local providers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ape.api import AccountAPI
from ape.exceptions import ContractLogicError
from eth_utils import keccak
from web3 import HTTPProvider, Web3
from web3.logs import DISCARD

from sim.chain import ape_deploy
from sim.chain.deployment import HOMES
from sim.chain.failures import code_of
from sim.chain.settings import ROLES
from sim.design import SLOTS, load_design
from sim.inputs.compiler import artifact
from sim.inputs.errors import InputError

if TYPE_CHECKING:
    from conftest import Pool

USDC, USDC_1 = 3, 10**6
WAD = 10**18
GAS = 2_000_000


@pytest.fixture
def lp(accounts: Any) -> AccountAPI:
    return accounts[1]


@pytest.fixture
def stranger(accounts: Any) -> AccountAPI:
    return accounts[2]


def test_a_deposit_gets_shares_once_prices_are_reported(pool: Pool, lp: AccountAPI, chain: Any) -> None:
    """The first 1,000 USDC at a price band of one basis point and GLP's fee."""
    market, shares = pool.contracts["market"], pool.contracts["pool"]
    pool.give("USDC", lp, 1_000 * USDC_1)
    reported = pool.report(chain.blocks.head.timestamp)
    minted = shares.mint(USDC, 1_000 * USDC_1, 0, lp, sender=lp)

    seen = [event.feed for event in reported.decode_logs(pool.contracts["oracle"].PriceReported)]
    assert seen == list(range(len(pool.manifest["feeds"])))
    (event,) = minted.decode_logs(shares.Minted)
    assert (event.asset, event.receiver, event.amount) == (USDC, lp.address, 1_000 * USDC_1)
    assert 980 * WAD < event.shares < 1_000 * WAD
    assert shares.balanceOf(lp) == event.shares
    assert market.buckets(USDC).pool + market.collateral(2, USDC) == 1_000 * USDC_1


def test_a_refused_transaction_tells_its_code(pool: Pool, lp: AccountAPI, stranger: AccountAPI) -> None:
    """Calls that are refused at once: of a long one Ape draws a trace, which takes it a minute."""
    market, controller = pool.contracts["market"], pool.contracts["controller"]
    with pytest.raises(ContractLogicError) as refused:
        controller.set_mode(2, sender=stranger, gas=GAS)
    assert ape_deploy.failure_code(refused.value) == code_of("ACCESS_NOT_GUARDIAN")
    with pytest.raises(ContractLogicError) as refused:
        market.withdraw_collateral(1, 0, 1, lp, sender=lp, gas=GAS)
    assert ape_deploy.failure_code(refused.value) == code_of("ACCOUNT_NOT_AUTHORISED")


@pytest.mark.parametrize("name", ["jlp", "gmx_v2", "hlp", "pdlp_paper", "breakwater"])
def test_every_design_is_deployed_whole(name: str, accounts: Any, project: Any) -> None:
    """As `ape run deploy --design NAME` does it; what a contract refuses would stop it."""
    design = load_design(name)
    contracts, history = ape_deploy.deploy(design, ape_deploy.venues_of(), accounts[0], project)
    market = contracts["market"]
    assert market.asset_count() == len(design.assets)
    assert market.market_count() == len(design.markets)
    for i, slot in enumerate(SLOTS):
        assert contracts[HOMES[slot]].policy_of(i) == contracts[f"policy:{slot}"].address
    assert len(history) > len(contracts)


def test_every_slot_holds_the_policy_of_the_design(pool: Pool) -> None:
    market = pool.contracts["market"]
    for i, slot in enumerate(SLOTS):
        holder = pool.contracts[HOMES[slot]]
        assert holder.policy_of(i) == pool.manifest["contracts"][f"policy:{slot}"]["address"]
    for i, role in enumerate(ROLES, start=len(SLOTS)):
        assert market.policy_of(i) == pool.contracts[role].address
    assert market.CONTROLLER() == pool.contracts["controller"].address


def test_address_and_abi_of_the_manifest_are_enough_for_web3(pool: Pool, chain: Any) -> None:
    """A node is asked over HTTP; Ape's own test chain, which has no address, through the web3 that Ape has of it."""
    inner = chain.provider.web3.provider
    w3 = Web3(HTTPProvider(inner.endpoint_uri)) if isinstance(inner, HTTPProvider) else chain.provider.web3
    entry = {name: pool.manifest["contracts"][name] for name in ("market", "pool", "token:USDC", "lens")}
    market, shares, usdc, lens = (w3.eth.contract(each["address"], abi=each["abi"]) for each in entry.values())
    pool.report(chain.blocks.head.timestamp)
    sender = w3.eth.accounts[3]
    calls = (
        usdc.functions.mint(sender, USDC_1 * 50),
        usdc.functions.approve(market.address, USDC_1 * 50),
        shares.functions.mint(USDC, USDC_1 * 50, 0, sender),
    )
    for call in calls:
        receipt = w3.eth.wait_for_transaction_receipt(call.transact({"from": sender, "gas": GAS}))
        assert receipt["status"] == 1
    (event,) = shares.events.Minted().process_receipt(receipt, errors=DISCARD)
    assert event["args"]["shares"] == shares.functions.balanceOf(sender).call() > 0
    assert lens.functions.pool(market.address).call()[1] == shares.functions.totalSupply().call()


def test_the_manifest_tells_which_code_stands_where(pool: Pool, chain: Any) -> None:
    for name, entry in pool.manifest["contracts"].items():
        code = bytes(chain.provider.get_code(entry["address"]))
        made = artifact(pool.design.policies[name[7:]].source if name.startswith("policy:") else entry["source"])
        assert entry["bytecode"]["deployed"]["keccak256"] == "0x" + keccak(code).hex(), name
        assert entry["bytecode"]["runtime"]["keccak256"] == "0x" + keccak(made.runtime).hex(), name
        assert code.startswith(made.runtime), f"{name}: the immutables follow the compiled code"


def test_ape_compiles_to_the_bytecode_that_the_simulator_runs(project: Any) -> None:
    (made,) = project.load_contracts("contracts/Lens.vy", use_cache=False).values()
    compiled = artifact("Lens.vy")
    assert str(made.contract_type.deployment_bytecode.bytecode) == "0x" + compiled.initcode.hex()


def test_a_policy_of_the_users_own_is_deployed_though_apes_project_does_not_have_it(
    pool: Pool, project: Any, tmp_path: Path
) -> None:
    """Even under the name of a shipped one."""
    source = tmp_path / "FlatFee.vy"
    source.write_text("# pragma version 0.4.3\n\n@external\n@view\ndef answer() -> uint256:\n    return 42\n")
    mine = pool.admin.deploy(ape_deploy.container(artifact(source), project))
    assert mine.answer() == 42


def test_a_simulation_needs_a_node_and_leaves_alone_the_one_that_ape_started(chain: Any, monkeypatch: Any) -> None:
    if chain.provider.http_uri is not None:
        assert ape_deploy.node_url(chain.provider) is None
        monkeypatch.setattr(chain.provider, "process", None)  # as if it had been running before
        assert str(ape_deploy.node_url(chain.provider)).startswith("http://127.0.0.1:")
        return
    with pytest.raises(InputError, match="--network: expected a node, such as ethereum:local:foundry"):
        ape_deploy.node_url(chain.provider)
