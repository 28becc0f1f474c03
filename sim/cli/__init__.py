"""The `breakwater` command: options, and who does what they ask for."""

from sim.cli.root import main

__all__ = ["main"]
