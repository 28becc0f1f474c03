"""How a fault is planted: something is replaced while probes are compiled and run, and nothing of it stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from sim.native import runner, world
from sim.native.codegen import Code, object_code

Fault = Callable[[], AbstractContextManager[None]]


@contextmanager
def planted(holder: Any, name: str, fault: Any) -> Iterator[None]:
    """Replace an attribute of a module or class, or an entry of a table."""
    is_table = isinstance(holder, dict)
    kept = holder[name] if is_table else getattr(holder, name)
    put = holder.__setitem__ if is_table else partial(setattr, holder)
    put(name, fault)
    try:
        yield
    finally:
        put(name, kept)


def inside(holder: Any, name: Any, fault: Any) -> Fault:
    """The fault of a module, a class or a table."""
    return lambda: planted(holder, name, fault)


def in_runner(name: str, fault: Any) -> Fault:
    """A fault of the runner, which is compiled anew, since the shipped one is already loaded."""

    @contextmanager
    def compiled() -> Iterator[None]:
        with planted(runner, name, fault):
            code = Code(object_code(str(runner.runner_module())))
        with planted(world, "load_runner", lambda: code):
            yield

    return compiled
