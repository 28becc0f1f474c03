"""Begin something of one's own: a design that extends another, or a policy, each with its test.

The starting points are whole files in `templates/`: the policies compile and pass their tests as they lie there, under
the names MyPolicy and my_design.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel

from sim.design import list_designs
from sim.design.model import PLAIN, SLOTS, Design
from sim.design.parameters import parameters_of
from sim.inputs.compiler import CONTRACTS, shipped_policies
from sim.inputs.errors import InputError
from sim.scenario import list_scenarios, load_scenario
from sim.scenario.loading import REPLAY
from sim.workbench.checked import load_designs
from sim.workbench.scenario_page import rows as scenario_rows
from sim.workbench.units import as_toml, unit_of, unit_of_key

TEMPLATES = Path(__file__).parent / "templates"
DESIGN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
POLICY_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
#: Names in the templates, which those of the user replace.
_PLACEHOLDERS = ("MyPolicy", "my_design")


def new_design(name: str, base: str, folder: Path) -> tuple[Path, ...]:
    """Write `<name>.toml`, which extends a base and behaves like it until it is changed, and `test_<name>.py`.

    Raises:
        InputError: the name or the base cannot be used, or a file is there already. Nothing is written then.
    """
    if not DESIGN_NAME.fullmatch(name):
        raise InputError(file="NAME", expected="a letter, then letters, digits and underscores, at most 64", got=name)
    if name in list_designs():
        raise InputError(file="NAME", expected="a name that no shipped design has", got=name)
    (design,) = load_designs([base])
    extends = base if base in list_designs() else os.path.relpath(base, folder)
    text = _environment().get_template("design.toml.j2").render(_settings(design), name=name, extends=extends)
    test = _template("test_design.py", name)
    return _write({folder / f"{name}.toml": text.rstrip() + "\n", folder / f"test_{name}.py": test})


def new_scenario(name: str, base: str, folder: Path) -> tuple[Path, ...]:
    """Write `<name>.toml`, which extends a scenario and behaves like it until it is changed.

    Raises:
        InputError: the name or the base cannot be used, or the file is there already. Nothing is written then.
    """
    if not DESIGN_NAME.fullmatch(name):
        raise InputError(file="NAME", expected="a letter, then letters, digits and underscores, at most 64", got=name)
    if name in list_scenarios():
        raise InputError(file="NAME", expected="a name that no shipped scenario has", got=name)
    if base == REPLAY:
        expected = (
            f'a scenario with prices; yours are in a file with extends = "{REPLAY}" and [prices] file = "mine.csv"'
        )
        raise InputError(file="--from", expected=expected, got=base)
    scenario = load_scenario(base)
    extends = base if base in list_scenarios() else os.path.relpath(base, folder)
    lines = [f"#   {row.key} = {row.toml}" + (f"  ({row.unit})" if row.unit else "") for row in scenario_rows(scenario)]
    text = _environment().get_template("scenario.toml.j2")
    made = text.render(
        name=name, base=scenario.name, extends=extends, title=as_toml(f"After {scenario.title}"), lines=lines
    )
    return _write({folder / f"{name}.toml": made.rstrip() + "\n"})


def new_policy(slot: str, name: str, folder: Path) -> tuple[Path, ...]:
    """Write `<Name>.vy`, which compiles and does something plain, and `test_<Name>.py`.

    Raises:
        InputError: the slot or the name cannot be used, or a file is there already. Nothing is written then.
    """
    if slot not in SLOTS:
        raise InputError(file="SLOT", expected=f"one of {', '.join(SLOTS)}", got=slot)
    if not POLICY_NAME.fullmatch(name):
        expected = "a capital letter, then letters and digits, at most 64"
        raise InputError(file="NAME", expected=expected, got=name)
    if name in {path.stem for path in CONTRACTS.rglob("*.vy*")}:
        raise InputError(file="NAME", expected="a name that no shipped contract has", got=name)
    files = {f"{name}.vy": f"{slot}.vy", f"test_{name}.py": f"test_{slot}.py"}
    return _write({folder / file: _template(template, name) for file, template in files.items()})


def _template(file: str, name: str) -> str:
    text = (TEMPLATES / file).read_text(encoding="utf-8")
    for placeholder in _PLACEHOLDERS:
        text = text.replace(placeholder, name)
    return text


def _environment() -> Environment:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, keep_trailing_newline=True)


def _settings(design: Design) -> dict[str, Any]:
    """What the template of a design shows of its base: every key with its value, as a comment."""
    kinds = (("asset", design.assets), ("market", design.markets), ("oracle.feed", design.oracle.feeds))
    tables: tuple[tuple[str, BaseModel], ...] = (
        ("oracle", design.oracle),
        ("pool", design.pool),
        ("losses", design.losses),
    )
    return {
        "base": design.name,
        "title": as_toml(f"After {design.title}"),
        "top": _lines(design, PLAIN),
        "slots": [_slot(design, slot) for slot in SLOTS],
        "items": [
            {"kind": kind, "symbol": vars(item)["symbol"], "lines": _lines(item)}
            for kind, items in kinds
            for item in items
        ],
        "tables": [{"name": name, "lines": _lines(table)} for name, table in tables],
    }


def _slot(design: Design, slot: str) -> dict[str, Any]:
    choice = design.policies[slot]
    lines = [f"#policy = {as_toml(choice.policy)}"]
    for parameter in parameters_of(choice.source):
        lines.append(_line(parameter.key, choice.parameters[parameter.key], unit_of(parameter)))
    return {"name": slot, "shipped": list(shipped_policies(slot)), "lines": lines}


def _lines(table: BaseModel, keys: Sequence[str] = ()) -> list[str]:
    """Keys of a table that have a value."""
    values: Iterable[tuple[str, Any]] = ((key, getattr(table, key)) for key in keys or type(table).model_fields)
    return [
        _line(key, value, unit_of_key(key))
        for key, value in values
        if key not in ("symbol", "feeds") and value not in (None, ())
    ]


def _line(key: str, value: Any, unit: str) -> str:
    return f"#{key} = {as_toml(value)}" + (f"  # {unit}" if unit else "")


def _write(files: Mapping[Path, str]) -> tuple[Path, ...]:
    """Write new files, all or none; never over one that is there."""
    for path in files:
        if os.path.lexists(path):
            raise InputError(file=path, expected="no such file yet (nothing is overwritten)")
    made: list[Path] = []
    folder = next(iter(files)).parent
    try:
        for missing in _missing_folders(folder):
            missing.mkdir()
            made.append(missing)
        for path, text in files.items():
            with path.open("x", encoding="utf-8") as file:
                made.append(path)
                file.write(text)
    except BaseException as error:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink()
        if isinstance(error, OSError):
            raise InputError(file=folder, expected="a folder to write to", got=error.strerror) from error
        raise
    return tuple(files)


def _missing_folders(folder: Path) -> list[Path]:
    """Folders to make, the outermost first."""
    return [path for path in reversed((folder, *folder.parents)) if not path.exists()]
