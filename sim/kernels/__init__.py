"""Numeric loops as machine code: compiled once by numba, kept as objects, called without it.

A kernel is a plain function of numbers, arrays and named tuples of them: no allocation, no exception, no object. In
the process that compiles, `kernel` makes it numba's; everywhere else it stays what it is, a Python function, so that
a kernel can also be run, and tested, as it is written.
"""

from sim.kernels.marking import kernel, kernel_part

__all__ = ["kernel", "kernel_part"]
