"""What a contract declares and calls, in the words of the compilable subset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sim.native import types
from sim.native.extents import Extent

Node: TypeAlias = Any  # a node of `vyper.ast`


@dataclass(frozen=True, eq=False)
class Variable:
    """A variable of the contract's state: where the EVM keeps it, and its type."""

    name: str  # with the module it belongs to
    kind: types.Type
    place: Literal["storage", "code"]
    position: int  # slot, or byte offset among the immutables
    where: tuple[str, int]  # file and line of its declaration
    extents: tuple[Extent, ...] | None = None  # of its keys that are numbers, where its line says so


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the contract, of one of its modules, or a getter."""

    name: str
    arguments: tuple[tuple[str, types.Type], ...]
    returns: types.Type | None
    is_view: bool
    is_locked: bool  # under the contract's re-entrancy lock
    body: tuple[Node, ...]
    getter_of: Variable | None
    source: str
    where: tuple[str, int]  # file and line of its declaration
    defaults: tuple[tuple[str, types.Type, Node], ...] = ()  # arguments that a call leaves out, and their values

    @property
    def signature(self) -> str:
        """Name and ABI types of the arguments."""
        return f"{self.name}({','.join(types.signature(kind) for _, kind in self.arguments)})"

    @property
    def shape(self) -> str:
        """How its words lie, arguments and answer."""
        return _shape([kind for _, kind in self.arguments], self.returns)


@dataclass(frozen=True)
class Remote:
    """A function of another contract, as an interface declares it."""

    name: str
    arguments: tuple[types.Type, ...]
    returns: types.Type | None
    is_static: bool

    @property
    def signature(self) -> str:
        return f"{self.name}({','.join(types.signature(kind) for kind in self.arguments)})"

    @property
    def shape(self) -> str:
        """How its caller thinks that the words lie."""
        return _shape(self.arguments, self.returns)


@dataclass(frozen=True)
class Called:
    """What a call calls."""

    what: Literal["internal", "struct", "cast", "builtin", "member"]
    name: str
    function: Function | None = None
    defaults: tuple[Node, ...] = ()  # values of the arguments that are left out


def _shape(arguments: Sequence[types.Type], returns: types.Type | None) -> str:
    given = types.shape(returns) if returns is not None else "nothing"
    return f"{','.join(types.shape(kind) for kind in arguments)} -> {given}"
