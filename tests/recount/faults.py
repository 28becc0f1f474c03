"""Faults of the ledger, planted one at a time: a line of its source, changed. Each has to be seen by the recount."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from unittest.mock import patch


@dataclass(frozen=True, slots=True)
class Fault:
    """`old` stands once in `module`, whose `name` is what `user` makes its accounts with."""

    what: str
    module: str
    user: str
    name: str
    old: str
    new: str
    design: str
    seen_in: tuple[str, ...]  # measures, among others


@contextmanager
def planted(fault: Fault) -> Iterator[None]:
    """Everything inside uses the changed source."""
    module = import_module(fault.module)
    source = Path(str(module.__file__)).read_text()
    assert source.count(fault.old) == 1, f"{fault.what}: {fault.old!r} stands {source.count(fault.old)} times"
    changed = ModuleType(fault.module)
    exec(compile(source.replace(fault.old, fault.new), str(module.__file__), "exec"), changed.__dict__)
    other = changed if fault.name == fault.module.rpartition(".")[2] else getattr(changed, fault.name)
    with patch.object(import_module(fault.user), fault.name, other):
        yield


def _in(part: str, user: str = "ledger") -> tuple[str, str, str]:
    """Where a class of the ledger stands, and who uses it."""
    return f"sim.engine.ledger.{part}", f"sim.engine.ledger.{user}", part.capitalize()


LEDGER = ("sim.engine.ledger.ledger", "sim.engine.loop", "Ledger")
#: The step of a call whose loss no liquidation told of.
_TOLD = """np.bincount(
            np.concatenate([np.zeros(0), *self._liquidations._columns["path"]]).astype(int),
            np.concatenate([np.zeros(0), *self._liquidations._columns["bad_debt_usd"]]),
            len(self._paths),
        )"""

FAULTS = (
    Fault(
        "forfeits counted as fees", *LEDGER,
        'self._charge("liquidation_fee_usd", path, values["fee_usd"])',
        'self._charge("liquidation_fee_usd", path, values["fee_usd"] + values["forfeited_usd"])',
        "hlp", ("liquidation_fee_usd", "fees_usd", "lp_liquidation_fee_usd", "lp_traders_usd"),
    ),
    Fault(
        "bad debt that unwinding books left out", *LEDGER,
        "pool.lost_usd - self._opened.lost_usd", _TOLD,
        "pre_reform", ("bad_debt_usd", "bad_debt_bps"),
    ),
    Fault(
        "the last step left out of the final state", *LEDGER,
        "        seen = replace(seen, pool=views.pool())\n        self.observe(seen)\n", "",
        "hlp", ("lp_return_pct", "lp_result_usd"),
    ),
    Fault(
        "tokens out in the units of tokens in", *_in("requests"),
        "units / self._units[out]", "units / self._units[k]",
        "gmx_v2", ("lp_swap_usd", "arbitrage_loss_usd", "arbitrageur_result_usd"),
    ),
    Fault(
        "margin that insurance takes over counted as forfeited", *LEDGER,
        'values["forfeited_usd"] - margin)', 'values["forfeited_usd"])',
        "post_reform", ("forfeited_usd", "lp_forfeited_usd", "lp_traders_usd"),
    ),
    Fault(
        "what insurance pays taken for what its positions lost", *_in("insurance"),
        "self._moved - self._received + self._used + positions_usd",
        "self._moved - self._received + positions_usd",
        "pre_reform", ("insurance_positions_usd",),
    ),
    Fault(
        "accounts under water taken off what traders have", *LEDGER,
        'totals["trader_final_usd"] = np.maximum(now.traders, 0.0).sum(axis=1)',
        'totals["trader_final_usd"] = now.traders.sum(axis=1)',
        "breakwater", ("trader_result_usd",),
    ),
    Fault(
        "deposits at the low price", *LEDGER,
        'columns["amount"] * seen.prices.mid[path', 'columns["amount"] * seen.prices.low[path',
        "glp", ("trader_result_usd",),
    ),
    Fault(
        "honest prices taken from the wrong end", *_in("judge", "liquidations"),
        "(market.honest_low_usd, market.honest_high_usd)\n        margin",
        "(*(market.honest_high_usd,) * 2)\n        margin",
        "glp", ("wrongful_accounts", "wrongful_usd"),
    ),
    Fault(
        "charges beyond what an account had", *_in("liquidations"),
        'np.minimum(values["reward_usd"] + values["penalty_usd"] + values["fee_usd"], equity)',
        'values["reward_usd"] + values["penalty_usd"] + values["fee_usd"]',
        "pdlp_paper", ("liquidation_charges_usd",),
    ),
    Fault(
        "hedged with what the pool was exposed to a step before", *_in("liquidity"),
        "(pool.deltas * (seen", "(before.deltas * (seen",
        "jlp", ("lp_hedged_pct",),
    ),
    Fault(
        "a part divided by the supply of the opening", *_in("liquidity"),
        "share = self._opening / supply", "share = 1.0",
        "jlp", ("lp_allocation_usd", "lp_trade_fee_usd", "lp_result_usd"),
    ),
    Fault(
        "an index forgotten", *LEDGER,
        '        totals["deleverage_haircut_usd"] += views.given_by_winners() - self._given\n', "",
        "jlp, cut by an index", ("deleverage_haircut_usd",),
    ),
    Fault(
        "sold at the ask", *_in("arbitrage"),
        "got = moves.went[mine] * market.bid_usd[path, j]\n        np.add",
        "got = moves.went[mine] * market.ask_usd[path, j]\n        np.add",
        "pdlp_paper", ("arbitrageur_result_usd",),
    ),
)  # fmt: skip
