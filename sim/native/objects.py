"""Compiled contracts: what one object offers and needs, and the cache on disk that spares compiling it again."""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from eth_utils import keccak

from sim.inputs.compiler import CACHE, EVM_VERSION, source_digest
from sim.inputs.errors import InputError
from sim.native.codegen import LEVEL, Code, fingerprint, object_code
from sim.native.extents import EXTENTS, Extents
from sim.native.layout import Layout
from sim.native.refusal import Failure

if TYPE_CHECKING:
    from sim.native.kernel.operations import Kernel
    from sim.native.translator.adapter import Contract
    from sim.native.translator.emitter import Site
    from sim.native.translator.events import Event


@dataclass(frozen=True)
class Export:
    """A function that may be called from outside."""

    signature: str
    shape: str  # of its words: what a caller has to agree about
    is_view: bool
    is_encoded: bool  # it has a face of bytes
    argument_words: int
    answer_words: int

    @property
    def selector(self) -> bytes:
        """First four bytes of its call data."""
        return keccak(text=self.signature)[:4]


@dataclass(frozen=True)
class Import:
    """A function of another contract that this one calls."""

    signature: str
    shape: str
    is_static: bool


@dataclass(frozen=True, eq=False)
class Object:
    """A contract as machine code."""

    name: str
    code: bytes
    layout: Layout
    exports: tuple[Export, ...]
    hidden: tuple[str, ...]  # signatures of functions that exist as bytecode only
    imports: tuple[Import, ...]
    events: tuple[Event, ...]
    addresses: tuple[int, ...]  # that the source names
    sites: tuple[Site, ...]
    sources: tuple[str, ...]


class Loaded:
    """An object in memory of this process."""

    def __init__(self, made: Object) -> None:
        self.object = made
        self.exports = {export.signature: export for export in made.exports}
        self.by_selector = {export.selector: export for export in made.exports if export.is_encoded}
        self._code = Code(made.code)
        self._addresses: dict[str, int] = {}

    def words(self, signature: str) -> int:
        """Address of the face for contracts."""
        return self._address(f"words.{signature}")

    def encoded(self, signature: str) -> int:
        """Address of the face of bytes."""
        return self._address(f"bytes.{signature}")

    @property
    def counters(self) -> int:
        """Address of the visit counters."""
        return self._address("counters")

    def _address(self, symbol: str) -> int:
        """Kept: the engine looks a symbol up slowly."""
        if symbol not in self._addresses:
            self._addresses[symbol] = self._code.address(symbol)
        return self._addresses[symbol]


def compile_contract(
    path: Path,
    *,
    counts: bool = False,
    kernel: type[Kernel] | None = None,
    extents: Extents = EXTENTS,
) -> Object:
    """Translate a source file.

    Raises:
        Refusal: a construct is outside the compilable subset; or, as its kind `Failure`, the translator failed.
        InputError: it is not valid Vyper.
    """
    # Imported here: a warm start needs neither the Vyper compiler nor the translator.
    from sim.native.translator.adapter import Contract

    return object_of(Contract(path), counts=counts, kernel=kernel, extents=extents)


def object_of(
    contract: Contract,
    *,
    counts: bool = False,
    kernel: type[Kernel] | None = None,
    extents: Extents = EXTENTS,
    level: int = LEVEL,
) -> Object:
    """Translate a source that was read.

    Args:
        level: of LLVM's optimiser.

    Raises:
        Refusal: a construct is outside the compilable subset.
    """
    from sim.native.kernel.operations import Kernel as Standard
    from sim.native.translator.boundary import is_encoded
    from sim.native.translator.emitter import translate

    try:
        emitter = translate(contract, counts=counts, kernel=kernel or Standard, extents=extents)
        code = object_code(str(emitter.module), level)
    except InputError:
        raise
    except Exception as error:
        raise Failure.of(contract.path, error) from error
    return Object(
        name=contract.name,
        code=code,
        layout=emitter.layout,
        exports=tuple(
            Export(
                signature=f.signature,
                shape=f.shape,
                is_view=f.is_view,
                is_encoded=is_encoded(f),
                argument_words=sum(kind.words for _, kind in f.arguments),
                answer_words=f.returns.words if f.returns is not None else 0,
            )
            for f in contract.functions
        ),
        hidden=contract.hidden,
        imports=tuple(Import(r.signature, r.shape, r.is_static) for r in emitter.imports),
        events=tuple(emitter.events),
        addresses=tuple(emitter.addresses),
        sites=tuple(emitter.sites),
        sources=contract.sources,
    )


def fetch(path: Path, *, counts: bool = False) -> Object:
    """Compile a source file, or take it from the cache."""
    cached = CACHE / f"{path.stem}-{_key(path, counts)}.native"
    if cached.is_file():
        made: Object = pickle.loads(cached.read_bytes())
        return made
    made = compile_contract(path, counts=counts)
    write_atomic(cached, pickle.dumps(made))
    return made


@cache
def load(path: Path, counts: bool = False) -> Loaded:
    """The object of a source file in this process."""
    return Loaded(fetch(path, counts=counts))


@cache
def load_runner() -> Code:
    """The batch loop."""
    cached = CACHE / f"runner-{hashlib.sha256(compiler_digest()).hexdigest()[:24]}.native"
    if not cached.is_file():
        from sim.native.runner import runner_module

        write_atomic(cached, object_code(str(runner_module())))
    return Code(cached.read_bytes())


def _key(path: Path, counts: bool) -> str:
    """Hash of the source, of all that it may import, of the translator, the libraries and the processor."""
    digest = hashlib.sha256(compiler_digest())
    digest.update(f"{path.name} {counts}".encode())
    digest.update(source_digest(path))
    return digest.hexdigest()[:24]


@cache
def compiler_digest() -> bytes:
    """Hash of all that shapes object code besides the source: translator, libraries, processor."""
    digest = hashlib.sha256(f"{version('vyper')} {EVM_VERSION} {fingerprint()}".encode())
    for source in _translation():
        digest.update(source.read_bytes())
    return digest.digest()


def _translation() -> list[Path]:
    """The files that shape objects."""
    here = Path(__file__).parent
    shared = [here / f"{name}.py" for name in ("types", "layout", "extents", "context", "codegen", "runner", "objects")]
    return [*shared, *sorted((here / "kernel").glob("*.py")), *sorted((here / "translator").glob("*.py"))]


def write_atomic(path: Path, content: bytes) -> None:
    """Atomic: two processes may compile the same contract."""
    path.parent.mkdir(exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(name, path)
