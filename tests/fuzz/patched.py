"""The contracts with some lines changed: a copy is patched, compiled, and deployed in place of the original."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.chain import deployment
from sim.design import storage
from sim.inputs import compiler
from sim.inputs.compiler import Artifact
from sim.native import chain, layout
from sim.native.translator import adapter


@dataclass(frozen=True, slots=True)
class Patch:
    """Replace a text, which must be there once in all the contracts, wherever that is."""

    old: str
    new: str


def compile_patched(shell: str, patches: Sequence[Patch], folder: Path) -> Artifact:
    """A shell compiled from a patched copy of the sources. The compiler caches by content: the second time is fast."""
    copy = _copied(patches, folder)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(compiler, "CONTRACTS", copy)
        return compiler.artifact(copy / shell)


def _copied(patches: Sequence[Patch], folder: Path) -> Path:
    """A copy of all contracts with the patches applied."""
    copy = folder / "contracts"
    shutil.copytree(compiler.CONTRACTS, copy)
    for patch in patches:
        found = [path for path in copy.rglob("*.vy") for _ in range(path.read_text().count(patch.old))]
        if len(found) != 1:
            raise ValueError(f"the text to replace is there {len(found)} times: {patch.old}")
        found[0].write_text(found[0].read_text().replace(patch.old, patch.new))
    return copy


@contextmanager
def contracts_instead(patches: Sequence[Patch], folder: Path) -> Iterator[None]:
    """Everything inside, bytecode and machine code, is made of patched sources. Load designs inside, too."""
    copy = _copied(patches, folder) if patches else compiler.CONTRACTS
    caches = compiler.artifact, compiler.shipped_policies
    with pytest.MonkeyPatch.context() as monkeypatch:
        for module in (compiler, chain, storage, layout, adapter):
            monkeypatch.setattr(module, "CONTRACTS", copy)
        for cache in caches:
            cache.cache_clear()
        chain._RECENT.clear()
        try:
            yield
        finally:  # of a test that fails, too: the next one finds the package as it is
            for cache in caches:
                cache.cache_clear()
            chain._RECENT.clear()


@contextmanager
def deployed_instead(shell: str, other: Artifact) -> Iterator[None]:
    """Every deployment inside uses another artifact for a shell. The interface must be the same."""
    original, name = deployment.artifact, Path(shell).name
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(
            deployment, "artifact", lambda source: other if Path(source).name == name else original(source)
        )
        yield
