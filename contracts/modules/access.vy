# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Access
@notice The risk controller is the only address that may change a parameter, a policy or the mode. Who it listens to is its own affair.
"""

from ..interfaces import IMarket
from ..lib import constants as c
from ..lib import errors as err

CONTROLLER: public(immutable(address))
mode: public(uint256)
reduce_only_until_s: public(uint256)


@deploy
def __init__(controller: address):
    CONTROLLER = controller
    self.mode = c.SETUP


@internal
@view
def _only_controller():
    err.check(msg.sender == CONTROLLER, err.ACCESS_NOT_CONTROLLER)


@internal
@view
def _mode() -> uint256:
    """@notice The mode in force: what was set, and reduce-only as long as a restriction lasts."""
    if block.timestamp < self.reduce_only_until_s:
        return max(self.mode, c.REDUCE_ONLY)
    return self.mode


@internal
def _restrict(until_s: uint256):
    self.reduce_only_until_s = until_s
    log IMarket.ReduceOnlyUntil(time_s=until_s)


@external
def set_mode(mode: uint256):
    """@notice 0 normal, 1 reduce-only, 2 paused."""
    self._only_controller()
    self.mode = mode
    log IMarket.ModeChanged(mode=mode)
