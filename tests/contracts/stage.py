"""The stage of the contract tests: a deployed design, its roles, exact calls, decoded events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from eth_abi import decode, encode
from eth_utils import event_abi_to_log_topic, to_checksum_address
from eth_utils.abi import collapse_if_tuple
from pyrevm import AccountInfo

from sim.chain.deployment import HOMES, Cast
from sim.chain.evm import EvmChain
from sim.chain.failures import OK, name_of
from sim.chain.plan import encode_call
from sim.chain.settings import ROLES, Venue
from sim.design import SLOTS, Design, load_design
from sim.inputs.compiler import Artifact, artifact

WAD = 10**18
T0 = 1_760_000_000
YEAR_S = 31_536_000
MAX_RATE_WAD_PER_S = 317_097_919_837  # 1,000 % a year
MAX_UINT = 2**256 - 1
NOBODY = "0x" + "00" * 20

BTC, ETH, SOL, USDC = range(4)  # assets and feeds; the first three are markets too
BTC_1, ETH_1, SOL_1, USDC_1 = 10**8, 10**18, 10**9, 10**6  # token units
SYMBOLS = ("BTC", "ETH", "SOL", "USDC")
SCALES = (10**10, 1, 10**9, 10**12)
POOL, INSURANCE, TREASURY, ORDER_BOOK = range(4)
LONG, SHORT = 0, 1
NORMAL, REDUCE_ONLY, PAUSED = 0, 1, 2
FINE, WIDE, HALTED = 0, 1, 2

#: Round prices, USD per whole token.
PRICES_USD = (50_000, 2_500, 100, 1)

#: glp without fees, haircuts and rewards: 10 % initial and 2 % maintenance margin.
PLAIN = (
    "execution=at_once",
    "protocol_fee_share=0",
    "weight_fee.policy=flat_fee",
    "weight_fee.mint_redeem_fee_bps=0",
    "weight_fee.swap_fee_bps=0",
    "borrow_rate.rate_at_full_per_year=0",
    *(f"asset.{symbol}.haircut=0" for symbol in SYMBOLS),
    *(f"market.{symbol}.trade_fee_bps=0" for symbol in SYMBOLS[:3]),
    "margin.initial_bps=1000",
    "margin.maintenance_bps=200",
    "margin.minimum_usd=0",
    "liquidation.fee_bps=0",
    "liquidation.keeper_usd=0",
    "liquidation.pool_pays_keeper=false",
)

_CAST = Cast(("reporter", "traders", "keepers", "lp", "stranger"), trader_accounts=4)
_ROLES = {"trader": "traders", "keeper": "keepers"}
#: Accounts that the deployment opened for the admin, with the trader (or the keeper) as operator.
ALICE, BOB, CAROL, DAVE = _CAST.trader_ids
KEEPER = _CAST.keeper_ids[0]


@dataclass(frozen=True, slots=True)
class Event:
    """A decoded log; structs are tuples."""

    name: str
    fields: dict[str, Any]


def event(name: str, **fields: Any) -> Event:
    """Write an expected event."""
    return Event(name, fields)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an accepted call gave back."""

    returned: Any
    events: tuple[Event, ...]

    def fields(self, name: str) -> dict[str, Any]:
        """Fields of the one event of this name."""
        (event,) = (event for event in self.events if event.name == name)
        return event.fields


class Contract:
    """One deployed contract, called by roles."""

    def __init__(self, stage: Stage, code: Artifact, address: str) -> None:
        self._stage, self._code, self.address = stage, code, address

    def attempt(self, function: str, *arguments: Any, by: str) -> tuple[str, Any]:
        """Call as a role, contracts included: (name of the failure or OK, returned value)."""
        data = encode_call(self._code, function, arguments)
        sender = self._stage.address(by)
        with self._stage.speaking(sender):
            status, output = self._stage.chain.send(0, sender, self.address, data)
        returned = _decoded(self._code.function(function), output) if status == OK else None
        return name_of(status), returned

    def refusal(self, function: str, *arguments: Any, by: str) -> str:
        """Name of the failure of a call; OK if it is accepted."""
        return self.attempt(function, *arguments, by=by)[0]

    def send(self, function: str, *arguments: Any, by: str) -> Receipt:
        """Make a call that has to be accepted."""
        status, returned = self.attempt(function, *arguments, by=by)
        assert status == "OK", f"{function}: {status}"
        return Receipt(returned, self._stage.logged())

    def read(self, function: str, *arguments: Any) -> Any:
        """Answer of a view."""
        status, returned = self.attempt(function, *arguments, by="stranger")
        assert status == "OK", f"{function}: {status}"
        return returned

    def signatures(self) -> list[dict[str, Any]]:
        """ABI entries of all functions."""
        return [entry for entry in self._code.abi if entry["type"] == "function"]


class Stage:
    """The plain design with overrides, on one path. Its oracle says what `price` told it."""

    def __init__(self, *overrides: str) -> None:
        self.design = _design(overrides)
        self.chain = EvmChain(self.design, [Venue("a", 1)], _CAST, paths=1, time_s=T0)
        self.time_s = T0
        named = self.chain.deployment.addresses.items()
        self._addresses = {name: to_checksum_address(address) for name, address in named}
        self.market = self.contract("Market.vy", self._addresses["market"])
        self.desk = self.contract("Desk.vy", self._addresses["desk"])
        self.rates = self.contract("Rates.vy", self._addresses["rates"])
        self.pool = self.contract("Pool.vy", self._addresses["pool"])
        self.order_book = self.contract("OrderBook.vy", self._addresses["order_book"])
        self.exits = self.contract("Exits.vy", self._addresses["exits"])
        self.entries = self.contract("Entries.vy", self._addresses["entries"])
        if self.design.is_cut_by_index:
            self.cohorts = self.contract("Cohorts.vy", self._addresses["cohorts"])
        self.liquidator = self.contract("Liquidator.vy", self._addresses["liquidator"])
        self.controller = self.contract("RiskController.vy", self._addresses["controller"])
        self.oracle_controller = self.contract("OracleController.vy", self._addresses["oracle_controller"])
        self.doctor = self.contract("Doctor.vy", self._addresses["doctor"])
        self.lens = self.contract("Lens.vy", self._addresses["lens"])
        self.tokens = [
            self.contract("mocks/MockToken.vy", self._addresses[f"token:{asset.symbol}"])
            for asset in self.design.assets
        ]
        stub = artifact("mocks/StubOracle.vy")
        oracle = self._addresses["oracle"]
        self._evm.insert_account_info(oracle, AccountInfo(code=stub.runtime))
        self.oracle = self.contract("mocks/StubOracle.vy", oracle)
        for feed in range(8):  # the stub stands on the storage of the oracle that it replaces
            self.oracle.send("forget", feed, by="admin")
            self.price(feed, 0, status=HALTED)
            self.oracle.send("set_collateral", feed, 0, by="admin")
            self.oracle.send("set_first", feed, (0, 0, 0, 0, HALTED), by="admin")
        for feed, usd in enumerate(PRICES_USD):
            self.price(feed, usd * WAD)

    @property
    def _evm(self) -> Any:
        return self.chain._evms[0]

    def address(self, role: str) -> str:
        """Address of a role; an address stands for itself."""
        return self._addresses.get(_ROLES.get(role, role), role)

    def contract(self, source: str, address: str) -> Contract:
        """Speak to a contract."""
        return Contract(self, artifact(source), address)

    def deploy(self, source: str, *arguments: Any) -> Contract:
        """Create a contract."""
        code = artifact(source)
        types = [kind for _, kind in code.constructor]
        address = self.chain.deploy(0, code.initcode + encode(types, arguments))
        return self.contract(source, to_checksum_address(address))

    def fill(self, slot: str, source: str, *arguments: Any) -> Contract:
        """Put a policy into a slot of the design."""
        policy = self.deploy(source, *arguments)
        self.market.send("accrue", by="stranger")
        self.govern(HOMES.get(slot, "market"), "set_policy", (*SLOTS, *ROLES).index(slot), policy.address)
        return policy

    def govern(self, target: str, function: str, *arguments: Any) -> Receipt:
        """Change a parameter as the controller would, past its notices and steps."""
        return getattr(self, target).send(function, *arguments, by="controller")

    @contextmanager
    def speaking(self, sender: str) -> Iterator[None]:
        """Let a contract send: the EVM lets only plain addresses do so, and puts its code aside meanwhile."""
        info = self._evm.basic(sender)
        if not info.code:
            yield
            return
        self._evm.insert_account_info(sender, AccountInfo())
        try:
            yield
        finally:
            self._evm.insert_account_info(sender, info)

    def holder_of(self, slot: int) -> Contract:
        """The contract that asks the rule of a slot."""
        return getattr(self, HOMES.get((*SLOTS, *ROLES)[slot], "market"))

    def rude(self, slot: str, *answer: int) -> Contract:
        """Put a policy into a slot that answers with these numbers."""
        return self.fill(slot, "mocks/RudePolicy.vy", [*answer, *[0] * (12 - len(answer))])

    def price(self, feed: int, mid: int, spread: int = 0, status: int = FINE) -> None:
        """Tell the stub: `mid` -/+ `spread`, WAD."""
        quote = (mid - spread, mid, mid + spread, self.time_s, status)
        self.oracle.send("set_price", feed, quote, by="admin")

    def advance(self, seconds: int) -> None:
        """Begin a block later."""
        self.time_s += seconds
        self.chain.advance(self.time_s)

    def seed(self, *amounts: int) -> None:
        """Let the LP mint with token units of each asset."""
        for k, amount in enumerate(amounts):
            if amount:
                self.pool.send("mint", k, amount, 0, self.address("lp"), by="lp")

    def deposit(self, account: int, k: int, amount: int) -> None:
        """Add collateral."""
        self.market.send("deposit_collateral", account, k, amount, by="trader")

    def trade(self, account: int, m: int, size_delta_wad: int) -> Receipt:
        """Trade at any price."""
        acceptable = MAX_UINT if size_delta_wad > 0 else 0
        return self.desk.send("trade", account, m, size_delta_wad, acceptable, by="trader")

    def liquidate(self, account: int, keeper: int = KEEPER) -> SimpleNamespace:
        """Liquidate, for the keeper's account."""
        return self.liquidator.send("liquidate", account, keeper, by="keeper").returned

    def change_asset(self, k: int, **changes: Any) -> None:
        """Change parameters of a listed asset."""
        params = vars(self.market.read("asset_params", k)) | changes
        self.govern("market", "set_asset", k, tuple(params.values()))

    def change_market(self, m: int, **changes: Any) -> None:
        """Change parameters of a listed market."""
        params = vars(self.market.read("market_params", m)) | changes
        self.govern("market", "set_market", m, tuple(params.values()))

    def list_asset(self, token: Contract, decimals: int, feed: int) -> int:
        """List another token, without limits."""
        k = self.market.read("asset_count")
        params = (token.address, 10 ** (18 - decimals), feed, 0, 0, 0, 2**128, 0)
        self.govern("market", "set_asset", k, params)
        return k

    def collateral(self, account: int, k: int = USDC) -> int:
        """Token units that an account holds."""
        return self.market.read("collateral", account, k)

    def balance(self, k: int, role: str) -> int:
        """Token units in a wallet."""
        return self.tokens[k].read("balanceOf", self.address(role))

    def logged(self) -> tuple[Event, ...]:
        """Events of the last call, in order."""
        return tuple(_decoded_log(log) for log in self._evm.result.logs)


def result_of(source: str, function: str, **fields: Any) -> tuple[Any, ...]:
    """Write an expected struct, the first value that a function returns; what is not named is zero."""
    parts = artifact(source).function(function)["outputs"][0]["components"]
    kinds = {part["name"]: part["type"] for part in parts}
    assert fields.keys() <= kinds.keys(), f"no such field: {fields.keys() - kinds.keys()}"
    return tuple(fields.get(name, False if kind == "bool" else 0) for name, kind in kinds.items())


@cache
def _design(overrides: tuple[str, ...]) -> Design:
    return load_design("glp", (*PLAIN, *overrides))


@cache
def _events() -> dict[bytes, dict[str, Any]]:
    sources = (
        "Market.vy",
        "Pool.vy",
        "OrderBook.vy",
        "Exits.vy",
        "Entries.vy",
        "Cohorts.vy",
        "Liquidator.vy",
        "RiskController.vy",
        "Oracle.vy",
        "OracleController.vy",
    )
    entries = [entry for source in sources for entry in artifact(source).abi]
    return {event_abi_to_log_topic(e): e for e in entries if e["type"] == "event"}


def _decoded_log(log: Any) -> Event:
    topics, data = log.data
    entry = _events()[bytes(topics[0])]
    indexed = [item for item in entry["inputs"] if item["indexed"]]
    plain = [item for item in entry["inputs"] if not item["indexed"]]
    values = {
        item["name"]: decode([item["type"]], bytes(topic))[0] for item, topic in zip(indexed, topics[1:], strict=True)
    }
    rest = decode([collapse_if_tuple(item) for item in plain], bytes(data))
    values |= {item["name"]: value for item, value in zip(plain, rest, strict=True)}
    checked = {key: _checksummed(value) for key, value in values.items()}
    return Event(entry["name"], checked)


def _checksummed(value: Any) -> Any:
    is_address = isinstance(value, str) and value.startswith("0x") and len(value) == 42
    return to_checksum_address(value) if is_address else value


def _decoded(entry: dict[str, Any], output: bytes) -> Any:
    values = decode([collapse_if_tuple(item) for item in entry["outputs"]], output)
    named = tuple(_named(item, value) for item, value in zip(entry["outputs"], values, strict=True))
    return named[0] if len(named) == 1 else named or None


def _named(item: dict[str, Any], value: Any) -> Any:
    if item["type"] == "tuple":
        parts = zip(item["components"], value, strict=True)
        return SimpleNamespace(**{part["name"]: _named(part, inner) for part, inner in parts})
    if item["type"].startswith("tuple["):
        one = {**item, "type": item["type"][: item["type"].rindex("[")]}
        return [_named(one, inner) for inner in value]
    return _checksummed(value)
