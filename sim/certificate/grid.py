"""The kernel grid: every operation of the integer kernel at the edges of every type, against integers of Python.

Random operands seldom meet an edge; these are nothing else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from sim.certificate.columns import Columns, word_at, words_of
from sim.certificate.questions import Question, questions
from sim.native.kernel.operations import Kernel

#: Differences that a result keeps; the rest is not even looked for.
SHOWN = 20
_REVERTS = "a revert"


@dataclass(frozen=True, slots=True)
class GridResult:
    """How many cases were compared, and the first differences in words: none, if the kernel is right."""

    cases: int
    differences: tuple[str, ...]
    by_operator: dict[str, int]


def run(kernel: type[Kernel] = Kernel, operators: Collection[str] = ()) -> GridResult:
    """Compare a kernel with the right answers, in all operators or some of them (methods of the kernel)."""
    asked = {each.text: each for each in questions() if not operators or each.operator in operators}
    columns = Columns(kernel, {text: question.emit for text, question in asked.items()})
    counts: Counter[str] = Counter()
    differences: list[str] = []
    for question in asked.values():
        counts[question.operator] += len(question.operands.pairs)
        differences.extend(_differences(columns, question, SHOWN - len(differences)))
    return GridResult(counts.total(), tuple(differences), dict(counts))


def _differences(columns: Columns, question: Question, limit: int) -> Iterator[str]:
    """The first cases in which value or failure is not the right one. After a failure the value means nothing."""
    values, failures = columns.run(question.text, *question.operands.columns)
    answers = [question.answer(x, y) for x, y in question.operands.pairs]
    reverts = np.array([answer is None for answer in answers])
    right = words_of(answer or 0 for answer in answers)
    wrong = (failures != reverts) | (~reverts & (values != right).any(axis=1))
    for row in np.flatnonzero(wrong)[:limit]:
        expected = _REVERTS if reverts[row] else word_at(right, row)
        got = _REVERTS if failures[row] else word_at(values, row)
        x, y = question.operands.pairs[row]
        yield f"{question.text}: of {x} and {y} expected {expected}, got {got}"
