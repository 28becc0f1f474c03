"""What a run of the whole suite says at its end."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the sizes of the contracts, if their sizes were tested."""
    reports = (report for group in terminalreporter.stats.values() for report in group)
    if any("contracts/test_sizes.py" in getattr(report, "nodeid", "") for report in reports):
        from contracts.sizes import table  # what no other run needs

        terminalreporter.section("deployed bytes, and the share of what is allowed")
        terminalreporter.write_line("\n".join(table()))
