"""What every command shares: exit codes, errors in plain words, output that pipes well."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from math import isfinite

import click
from rich.console import Console, RenderableType

from sim.inputs.errors import InputError

EXIT_BAD_INPUT = 2
EXIT_DIFFERENT = 1
EXIT_INTERRUPTED = 130
#: Columns of what goes to a file or a pipe.
PLAIN_WIDTH = 120


class FiniteRange(click.FloatRange):
    """A range of numbers; what is no number would pass any bound."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if not isfinite(number):
            self.fail(f"{value} is not a finite number.", param, ctx)
        return number


def clear_errors(command: Callable[..., None]) -> Callable[..., None]:
    """One line and exit code 2 for whatever the user's input causes, a set-up that the contracts refuse included.

    Where the compiler refused the user's source, what it said follows as it said it.
    """

    @wraps(command)
    def guarded(*args: object, **kwargs: object) -> None:
        from sim.chain.failures import ContractError

        try:
            command(*args, **kwargs)
        except (InputError, ContractError) as error:
            click.echo(f"error: {error}", err=True)
            if details := getattr(error, "details", ""):
                click.echo(f"\n{details}", err=True)
            sys.exit(EXIT_BAD_INPUT)

    return guarded


def emit(found: RenderableType) -> None:
    """Print to the screen; where output is piped, plain text of a fixed width."""
    if sys.stdout.isatty():
        Console(highlight=False).print(found)
        return
    paper = Console(width=PLAIN_WIDTH, color_system=None, force_terminal=False, highlight=False)
    with paper.capture() as text:
        paper.print(found)
    click.echo("\n".join(line.rstrip() for line in text.get().splitlines()))
