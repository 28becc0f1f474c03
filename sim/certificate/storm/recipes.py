"""Recipes: how the calls of one function are drawn. Every function that changes state must have one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sim.certificate.machine import Sent
from sim.certificate.storm.calldata import Form
from sim.certificate.storm.hand import Hand

#: Draws calls, in order; none where there is nothing to do now.
Write = Callable[[Hand], list[Sent]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """One way to call a function, and how often it is chosen among all."""

    key: tuple[str, str]  # contract (all tokens are "token"), function
    weight: float
    write: Write


BOOK: list[Recipe] = []


def recipe(contract: str, function: str, weight: float) -> Callable[[Write], Write]:
    """Enter a function into the book."""

    def enter(write: Write) -> Write:
        BOOK.append(Recipe((contract, function), weight, write))
        return write

    return enter


class NoRecipe(LookupError):
    """A function that changes state would never be called: the certificate would say nothing about it."""


def check_complete(forms: Iterable[Form], book: Iterable[Recipe]) -> None:
    """Every function that is no view has a recipe.

    Raises:
        NoRecipe: names the first that has none.
    """
    known = {entry.key for entry in book}
    for form in forms:
        if not form.is_view and form.key not in known:
            raise NoRecipe(f"{form.target}.{form.function}: no recipe in sim/certificate/storm")
