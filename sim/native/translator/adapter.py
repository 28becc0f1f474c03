"""What the Vyper compiler knows about a source, in our own words.

This file and `nodes` are the only ones that touch the compiler's private syntax-tree metadata (pinned to one version
of Vyper). Everything else in the package sees Vyper's syntax nodes and the answers of the functions here.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import cbor2
import vyper.ast as syntax
from vyper.compiler.input_bundle import FilesystemInputBundle
from vyper.compiler.output import build_abi_output
from vyper.compiler.phases import CompilerData
from vyper.compiler.settings import OptimizationLevel, Settings, anchor_settings
from vyper.semantics.types import InterfaceT, StringT, StructT
from vyper.semantics.types.base import TYPE_T
from vyper.semantics.types.function import ContractFunctionT, MemberFunctionT
from vyper.semantics.types.module import ModuleT
from vyper.semantics.types.user import EventT

from sim.inputs.compiler import CONTRACTS, EVM_VERSION, ROOT, what_vyper_says
from sim.native import types
from sim.native.translator.declarations import Called, Function, Node, Remote, Variable
from sim.native.translator.nodes import descendants, extents_of, file_of, location, refusal
from sim.native.translator.nodes import type_of as translated

#: Where a variable lives, by the compiler's name of the place.
_PLACES: dict[str, Literal["storage", "code"]] = {"STORAGE": "storage", "CODE": "code"}


class Contract:
    """One annotated source file with all that it imports."""

    def __init__(self, path: Path, *, is_optimized: bool = True) -> None:
        """Read a source.

        Args:
            is_optimized: `bytecode` is what Vyper's optimiser makes of it, as for everything that is deployed.
        """
        bundle = FilesystemInputBundle([path.parent, CONTRACTS, ROOT])
        optimize = OptimizationLevel.GAS if is_optimized else OptimizationLevel.NONE
        settings = Settings(evm_version=EVM_VERSION, optimize=optimize)
        with what_vyper_says(path):
            self._data = data = CompilerData(bundle.load_file(path), bundle, settings=settings)
            self._module = data.annotated_vyper_module
            _ = data.storage_layout  # asking for it assigns the positions
        self.path, self.name = path, path.stem
        self._type: ModuleT = self._module._metadata["type"]
        self._functions: dict[tuple[int, int], Function] = {}
        self._changing: dict[int, bool] = {}
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
        exposed = [f for f in self._type.exposed_functions if id(f.decl_node) not in self._of_text]
        return tuple(self._function(f, given) for f in exposed for given in range(_required(f), len(f.arguments) + 1))

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """Signatures of what is left out."""
        return tuple(f"{f.name}()" for f in self._type.exposed_functions if id(f.decl_node) in self._of_text)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """Every file that takes part."""
        return tuple(sorted({file_of(module._module) for module in self._modules(self._type, [])}))

    def bytecode(self) -> tuple[list[dict[str, Any]], bytes, int]:
        """ABI, deployment code, and bytes of the runtime code in it: without reading the source again."""
        with anchor_settings(self._data.settings):
            abi, code = build_abi_output(self._data), self._data.bytecode
        # A footer of the deployment code tells the size; the last two bytes tell that of the footer.
        footer = cbor2.loads(code[-int.from_bytes(code[-2:], "big") : -2])
        return abi, code, int(footer[1])

    # ------------------------------------------------------------------ what a node is

    def type_of(self, node: Node) -> types.Type:
        """Type of an expression."""
        return translated(node._metadata["type"], node)

    def variable_of(self, node: Node) -> Variable | None:
        """The state variable that a name or attribute stands for; None for a local."""
        info = node._expr_info
        if info is None or info.var_info is None or info.var_info.decl_node is None:
            return None
        return self._variables.get(id(info.var_info.decl_node))

    def constant_of(self, node: Node) -> Node | None:
        """The expression that a constant's name stands for."""
        info = node._expr_info
        declaration = info.var_info.decl_node if info is not None and info.var_info is not None else None
        if isinstance(declaration, syntax.VariableDecl) and declaration.is_constant:
            return declaration.value
        return None

    def called(self, call: syntax.Call) -> Called:
        """What a call that stays inside the contract calls."""
        callee = call.func._metadata.get("type")
        name = call.func.id if isinstance(call.func, syntax.Name) else getattr(call.func, "attr", "?")
        if isinstance(callee, ContractFunctionT):
            if not callee.is_internal or callee.nonreentrant:
                raise refusal(call, "a call of an internal function without a lock of its own")
            left_out = callee.keyword_args[len(call.args) - _required(callee) :]
            function = self._function(callee, len(callee.arguments))
            return Called("internal", name, function, tuple(each.default_value for each in left_out))
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
        if not isinstance(callee, ContractFunctionT):
            raise refusal(call, "an interface's function")
        return Remote(
            callee.name,
            tuple(translated(a.typ, call) for a in callee.arguments[: len(call.args)]),
            translated(callee.return_type, call) if callee.return_type is not None else None,
            not callee.is_mutable,
        )

    def event(self, call: syntax.Call) -> tuple[str, tuple[tuple[str, types.Type, bool], ...]]:
        """Name of a logged event, and (name, type, indexed) of its arguments."""
        event = call.func._metadata["type"].typedef
        items = zip(event.arguments.items(), event.indexed, strict=True)
        return event.name, tuple((name, translated(kind, call), bool(flag)) for (name, kind), flag in items)

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
            return callee.is_internal and callee.is_mutable and self._changes_state(callee)
        return isinstance(callee, MemberFunctionT)

    def _changes_state(self, function: ContractFunctionT) -> bool:
        """Somewhere in it, or in what it calls, something is written, logged or called that is not its own.

        A function that is not marked @view may be one all the same.
        """
        known = self._changing.get(id(function))
        if known is None:
            nodes = [node for statement in function.decl_node.body for node in descendants(statement)]
            known = self._changing[id(function)] = any(self._changes(node) for node in nodes)
        return known

    def _changes(self, node: Node) -> bool:
        if isinstance(node, (syntax.ExtCall, syntax.Log)):
            return True
        if isinstance(node, (syntax.Assign, syntax.AugAssign)):
            targets = node.target.elements if isinstance(node.target, syntax.Tuple) else [node.target]
            return any(self._is_state(target) for target in targets)
        if not isinstance(node, syntax.Call):
            return False
        callee = node.func._metadata.get("type")
        if isinstance(callee, MemberFunctionT):
            return self._is_state(node.func)
        if isinstance(callee, ContractFunctionT):
            return not callee.is_internal or (callee.is_mutable and self._changes_state(callee))
        return False

    def _is_state(self, node: Node) -> bool:
        """What stands there is a part of a state variable."""
        while isinstance(node, (syntax.Attribute, syntax.Subscript)):
            if self.variable_of(node) is not None:
                return True
            node = node.value
        return self.variable_of(node) is not None

    # ------------------------------------------------------------------ declarations

    def _modules(self, module: ModuleT, seen: list[ModuleT]) -> list[ModuleT]:
        if not any(module is other for other in seen):
            seen.append(module)
            for imported in module.imported_modules.values():
                self._modules(imported.module_t, seen)
        return seen

    def _declare(self, module: ModuleT) -> None:
        home = Path(file_of(module._module)).stem
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
            kind = types.Text(info.typ.length) if is_text else translated(info.typ, declaration)
            name = f"{home}.{declaration.target.id}"
            if any(name == other.name for other in self._variables.values()):
                raise refusal(declaration, "modules whose files have different names")
            where, extents = location(declaration), extents_of(declaration)
            variable = Variable(name, kind, place, info.position.position, where, extents)
            self._variables[id(declaration)] = variable
            if info.is_public:
                self._getters[id(info.getter_ast)] = variable

    def _function(self, function: ContractFunctionT, given: int) -> Function:
        """A function as it is called with so many of its arguments; the others have their default values."""
        known = self._functions.get((id(function), given))
        if known is not None:
            return known
        definition = function.decl_node
        if function.is_payable or function.is_fallback:
            raise refusal(definition, "a function that takes no ether, and no fallback")
        getter_of = self._getters.get(id(definition))
        made = Function(
            name=function.name,
            arguments=tuple((a.name, translated(a.typ, definition)) for a in function.arguments[:given]),
            defaults=tuple(
                (a.name, translated(a.typ, definition), a.default_value)
                for a in function.keyword_args[max(0, given - _required(function)) :]
            ),
            returns=translated(function.return_type, definition) if function.return_type is not None else None,
            is_view=not function.is_mutable,
            is_locked=function.nonreentrant,
            body=() if getter_of is not None else tuple(definition.body),
            getter_of=getter_of,
            source=getter_of.name if getter_of is not None else file_of(definition),
            where=getter_of.where if getter_of is not None else location(definition),
        )
        self._functions[id(function), given] = made
        return made


def _required(function: ContractFunctionT) -> int:
    """Arguments that have no default value."""
    return len(function.arguments) - len(function.keyword_args)
