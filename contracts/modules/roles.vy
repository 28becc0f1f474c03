# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Roles
@notice Whom the risk controller listens to, and which Market listens to it. The admin changes in two steps and names the guardian, who may
        only tighten.
"""

from ..interfaces import IMarket
from ..lib import errors as err

admin: public(address)
pending_admin: public(address)
guardian: public(address)
market: public(IMarket)


event AdminNominated:
    pending_admin: indexed(address)


event AdminChanged:
    admin: indexed(address)


event GuardianChanged:
    guardian: indexed(address)


@deploy
def __init__(admin: address, guardian: address):
    self.admin = admin
    self.guardian = guardian
    log AdminChanged(admin=admin)
    log GuardianChanged(guardian=guardian)


@internal
@view
def _only_admin():
    err.check(msg.sender == self.admin, err.ACCESS_NOT_ADMIN)


@internal
@view
def _check_safety(is_tighter: bool):
    """@notice The guardian may only tighten, the admin may do both."""
    if msg.sender != self.admin:
        err.check(msg.sender == self.guardian and is_tighter, err.ACCESS_NOT_GUARDIAN)


@external
def bind(market: address):
    """@notice Say once which Market this controller controls."""
    self._only_admin()
    err.check(self.market.address == empty(address), err.ACCESS_ALREADY_BOUND)
    self.market = IMarket(market)


@external
def nominate_admin(pending_admin: address):
    self._only_admin()
    self.pending_admin = pending_admin
    log AdminNominated(pending_admin=pending_admin)


@external
def accept_admin():
    err.check(msg.sender == self.pending_admin, err.ACCESS_NOT_PENDING_ADMIN)
    self.admin = msg.sender
    self.pending_admin = empty(address)
    log AdminChanged(admin=msg.sender)


@external
def set_guardian(guardian: address):
    self._only_admin()
    self.guardian = guardian
    log GuardianChanged(guardian=guardian)
