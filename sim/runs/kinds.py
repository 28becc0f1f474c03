"""Which machine runs the contracts: a name on the command line, and the chain that it stands for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from sim.chain.tape import MakeChain

#: `native` machine code, `evm` bytecode in process, `devnet` bytecode on a node.
Kind = Literal["native", "evm", "devnet"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Share of a design's paths on native code that are played again on bytecode, unless somebody asks for another.
AUDIT_SHARE = 0.01


def chain_maker(kind: Kind, *, url: str | None = None, port: int | None = None) -> MakeChain:
    """How to make a chain. Modules are imported when needed: each machine is slow to import."""
    if kind == "native":
        from sim.native.chain import NativeChain

        return NativeChain
    if kind == "evm":
        from sim.chain.evm import EvmChain

        return EvmChain
    from sim.chain.devnet import DevnetChain

    return partial(DevnetChain, url=url, port=port)
