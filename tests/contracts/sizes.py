"""How large every contract is that a design deploys."""

from __future__ import annotations

from sim.chain.compiler import CODE_LIMIT_BYTES, CONTRACTS, MARKET_BUDGET_BYTES, artifact


def runtime_bytes() -> dict[str, int]:
    """Size of the deployed code of every shell and policy, the largest first."""
    paths = (*CONTRACTS.glob("*.vy"), *(CONTRACTS / "policies").rglob("*.vy"))
    sizes = {path.stem: len(artifact(path).runtime) for path in paths}
    return dict(sorted(sizes.items(), key=lambda item: (-item[1], item[0])))


def table() -> list[str]:
    """Lines for the terminal: bytes, the share of what is allowed, the name."""
    limits = {"Market": MARKET_BUDGET_BYTES}
    return [
        f"{size:8,}  {size / limits.get(name, CODE_LIMIT_BYTES):6.1%}  {name}" for name, size in runtime_bytes().items()
    ]
