"""The contracts with one line changed: a copy is patched, compiled, and deployed in place of the original."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from sim.chain import compiler, deployment
from sim.chain.compiler import Artifact


@dataclass(frozen=True, slots=True)
class Patch:
    """Replace a text, which must be there once, in a file of the contracts folder."""

    file: str
    old: str
    new: str


def compile_patched(shell: str, patches: Sequence[Patch], folder: Path) -> Artifact:
    """A shell compiled from a patched copy of the sources. The compiler caches by content: the second time is fast."""
    copy = folder / "contracts"
    shutil.copytree(compiler.CONTRACTS, copy)
    for patch in patches:
        path = copy / patch.file
        source = path.read_text()
        if source.count(patch.old) != 1:
            raise ValueError(f"{patch.file}: the text to replace is there {source.count(patch.old)} times: {patch.old}")
        path.write_text(source.replace(patch.old, patch.new))
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(compiler, "CONTRACTS", copy)
        compiler._imports_digest.cache_clear()
        try:
            return compiler.artifact(copy / shell)
        finally:
            compiler._imports_digest.cache_clear()


@contextmanager
def deployed_instead(shell: str, other: Artifact) -> Iterator[None]:
    """Every deployment inside uses another artifact for a shell. The interface must be the same."""
    original = deployment.artifact
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(deployment, "artifact", lambda source: other if str(source) == shell else original(source))
        yield
