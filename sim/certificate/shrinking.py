"""A difference's shortest way: calls are left out as long as the two machines still differ."""

from __future__ import annotations

from time import monotonic

from sim.certificate.machine import Step, blocks
from sim.certificate.storm.stage import Stage

_MOST_S = 40.0
_SHOWN = 30


def differs(stage: Stage, steps: list[Step]) -> bool:
    """Whether bytecode and native differ in a call, or in storage at the end."""
    stage.restart()
    for waits, calls in blocks(steps):
        if waits:
            stage.twin.advance(sum(waits))
        if calls and stage.twin.run(calls).differences:
            return True
    return bool(stage.twin.compare_storage())


def shrink(stage: Stage, steps: list[Step]) -> list[Step]:
    """A short list of steps that still shows a difference, within a minute; all of them where chance was part of it."""
    until = monotonic() + _MOST_S
    if not differs(stage, steps):
        return steps
    steps = _shortest_prefix(stage, steps, until)
    size = max(1, len(steps) // 2)
    while monotonic() < until:
        at = 0
        while at < len(steps) - 1 and monotonic() < until:
            shorter = steps[:at] + steps[min(at + size, len(steps) - 1) :]
            if len(shorter) < len(steps) and differs(stage, shorter):
                steps = shorter
            else:
                at += size
        if size == 1:
            break
        size //= 2
    return steps


def _shortest_prefix(stage: Stage, steps: list[Step], until: float) -> list[Step]:
    """By bisection: what differs once goes on to differ."""
    same, different = 0, len(steps)
    while different - same > 1 and monotonic() < until:
        middle = (same + different) // 2
        if differs(stage, steps[:middle]):
            different = middle
        else:
            same = middle
    return steps[:different]


def told(stage: Stage, steps: list[Step]) -> list[str]:
    """Steps for people; the last ones, where there are many."""
    forms = {(form.target, form.selector): form for form in stage.forms.values()}
    lines = [f"{len(steps)} steps from the deployment show it:"]
    for step in steps[-_SHOWN:]:
        if isinstance(step, int):
            lines.append(f"  {step} s pass")
            continue
        form = forms[step.target, step.data[:4]]
        lines.append(f"  {step.sender} -> {form.target}.{form.function} {_words(step.data[4:])}")
    return lines


def _words(body: bytes) -> str:
    """Call data word by word: small ones as numbers, a rest that is no whole word as it is."""
    words = [body[i : i + 32] for i in range(0, len(body), 32)]
    return " ".join(str(int.from_bytes(w, "big")) if len(w) == 32 else f"0x{w.hex()}" for w in words)
