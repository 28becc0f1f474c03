"""What is not surely translated right is refused with file, line and rule; whatever is new is refused by default."""

from __future__ import annotations

import warnings
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import vyper.ast.nodes as nodes
from native.refused_sources import BUILTINS, ENVIRONMENT, SOURCES, Refused
from vyper.builtins.functions import DISPATCH_TABLE, STMT_DISPATCH_TABLE

from sim.inputs.compiler import artifact
from sim.inputs.errors import InputError
from sim.native.objects import compile_contract
from sim.native.refusal import Failure, Refusal
from sim.native.translator import calls, expressions, statements
from sim.native.translator.adapter import Contract

#: What the translator knows. A node, operator or builtin that is not here has to be refused; adding one is a decision.
EXPRESSIONS = {"Int", "NameConstant", "List", "Name", "Attribute", "Subscript", "BinOp", "UnaryOp", "Compare", "BoolOp"}
EXPRESSIONS |= {"IfExp", "Tuple", "Call", "StaticCall", "ExtCall"}
STATEMENTS = {"AnnAssign", "Assign", "AugAssign", "If", "For", "Break", "Continue", "Return", "Assert", "Raise", "Expr"}
STATEMENTS |= {"Log", "Pass"}
OPERATORS = {"Add", "Sub", "Mult", "FloorDiv", "Mod", "Pow", "LShift", "RShift", "BitAnd", "BitOr", "BitXor"}
COMPARISONS = {"Lt", "LtE", "Gt", "GtE", "Eq", "NotEq"}
KNOWN_BUILTINS = {"min", "max", "abs", "isqrt", "convert", "len", "empty", "raw_revert"}
KNOWN_BUILTINS |= {"unsafe_add", "unsafe_sub", "unsafe_mul", "unsafe_div"}
#: Numbers before anything is translated, and a name that Vyper itself refuses.
FOLDED_BUILTINS = {"min_value", "max_value", "sqrt"}
MARK = "  # <-"
HEAD = "# pragma version 0.4.3\n# pragma nonreentrancy on\n"
NODES = [cls for cls in vars(nodes).values() if isinstance(cls, type) and issubclass(cls, nodes.VyperNode)]


class NoFrame:
    """Whoever asks it for anything has begun to translate."""

    def __getattr__(self, name: str) -> None:
        raise AssertionError(f"translated as far as {name}")


class ScopedFrame(NoFrame):
    """The same, inside of a block."""

    scope = staticmethod(nullcontext)
    b = SimpleNamespace(block=SimpleNamespace(is_terminated=False))
    emitter = SimpleNamespace(kernel=None)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> nodes.VyperNode:
    """A statement of a real source, for the errors to point to."""
    path = tmp_path_factory.mktemp("refused") / "Place.vy"
    path.write_text(HEAD + "\n@external\ndef f():\n    pass\n")
    (function,) = Contract(path).functions
    return function.body[0]


def refused(path: Path, case: Refused) -> Refusal:
    """The error that a source is refused with, after Vyper itself has accepted it."""
    path.write_text(HEAD + case.source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        artifact(path)
        with pytest.raises(Refusal) as error:
            compile_contract(path)
    assert error.value.remedy or ": " in error.value.rule, f"no remedy for: {error.value.rule}"
    return error.value


@pytest.mark.parametrize("name", SOURCES)
def test_a_construct_is_refused_by_file_line_and_rule(name: str, tmp_path: Path):
    case, path = SOURCES[name], tmp_path / "Refused.vy"
    error = refused(path, case)
    marked = [i for i, line in enumerate(path.read_text().splitlines(), start=1) if line.endswith(MARK)]
    assert isinstance(error, InputError)
    assert [Path(error.path).name, error.line] == ["Refused.vy", *marked]
    assert case.rule in error.rule
    assert f"Refused.vy:{error.line}" in str(error)


@pytest.mark.parametrize("name", BUILTINS)
def test_a_builtin_is_refused_by_name(name: str, tmp_path: Path):
    error = refused(tmp_path / "Refused.vy", BUILTINS[name])
    assert name in error.rule or "compilable subset" in error.rule or "number" in error.rule


@pytest.mark.parametrize("member", ENVIRONMENT)
def test_a_member_of_the_environment_is_refused(member: str, tmp_path: Path):
    refused(tmp_path / "Refused.vy", ENVIRONMENT[member])


def test_two_modules_of_one_file_name_are_refused(tmp_path: Path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "State.vy").write_text(HEAD + "x: uint256\n")
    path = tmp_path / "Refused.vy"
    path.write_text(
        f"{HEAD}from one import State as a\nfrom two import State as b\ninitializes: a\ninitializes: b\n\n\n"
        "@external\ndef f() -> uint256:\n    return a.x + b.x\n"
    )
    with pytest.raises(Refusal, match="different names"):
        compile_contract(path)


def test_a_failure_of_the_translator_is_a_refusal_that_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(frame: object, node: object) -> None:
        raise KeyError("of mine")

    path = tmp_path / "Mine.vy"
    path.write_text(HEAD + "\n@external\ndef f():\n    pass\n")
    monkeypatch.setitem(statements._STATEMENTS, nodes.Pass, fails)
    with pytest.raises(Failure, match="--chain evm .it failed, KeyError: 'of mine'"):
        compile_contract(path)


def test_every_builtin_of_the_language_is_known_or_refused():
    assert set(calls._BUILTINS) == KNOWN_BUILTINS
    known = KNOWN_BUILTINS | FOLDED_BUILTINS | set(BUILTINS)
    assert {*DISPATCH_TABLE, *STMT_DISPATCH_TABLE} == known


def test_the_tables_of_the_translator_are_those_that_were_decided():
    assert {cls.__name__ for cls in expressions._EXPRESSIONS} | {"Int", "NameConstant", "List"} == EXPRESSIONS
    assert {cls.__name__ for cls in statements._STATEMENTS} == STATEMENTS
    assert {*expressions.ARITHMETIC, *expressions.SHIFTS, *expressions.BITWISE} == OPERATORS
    assert set(expressions.COMPARISONS) == COMPARISONS


@pytest.mark.parametrize("cls", NODES, ids=lambda cls: cls.__name__)
def test_every_other_node_of_the_language_is_refused(cls: type[nodes.VyperNode], place: nodes.VyperNode):
    made = cls.__new__(cls)
    for slot in (*nodes.VyperNode._public_slots, "_parent", "_children", "_metadata"):
        if hasattr(place, slot):
            setattr(made, slot, getattr(place, slot))
    if isinstance(made, nodes.Module):
        made.resolved_path = "Place.vy"
    if cls.__name__ not in EXPRESSIONS:
        with pytest.raises(Refusal, match="compilable subset"):
            expressions.value(NoFrame(), made)  # type: ignore[arg-type]
    if cls.__name__ not in STATEMENTS:
        with pytest.raises(Refusal, match="compilable subset"):
            statements.body(ScopedFrame(), [made])  # type: ignore[arg-type]


@pytest.mark.parametrize("cls", nodes.Operator.__subclasses__(), ids=lambda cls: cls.__name__)
def test_every_other_operator_is_refused(cls: type[nodes.Operator], place: nodes.VyperNode):
    if cls.__name__ not in OPERATORS:
        with pytest.raises(Refusal, match="operator"):
            expressions.operate(ScopedFrame(), cls.__name__, None, None, None, place)  # type: ignore[arg-type]
