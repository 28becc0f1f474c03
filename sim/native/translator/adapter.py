"""What the Vyper compiler knows about a source, in our own words.

This is the one file that touches the compiler's private syntax-tree metadata (pinned to one version of Vyper).
Everything else in the package sees Vyper's syntax nodes and the answers of the functions here.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import vyper.ast as syntax
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import OptimizationLevel, Settings
from vyper.semantics.types import (
    AddressT,
    BoolT,
    DArrayT,
    HashMapT,
    IntegerT,
    InterfaceT,
    SArrayT,
    StringT,
    StructT,
    TupleT,
)
from vyper.semantics.types.base import TYPE_T
from vyper.semantics.types.function import ContractFunctionT, MemberFunctionT
from vyper.semantics.types.module import ModuleT
from vyper.semantics.types.user import EventT, FlagT

from sim.chain.compiler import CONTRACTS, EVM_VERSION, ROOT, what_vyper_says
from sim.native import types
from sim.native.kernel.integers import Integer
from sim.native.refusal import Refusal
from sim.native.translator.declarations import Called, Function, Node, Remote, Variable

#: Where a variable lives, by the compiler's name of the place.
_PLACES: dict[str, Literal["storage", "code"]] = {"STORAGE": "storage", "CODE": "code"}


class Contract:
    """One annotated source file with all that it imports."""

    def __init__(self, path: Path) -> None:
        bundle = FilesystemInputBundle([path.parent, CONTRACTS, ROOT])
        settings = Settings(evm_version=EVM_VERSION, optimize=OptimizationLevel.GAS)
        with what_vyper_says(path):
            data = CompilerData(bundle.load_file(path), bundle, settings=settings)
            self._module = data.annotated_vyper_module
            _ = data.storage_layout  # asking for it assigns the positions
        self.name = path.stem
        self._type: ModuleT = self._module._metadata["type"]
        self._functions: dict[int, Function] = {}
        self._variables: dict[int, Variable] = {}
        self._getters: dict[int, Variable] = {}
        self._of_text: set[int] = set()  # getters
        for module in self._modules(self._type, []):
            self._declare(module)

    @cached_property
    def variables(self) -> tuple[Variable, ...]:
        """State of the contract and its modules."""
        return tuple(self._variables.values())

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """What other contracts and users may call. A getter of text is left out: nothing computes with text."""
        return tuple(self._function(f) for f in self._type.exposed_functions if id(f.decl_node) not in self._of_text)

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """Signatures of what is left out."""
        return tuple(f"{f.name}()" for f in self._type.exposed_functions if id(f.decl_node) in self._of_text)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Every file that takes part."""
        return tuple(sorted({_file(module._module) for module in self._modules(self._type, [])}))

    # ------------------------------------------------------------------ what a node is

    def type_of(self, node: Node) -> types.Type:
        """Type of an expression."""
        return _translate(node._metadata["type"], node)

    def variable_of(self, node: Node) -> Variable | None:
        """The state variable that a name or attribute stands for; None for a local."""
        info = node._expr_info
        if info is None or info.var_info is None or info.var_info.decl_node is None:
            return None
        return self._variables.get(id(info.var_info.decl_node))

    def called(self, call: syntax.Call) -> Called:
        """What a call that stays inside the contract calls."""
        callee = call.func._metadata.get("type")
        name = call.func.id if isinstance(call.func, syntax.Name) else getattr(call.func, "attr", "?")
        if isinstance(callee, ContractFunctionT):
            if not callee.is_internal or callee.nonreentrant:
                raise refusal(call, "a call of an internal function without a lock of its own")
            return Called("internal", name, self._function(callee))
        if isinstance(callee, TYPE_T):
            if isinstance(callee.typedef, StructT):
                return Called("struct", name)
            if isinstance(callee.typedef, (InterfaceT, EventT)):
                return Called("cast", name)
        if isinstance(callee, MemberFunctionT):
            return Called("member", name)
        if isinstance(call.func, syntax.Name):
            return Called("builtin", name)
        raise refusal(call, "a function, a struct, an interface or a builtin")

    def remote(self, call: syntax.Call) -> Remote:
        """The interface's function that an external call names."""
        callee = call.func._metadata["type"]
        if not isinstance(callee, ContractFunctionT) or callee.keyword_args:
            raise refusal(call, "an interface's function without default arguments")
        return Remote(
            callee.name,
            tuple(_translate(a.typ, call) for a in callee.arguments),
            _translate(callee.return_type, call) if callee.return_type is not None else None,
            not callee.is_mutable,
        )

    def event(self, call: syntax.Call) -> tuple[str, tuple[tuple[str, types.Type, bool], ...]]:
        """Name of a logged event, and (name, type, indexed) of its arguments."""
        event = call.func._metadata["type"].typedef
        items = zip(event.arguments.items(), event.indexed, strict=True)
        return event.name, tuple((name, _translate(kind, call), bool(flag)) for (name, kind), flag in items)

    def runs_code(self, node: Node) -> bool:
        """Somewhere in it a function is called, which may revert with a code."""
        calls = [each for each in descendants(node) if isinstance(each, syntax.Call)]
        return any(isinstance(call.func._metadata.get("type"), ContractFunctionT) for call in calls)

    def writes(self, call: Node) -> bool:
        """The call may change state, as far as its declaration says."""
        if isinstance(call, syntax.ExtCall):
            return True
        if not isinstance(call, syntax.Call):
            return False
        callee = call.func._metadata.get("type")
        if isinstance(callee, ContractFunctionT):
            return callee.is_internal and callee.is_mutable
        return isinstance(callee, MemberFunctionT)

    # ------------------------------------------------------------------ declarations

    def _modules(self, module: ModuleT, seen: list[ModuleT]) -> list[ModuleT]:
        if not any(module is other for other in seen):
            seen.append(module)
            for imported in module.imported_modules.values():
                self._modules(imported.module_t, seen)
        return seen

    def _declare(self, module: ModuleT) -> None:
        home = Path(_file(module._module)).stem
        for declaration in module.variable_decls:
            info = declaration.target._metadata["varinfo"]
            if info.is_public and isinstance(info.typ, StringT):
                self._of_text.add(id(info.getter_ast))
            if info.position is None:  # a constant, or a module that only lends its types
                continue
            place = _PLACES.get(info.location.name)
            if place is None:
                raise refusal(declaration, "a variable in storage, or an immutable")
            is_text = isinstance(info.typ, StringT)
            kind = types.Text(info.typ.length) if is_text else _translate(info.typ, declaration)
            name = f"{home}.{declaration.target.id}"
            if any(name == other.name for other in self._variables.values()):
                raise refusal(declaration, "modules whose files have different names")
            variable = Variable(name, kind, place, info.position.position, location(declaration))
            self._variables[id(declaration)] = variable
            if info.is_public:
                self._getters[id(info.getter_ast)] = variable

    def _function(self, function: ContractFunctionT) -> Function:
        known = self._functions.get(id(function))
        if known is not None:
            return known
        definition = function.decl_node
        if function.keyword_args:
            raise refusal(definition, "a function without default arguments")
        if function.is_payable or function.is_fallback:
            raise refusal(definition, "a function that takes no ether, and no fallback")
        getter_of = self._getters.get(id(definition))
        made = Function(
            name=function.name,
            arguments=tuple((a.name, _translate(a.typ, definition)) for a in function.arguments),
            returns=_translate(function.return_type, definition) if function.return_type is not None else None,
            is_view=not function.is_mutable,
            is_locked=function.nonreentrant,
            body=() if getter_of is not None else tuple(definition.body),
            getter_of=getter_of,
            source=getter_of.name if getter_of is not None else _file(definition),
            where=getter_of.where if getter_of is not None else location(definition),
        )
        self._functions[id(function)] = made
        return made


def refusal(node: Node, rule: str) -> Refusal:
    """An error that names the place."""
    return Refusal(_file(node), node.lineno, rule, node.node_source_code)


def literal(node: Node) -> int | bool | None:
    """Value of a number or truth value that the compiler knows, also behind a constant's name."""
    if node.has_folded_value:
        node = node.get_folded_value()
    if isinstance(node, (syntax.Int, syntax.NameConstant)):
        value: int | bool = node.value
        return value
    return None


def folded(node: Node) -> Node:
    """The literal that an expression of constants stands for, or the node itself."""
    return node.get_folded_value() if node.has_folded_value else node


def is_module(node: Node) -> bool:
    """The name is an imported module's, or `self`."""
    return isinstance(node, syntax.Name) and (
        node.id == "self" or isinstance(node._metadata.get("type"), (ModuleT, InterfaceT))
    )


def flag_bit(node: Node) -> int | None:
    """Value of a flag's member."""
    kind = node._metadata.get("type")
    is_flag = isinstance(node, syntax.Attribute) and isinstance(kind, FlagT)
    if is_flag and isinstance(node.value._metadata.get("type"), TYPE_T):
        return 1 << int(kind._flag_members[node.attr])
    return None


def location(node: Node) -> tuple[str, int]:
    """File and line."""
    return _file(node), node.lineno


def descendants(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    return iter(node.get_descendants(include_self=True))


def _file(node: Node) -> str:
    module = node if isinstance(node, syntax.Module) else node.get_ancestor(syntax.Module)
    return str(module.resolved_path)


def _translate(kind: Any, node: Node) -> types.Type:
    if isinstance(kind, IntegerT):
        return types.Scalar(str(kind), Integer(kind.bits, kind.is_signed))
    if isinstance(kind, BoolT):
        return types.BOOL
    if isinstance(kind, (AddressT, InterfaceT)):
        return types.ADDRESS
    if isinstance(kind, FlagT):
        return types.Scalar("uint256", Integer(len(kind._flag_members), False))
    if isinstance(kind, StructT):
        return types.Struct(kind.name, tuple((n, _translate(m, node)) for n, m in kind.member_types.items()))
    if isinstance(kind, TupleT):
        return types.Row(tuple(_translate(item, node) for item in kind.member_types))
    if isinstance(kind, SArrayT):
        return types.Array(_translate(kind.value_type, node), kind.count)
    if isinstance(kind, DArrayT):
        return types.List(_translate(kind.value_type, node), kind.count)
    if isinstance(kind, HashMapT):
        key = _translate(kind.key_type, node)
        if not isinstance(key, types.Scalar) or key.integer.is_signed or isinstance(kind.key_type, FlagT):
            raise refusal(node, "a mapping keyed by addresses or unsigned numbers")
        return types.Mapping(key, _translate(kind.value_type, node))
    raise refusal(node, f"a type of the compilable subset (not {kind})")
