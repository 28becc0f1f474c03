"""Every balance of the protocol out of its logs alone: what a database keeps that never calls the chain."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from types import SimpleNamespace
from typing import Any

from contracts.stage import LONG, NOBODY, POOL, SHORT, WAD, Event, Stage, _decoded_log
from eth_utils import to_checksum_address
from pyrevm import EVM

from sim.inputs.compiler import artifact

SLOTS_PER_ACCOUNT = 8
BOOK = 3


class RecordingEvm:
    """An EVM that keeps the logs of every accepted call, from the first contract's creation on."""

    def __init__(self, **settings: Any) -> None:
        self._evm, self.time_s = EVM(**settings), 0
        self.tape: list[tuple[int, str, Event]] = []  # time of the block, emitter, what it said

    def __getattr__(self, name: str) -> Any:
        return getattr(self._evm, name)

    def set_block_env(self, block: Any) -> None:
        self.time_s = block.timestamp
        self._evm.set_block_env(block)

    def message_call(self, *arguments: Any, **named: Any) -> Any:
        answer = self._evm.message_call(*arguments, **named)
        self._keep()
        return answer

    def deploy(self, *arguments: Any) -> Any:
        address = self._evm.deploy(*arguments)
        self._keep()
        return address

    def _keep(self) -> None:
        for log in self._evm.result.logs:
            self.tape.append((self.time_s, to_checksum_address(log.address), _decoded_log(log)))


@cache
def _names(function: str) -> tuple[str, ...]:
    """Fields of the struct that a function of Market, or of its desk, returns."""
    source = "Desk.vy" if function == "trade" else "Market.vy"
    return tuple(part["name"] for part in artifact(source).function(function)["outputs"][0]["components"])


def _struct(function: str, values: tuple[Any, ...]) -> SimpleNamespace:
    spelled = (to_checksum_address(value) if isinstance(value, str) else value for value in values)
    return SimpleNamespace(**dict(zip(_names(function), spelled, strict=True)))


class Indexer:
    """What the logs of known contracts add up to. It knows the addresses, and the rules that are written here."""

    def __init__(self, stage: Stage) -> None:
        self._known = {
            contract.address
            for contract in (
                *(stage.market, stage.desk, stage.rates, stage.pool, stage.order_book, stage.liquidator),
                *stage.tokens,
            )
        }
        self.is_funding_per_unit = stage.design.is_funding_per_unit
        self.tokens: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))  # shares are the Pool's
        self.owners: dict[int, str] = {}
        self.operators: set[tuple[int, str]] = set()
        self.collateral: dict[tuple[int, int], int] = defaultdict(int)
        self.pool: dict[int, int] = defaultdict(int)
        self.assets: dict[int, SimpleNamespace] = {}
        self.markets: dict[int, SimpleNamespace] = {}
        self.positions: dict[tuple[int, int], tuple[int, ...]] = {}
        self.indices: dict[int, SimpleNamespace] = {}
        self.claims: dict[tuple[int, int], int] = defaultdict(int)
        self.pots: dict[int, int] = defaultdict(int)
        self.impact_pools: dict[int, int] = defaultdict(int)
        self.closed: dict[int, int] = defaultdict(int)
        self.orders: dict[tuple[int, int], tuple[tuple[Any, ...], int]] = {}
        self.deficits: dict[tuple[int, int], int] = defaultdict(int)
        self.policies: dict[int, str] = {}
        self.rebate_budget = self.mode = self.reduce_only_until_s = self.protocol_fee = self.sale_order = 0

    def read(self, tape: list[tuple[int, str, Event]]) -> None:
        """Take the next part of the chain's logs."""
        for time_s, emitter, event in tape:
            handler = getattr(self, f"_{event.name}", None)
            if handler and emitter in self._known:
                handler(SimpleNamespace(emitter=emitter, block_s=time_s, **event.fields))

    # ------------------------------------------------------------------ tokens and shares

    def _Transfer(self, e: SimpleNamespace) -> None:
        held = self.tokens[e.emitter]
        held[e.sender] -= e.value
        held[e.receiver] += e.value

    def _RebateBudgetMoved(self, e: SimpleNamespace) -> None:
        self.rebate_budget += e.delta

    # ------------------------------------------------------------------ parameters

    def _AssetChanged(self, e: SimpleNamespace) -> None:
        if e.asset not in self.assets:
            self.sale_order |= e.asset << (4 * e.asset)  # listed last, sold last
        self.assets[e.asset] = _struct("asset_params", e.params)

    def _MarketChanged(self, e: SimpleNamespace) -> None:
        self.markets[e.market] = _struct("market_params", e.params)

    def _SaleOrderChanged(self, e: SimpleNamespace) -> None:
        self.sale_order = e.order

    def _ProtocolFeeChanged(self, e: SimpleNamespace) -> None:
        self.protocol_fee = e.share_wad

    def _PolicyChanged(self, e: SimpleNamespace) -> None:
        self.policies[e.slot] = e.policy

    def _ModeChanged(self, e: SimpleNamespace) -> None:
        self.mode = e.mode

    def _ReduceOnlyUntil(self, e: SimpleNamespace) -> None:
        self.reduce_only_until_s = e.time_s

    def _CircuitChanged(self, e: SimpleNamespace) -> None:
        self.closed[e.market] = e.closed

    # ------------------------------------------------------------------ accounts and positions

    def _AccountOpened(self, e: SimpleNamespace) -> None:
        self.owners[e.account] = e.owner

    def _OperatorChanged(self, e: SimpleNamespace) -> None:
        (self.operators.add if e.is_approved else self.operators.discard)((e.account, e.operator))

    def _CollateralMoved(self, e: SimpleNamespace) -> None:
        self.collateral[e.account, e.asset] += e.delta

    def _PoolMoved(self, e: SimpleNamespace) -> None:
        self.pool[e.asset] += e.delta

    def _PositionChanged(self, e: SimpleNamespace) -> None:
        self.positions[e.account, e.market] = e.position

    def _Accrued(self, e: SimpleNamespace) -> None:
        self.indices[e.market] = e

    def _Traded(self, e: SimpleNamespace) -> None:
        fill = _struct("trade", e.fill)
        self.claims[e.account, e.market] += max(-fill.funding_usd_wad, 0)
        paid = max(max(fill.funding_usd_wad, 0) - fill.unpaid_usd_wad, 0)
        self.pots[e.market] += max(-fill.funding_usd_wad, 0) if self.is_funding_per_unit else paid
        kept = fill.impact_usd_wad
        if kept > 0:
            kept = kept * self.markets[e.market].impact_pool_share_wad // WAD
        self.impact_pools[e.market] += kept
        if not self.held(e.market, LONG) and not self.held(e.market, SHORT):
            self.impact_pools[e.market] = 0  # the shareholders', when nobody is left

    def _FundingClaimed(self, e: SimpleNamespace) -> None:
        self.claims[e.account, e.market] -= e.usd_wad
        self.pots[e.market] -= e.usd_wad

    def _FundingSetOff(self, e: SimpleNamespace) -> None:
        self.claims[e.account, e.market] -= e.usd_wad
        self.claims[POOL, e.market] += e.usd_wad

    def _PaidLate(self, e: SimpleNamespace) -> None:
        if not self.is_funding_per_unit:
            self.pots[e.market] += e.funding_usd_wad

    def _PositionAssigned(self, e: SimpleNamespace) -> None:
        self.claims[e.target, e.market] += self.claims[e.source, e.market]
        self.claims[e.source, e.market] = 0

    def _OrderPlaced(self, e: SimpleNamespace) -> None:
        self.orders[e.account, e.slot] = e.terms, e.block_s

    def _OrderClosed(self, e: SimpleNamespace) -> None:
        del self.orders[e.account, e.slot]

    def _DeficitChanged(self, e: SimpleNamespace) -> None:
        self.deficits[e.market, e.side] = e.usd_wad

    # ------------------------------------------------------------------ what follows from them

    def held(self, m: int, side: int) -> list[SimpleNamespace]:
        """Positions on a side."""
        sign = 1 if side == LONG else -1
        mine = [_struct("positions", position) for (_, market), position in self.positions.items() if market == m]
        return [position for position in mine if position.size_wad * sign > 0]

    def side(self, m: int, side: int) -> tuple[int, ...]:
        """Sums of a side and its indices, as Market keeps them."""
        held, now = self.held(m, side), self.indices.get(m)
        name = "long" if side == LONG else "short"
        return (
            sum(abs(position.size_wad) for position in held),
            sum(position.cost_usd_wad for position in held),
            getattr(now, f"borrow_index_{name}_wad", 0),
            sum(position.borrow_debt_usd_wad for position in held),
            getattr(now, f"funding_index_{name}_wad", 0),
            sum(position.funding_debt_usd_wad for position in held),
        )

    def reserved(self, k: int) -> int:
        """Units of an asset that back positions."""
        total = 0
        for m, market in self.markets.items():
            for side, asset in ((LONG, market.long_asset), (SHORT, market.short_asset)):
                total += sum(position.reserve for position in self.held(m, side) if asset == k)
        return total

    def margins(self, k: int) -> int:
        """Units of an asset that open orders have set aside."""
        return sum(terms[7] for terms, _ in self.orders.values() if terms[6] == k)

    def supply(self, token: str) -> int:
        """What was made of a token and not destroyed."""
        return -self.tokens[token][NOBODY]
