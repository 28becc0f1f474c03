"""How large every contract is that a design deploys."""

from __future__ import annotations

from pathlib import Path

import cbor2

from sim.inputs.compiler import CODE_LIMIT_BYTES, CONTRACTS, MARKET_BUDGET_BYTES, artifact


def deployed_bytes(path: Path) -> int:
    """Size of a contract on a chain: its code, and behind it the immutables that its constructor writes there.

    Vyper says how long these are at the end of the deployment code: a list in CBOR, its length in the last two bytes
    (vyperlang/vyper: vyper/ir/compile_ir.py, generate_cbor_metadata).
    """
    made = artifact(path)
    _, _, _, immutables, _ = cbor2.loads(made.initcode[-int.from_bytes(made.initcode[-2:], "big") : -2])
    return len(made.runtime) + int(immutables)


def sizes() -> dict[str, int]:
    """Deployed size of every shell and policy, the largest first."""
    paths = (*CONTRACTS.glob("*.vy"), *(CONTRACTS / "policies").rglob("*.vy"))
    sizes = {path.stem: deployed_bytes(path) for path in paths}
    return dict(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))


def table() -> list[str]:
    """Lines for the terminal: bytes, the share of what is allowed, the name."""
    limits = {"Market": MARKET_BUDGET_BYTES}
    return [f"{size:8,}  {size / limits.get(name, CODE_LIMIT_BYTES):6.1%}  {name}" for name, size in sizes().items()]
