"""One contract to one LLVM module: its functions, and the two faces of those that may be called from outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from llvmlite import ir

from sim.native.context import ALIGN, BIT, INT, LONG, LONGS, OK, STACK_BYTES, WORD, WORDS, Instance
from sim.native.extents import EXTENTS, Extents
from sim.native.kernel.operations import Kernel
from sim.native.kernel.ranges import known
from sim.native.layout import Cell, Layout, Unplaced, layout_of
from sim.native.refusal import Refusal
from sim.native.translator import boundary, statements
from sim.native.translator.adapter import Contract
from sim.native.translator.declarations import Function, Node, Remote
from sim.native.translator.events import Event
from sim.native.translator.expressions import cell_place, evaluate_into
from sim.native.translator.frame import Frame
from sim.native.translator.memory import Place, element, read, spill, write
from sim.native.translator.nodes import location
from sim.native.translator.stack import NoRoom, Stack
from sim.native.translator.widths import Widths
from sim.native.types import Array, List, Scalar, Type


@dataclass(frozen=True)
class Site:
    """A place whose visits are counted: a statement, or an arm of a branch."""

    file: str
    line: int
    branch: str


class Emitter:
    """Translates a contract. `module` holds the result."""

    def __init__(
        self,
        contract: Contract,
        *,
        counts: bool = False,
        kernel: type[Kernel] = Kernel,
        extents: Extents = EXTENTS,
        widths: Widths | None = None,
    ) -> None:
        self.contract = contract
        self.widths = widths or Widths()
        self.module = ir.Module(contract.name)
        self.kernel = kernel(self.module)
        self.imports: list[Remote] = []
        self.events: list[Event] = []
        self.addresses: list[int] = []
        self.sites: list[Site] = []
        try:
            self.layout: Layout = layout_of(contract.variables, extents)
        except Unplaced as error:
            raise Refusal(*error.variable.where, str(error), error.variable.name) from error
        self.stack = Stack(self.module)
        self._cells = {cell.name: cell for cell in self.layout.cells}
        self._codes: dict[int, ir.Function] = {}
        self._counts = counts
        self._counters: ir.GlobalVariable | None = None
        self._waiting: list[tuple[Function, ir.Function]] = []
        if counts:
            # The number of sites is known at the end; until then the array has a size of its own.
            self._counters = ir.GlobalVariable(self.module, ir.ArrayType(LONG, _MOST_SITES), "counters")
            self._counters.initializer = ir.Constant(self._counters.value_type, None)
        for variable in contract.variables:
            self.widths.surrender(variable.kind)
        for function in contract.functions:
            with _room_of(function):
                boundary.external(self, function)
            self._drain()
        costs = self.stack.settle()
        for function in contract.functions:
            with _room_of(function):
                if costs[function.signature] > STACK_BYTES:
                    raise NoRoom(costs[function.signature])

    # ------------------------------------------------------------------ what the translation asks for

    def cell(self, name: str) -> Cell:
        """Place of a state variable."""
        return self._cells[name]

    def imported(self, remote: Remote) -> int:
        """Number of a function of other contracts."""
        if remote not in self.imports:
            self.imports.append(remote)
            if remote.returns is not None:
                self.widths.surrender(remote.returns)
        return self.imports.index(remote)

    def named_address(self, address: int) -> int:
        """Index in the instance row of the id of an address that the source names."""
        if address not in self.addresses:
            self.addresses.append(address)
        sized = sum(cell.index is not None for cell in self.layout.cells)
        return Instance.OFFSETS + sized + self.addresses.index(address)

    def event_number(self, event: Event) -> int:
        """Number of an event."""
        if event not in self.events:
            self.events.append(event)
        return self.events.index(event)

    def count(self, b: ir.IRBuilder, node: Node, branch: str) -> None:
        """Count a visit."""
        if self._counters is None:
            return
        site = Site(*location(node), branch)
        if site not in self.sites:
            if len(self.sites) == _MOST_SITES:
                raise ValueError(f"{self.contract.name} has more than {_MOST_SITES} sites to count")
            self.sites.append(site)
        place = b.gep(self._counters, [LONG(0), LONG(self.sites.index(site))])
        b.store(b.add(b.load(place), LONG(1)), place)

    def code_of(self, function: Function) -> ir.Function:
        """The translated function; its body follows later."""
        known = self._codes.get(id(function))
        if known is not None:
            return known
        kinds = [_passed(kind) for _, kind in function.arguments]
        signature = ir.FunctionType(INT, [LONGS, WORDS, LONGS, LONG, LONG, *kinds, WORDS])
        code = ir.Function(self.module, signature, f"{function.name}.{len(self._codes)}")
        code.linkage = "internal"
        self._codes[id(function)] = code
        self._waiting.append((function, code))
        return code

    # ------------------------------------------------------------------ bodies

    def _drain(self) -> None:
        while self._waiting:
            function, code = self._waiting.pop()
            frame = Frame(self, function, code)
            if function.getter_of is not None:
                with _room_of(function):
                    self._getter(frame, function.getter_of.name)
            else:
                with _room_of(function):
                    self._bind_arguments(frame)
                frame.returned = statements.returned_variable(function)
                statements.body(frame, function.body)
                if not frame.b.block.is_terminated:
                    frame.b.ret(INT(OK))
            frame.finish()

    def _bind_arguments(self, frame: Frame) -> None:
        for (name, kind), given in zip(frame.function.arguments, frame.arguments, strict=True):
            is_changed = statements.writes_to(frame.function.body, name)
            if isinstance(kind, Scalar):
                room = frame.variable_room(name, kind)
                write(frame, room, known(given, room.bits) if room.key else given)
                frame.locals[name] = room
            elif is_changed:
                frame.locals[name] = spill(frame, Place(given, kind))
            else:
                frame.locals[name] = Place(given, kind)
        for name, kind, default in frame.function.defaults:
            frame.locals[name] = frame.variable_room(name, kind)
            evaluate_into(frame, default, frame.locals[name])

    def _getter(self, frame: Frame, name: str) -> None:
        """A public variable's own function: keys of its mappings, then indices of its arrays."""
        cell = self.cell(name)
        keys = list(frame.arguments[: len(cell.keys)])
        found = cell_place(frame, name, keys)
        for index in frame.arguments[len(cell.keys) :]:
            assert isinstance(found.kind, (Array, List))
            found = element(frame, found, index)
        assert frame.function.returns is not None
        write(frame, Place(frame.results, frame.function.returns), read(frame, found))
        frame.b.ret(INT(OK))


def translate(
    contract: Contract, *, counts: bool = False, kernel: type[Kernel] = Kernel, extents: Extents = EXTENTS
) -> Emitter:
    """Translate a contract until the widths of its variables are found."""
    widths = Widths()
    while True:
        emitter = Emitter(contract, counts=counts, kernel=kernel, extents=extents, widths=widths)
        if widths.settle():
            return emitter


_MOST_SITES = 8_192


@contextmanager
def _room_of(function: Function) -> Iterator[None]:
    """A function that needs more stack than there is is refused where it is declared."""
    try:
        yield
    except NoRoom as error:
        raise Refusal(*function.where, str(error), function.name) from error


def _passed(kind: Type) -> ir.Type:
    """How an argument is passed inside a contract."""
    if isinstance(kind, Scalar):
        return BIT if kind.is_bool else WORD
    return WORDS


__all__ = ["ALIGN", "Emitter", "Site"]
