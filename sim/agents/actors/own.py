"""A user's own actor, from his file."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from sim.agents.actors.stage import Actor
from sim.inputs.errors import InputError


def load(file: Path, parameters: dict[str, Any] | None = None) -> Actor:
    """Make the one actor that a file has.

    Raises:
        InputError: the file cannot be read or run, has none or several, or one that says of himself what cannot be.
    """
    module = _run(file)
    found = [
        each for each in vars(module).values()
        if inspect.isclass(each) and issubclass(each, Actor) and each.__module__ == module.__name__
    ]  # fmt: skip
    if len(found) != 1:
        names = ", ".join(each.__name__ for each in found) or "none"
        raise InputError(file=file, expected="one class that extends sim.Actor", got=names)
    try:
        actor = found[0](parameters)
    except Exception as fault:
        raise InputError(file=file, key=_line(fault, file), expected="an actor that begins", got=_said(fault)) from None
    for key, least, kind in (("accounts", 1, int), ("capital_usd", 0.0, (int, float))):
        value = getattr(actor, key)
        if isinstance(value, bool) or not isinstance(value, kind) or not least <= value <= 1e9:
            raise InputError(file=file, key=key, expected=f"a number from {least:g} to 1e9", got=value)
    actor.name = actor.name or file.stem
    return actor


def _run(file: Path) -> ModuleType:
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(file=file, expected="a Python file that can be read", got=error.strerror) from error
    except UnicodeDecodeError as error:
        raise InputError(file=file, expected="Python in UTF-8") from error
    module = ModuleType(f"own_actor_{file.stem}")
    module.__file__ = str(file)
    try:
        code = compile(text, str(file), "exec")
        sys.modules[module.__name__] = module  # dataclasses look their module up
        exec(code, module.__dict__)
    except SyntaxError as fault:
        raise InputError(
            file=file, key=f"line {fault.lineno}", expected="Python that compiles", got=fault.msg
        ) from None
    except Exception as fault:
        raise InputError(file=file, key=_line(fault, file), expected="a file that runs", got=_said(fault)) from None
    return module


def _line(fault: Exception, file: Path) -> str:
    lines = []
    trace = fault.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(file):
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f"line {lines[-1]}" if lines else "top"


def _said(fault: Exception) -> str:
    return f"{type(fault).__name__}: {fault}"
