"""Planted faults of the compiler by name, and whether the certificate finds them.

Their modules are imported when asked for: they need the translator, which a warm start does not.
"""

from __future__ import annotations

_KERNEL, _TRANSLATOR = "kernel: ", "translator: "


def names() -> list[str]:
    """All planted faults."""
    from sim.certificate.broken_kernels import BROKEN_KERNELS
    from sim.certificate.broken_translators import BROKEN_TRANSLATORS

    return [*(_KERNEL + name for name in BROKEN_KERNELS), *(_TRANSLATOR + name for name in BROKEN_TRANSLATORS)]


def is_caught(name: str) -> bool:
    """Compile with the fault, and compare: whether everything that is broken is seen to be wrong."""
    from sim.certificate import broken_translators, grid
    from sim.certificate.broken_kernels import BROKEN_KERNELS

    if name.startswith(_TRANSLATOR):
        return broken_translators.caught(name.removeprefix(_TRANSLATOR)) is not None
    broken = BROKEN_KERNELS[name.removeprefix(_KERNEL)]
    return all(grid.run(broken, (operator,)).differences for operator in broken.breaks)
