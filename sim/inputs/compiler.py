"""Compile the Vyper sources once: artifacts are cached on disk under the hash of everything that shapes them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sim.inputs.errors import InputError
from sim.inputs.files import write_atomic

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS = ROOT / "contracts"
CACHE = ROOT / ".build"
EVM_VERSION = "cancun"

#: Bytes of runtime code: the limit of EIP-170, and Market's own budget.
CODE_LIMIT_BYTES = 24_576
MARKET_BUDGET_BYTES = 23_500


@dataclass(frozen=True, slots=True, eq=False)
class Artifact:
    """What a compiled contract offers. There is one per source and process: equal means the same."""

    name: str
    source: str  # path relative to the contracts folder, or as the user gave it
    abi: tuple[dict[str, Any], ...]
    initcode: bytes
    runtime: bytes

    @property
    def constructor(self) -> tuple[tuple[str, str], ...]:
        """Names and ABI types of the constructor's arguments."""
        for entry in self.abi:
            if entry["type"] == "constructor":
                return tuple((item["name"], item["type"]) for item in entry["inputs"])
        return ()

    def function(self, name: str) -> dict[str, Any]:
        """ABI entry of a function."""
        return next(e for e in self.abi if e["type"] == "function" and e["name"] == name)

    def event(self, name: str) -> dict[str, Any]:
        """ABI entry of an event."""
        return next(e for e in self.abi if e["type"] == "event" and e["name"] == name)


@cache
def artifact(source: str | Path) -> Artifact:
    """Compile `source` (a path, or one relative to the contracts folder), or fetch it from the cache.

    Raises:
        InputError: the file is missing, or does not compile (Vyper's own message follows).
    """
    path = Path(source)
    if not path.is_absolute() and (CONTRACTS / path).is_file():
        path = CONTRACTS / path
    if not path.is_file():
        raise InputError(file=source, expected="a Vyper source file")
    cached = CACHE / f"{path.stem}-{_digest(path)}.json"
    if not cached.is_file():
        _write(cached, _compile(path))
    return _read(cached)


def policy_folder(slot: str) -> Path:
    """Where the shipped policies of a slot live."""
    return CONTRACTS / "policies" / slot


@cache
def shipped_policies(slot: str) -> dict[str, Path]:
    """Name in a design file -> source, for each shipped policy of a slot: `GlpTax.vy` is `glp_tax`."""
    return {
        re.sub(r"(?<!^)(?=[A-Z])", "_", path.stem).lower(): path for path in sorted(policy_folder(slot).glob("*.vy"))
    }


def optimizer_of(path: Path) -> str:
    """What Vyper's optimiser is to spare in a source: gas, but code where there is no room for more."""
    return "codesize" if path.name == "Market.vy" else "gas"


def _compile(path: Path) -> dict[str, Any]:
    # Imported here: most processes find every artifact in the cache, and the compiler takes half a second to import.
    from vyper.compiler import compile_from_file_input
    from vyper.compiler.input_bundle import FilesystemInputBundle
    from vyper.compiler.settings import OptimizationLevel, Settings

    settings = Settings(evm_version=EVM_VERSION, optimize=OptimizationLevel.from_string(optimizer_of(path)))
    bundle = FilesystemInputBundle([path.parent, CONTRACTS, ROOT])
    with what_vyper_says(path):
        output = compile_from_file_input(
            bundle.load_file(path),
            input_bundle=bundle,
            settings=settings,
            output_formats=["abi", "bytecode", "bytecode_runtime"],
        )
    return {
        "name": path.stem,
        "source": str(path.relative_to(CONTRACTS) if path.is_relative_to(CONTRACTS) else path.name),
        "abi": output["abi"],
        "initcode": output["bytecode"],
        "runtime": output["bytecode_runtime"],
    }


@contextmanager
def what_vyper_says(path: Path) -> Iterator[None]:
    """Whatever the compiler stops with becomes the one error that a user's input causes.

    Mostly it is what Vyper has to say of the source. Now and then Vyper stumbles over itself: a source that its type
    checker lets pass and its code generator does not, or bytes that are no text. That is the source's affair, too.
    """
    from vyper.exceptions import VyperException

    try:
        yield
    except VyperException as error:
        raise InputError(file=path, expected="Vyper source that compiles", got=str(error)) from error
    except Exception as error:
        said = f"Vyper itself failed on it: {type(error).__name__}: {' '.join(str(error).split())}"
        raise InputError(file=path, expected="Vyper source that compiles", got=said) from error


def _digest(path: Path) -> str:
    """Hash of the compiler, its settings and the sources."""
    digest = hashlib.sha256(f"{version('vyper')} {EVM_VERSION} {optimizer_of(path)}".encode())
    digest.update(source_digest(path))
    return digest.hexdigest()[:24]


def source_digest(path: Path) -> bytes:
    """Hash of a source and of all that it imports, however far.

    A source of the user's own may import what lies beside it: all of that counts.
    """
    digest = hashlib.sha256(path.read_bytes())
    for imported in sorted(_imports(path)):
        digest.update(str(imported.relative_to(CONTRACTS)).encode() + imported.read_bytes())
    if not path.is_relative_to(CONTRACTS):
        for beside in sorted(path.parent.glob("*.vy*")):
            digest.update(beside.name.encode() + beside.read_bytes())
    return digest.digest()


#: An import statement to the end of its line, or to the end of its brackets.
_IMPORT = re.compile(r"^\s*(?:from\b[^\n]*)?\bimport\b(?:\s*\([^)]*\)|[^\n]*)", re.MULTILINE)


def _imports(path: Path) -> frozenset[Path]:
    """Files of the contracts folder that a source may import, and what these import in turn."""
    shared = {p for folder in ("lib", "modules", "interfaces") for p in (CONTRACTS / folder).iterdir()}
    found: set[Path] = set()
    queue = [path]
    if not path.is_relative_to(CONTRACTS):
        queue += sorted(path.parent.glob("*.vy*"))
    while queue:
        # By its name alone, whatever folder the statement means: a file too many only means compiling once more.
        text = queue.pop().read_text(errors="replace")  # of what is no text, Vyper says so
        words = set(re.findall(r"\w+", " ".join(_IMPORT.findall(text))))
        new = {source for source in shared - found if source.stem in words}
        found |= new
        queue += sorted(new)
    return frozenset(found)


def _write(path: Path, compiled: dict[str, Any]) -> None:
    """Atomic: two processes may compile the same contract."""
    write_atomic(path, lambda handle: handle.write(json.dumps(compiled).encode()))


def _read(path: Path) -> Artifact:
    stored = json.loads(path.read_text())
    return Artifact(
        name=stored["name"],
        source=stored["source"],
        abi=tuple(stored["abi"]),
        initcode=bytes.fromhex(stored["initcode"][2:]),
        runtime=bytes.fromhex(stored["runtime"][2:]),
    )
