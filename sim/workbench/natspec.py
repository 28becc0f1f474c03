"""What the author of a policy says about it: the title and notice of its NatSpec."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

_DOCSTRING = re.compile(r'^"""(.*?)"""', re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s*@([a-z]+(?::\w+)?)\s", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class NatSpec:
    """Both are empty where the source does not have them."""

    title: str
    notice: str  # paragraphs in one line each; a formula keeps its own, set in


def natspec(source: Path) -> NatSpec:
    """Read the docstring of a contract."""
    found = _DOCSTRING.search(source.read_text(encoding="utf-8"))
    fields: dict[str, str] = {}
    if found:
        _, *parts = _FIELD.split(found[1])
        for name, text in zip(parts[::2], parts[1::2], strict=True):
            fields.setdefault(name, _flowing(text))
    return NatSpec(fields.get("title", ""), fields.get("notice", ""))


def _flowing(text: str) -> str:
    """Join the lines of a paragraph; lines that are set in, such as formulas, stay by themselves."""
    first, _, rest = text.strip("\n").partition("\n")
    lines = [first.strip(), *textwrap.dedent(rest).rstrip().splitlines()]
    flowing: list[str] = []
    joins = False
    for line in lines:
        is_set_in = line.startswith(" ")
        if joins and line and not is_set_in:
            flowing[-1] += f" {line.strip()}"
        else:
            flowing.append(f"    {line.strip()}" if is_set_in else line.strip())
        joins = bool(line) and not is_set_in
    return "\n".join(flowing).strip()
