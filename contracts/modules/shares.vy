# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Shares
@notice The pool's ERC-20 share. A holder's shares may be locked for a time: they neither move nor burn. What may leave of them in a
        window moves with them. Its own small module, because exports of a module compiled without the pragma escape the lock.
"""

from ethereum.ercs import IERC20
from ..lib import errors as err
from . import windows

uses: windows

name: public(constant(String[16])) = "Breakwater pool"
symbol: public(constant(String[8])) = "BWP"
decimals: public(constant(uint8)) = 18
totalSupply: public(uint256)
balanceOf: public(HashMap[address, uint256])
allowance: public(HashMap[address, HashMap[address, uint256]])
locked_until_s: public(HashMap[address, uint256])


@internal
def _mint(to: address, amount: uint256):
    held: uint256 = self.balanceOf[to]
    windows._enter(to, held, amount)
    self.totalSupply += amount
    self.balanceOf[to] = held + amount
    log IERC20.Transfer(sender=empty(address), receiver=to, value=amount)


@internal
def _burn(owner: address, amount: uint256):
    self._debit(owner, amount)
    self.totalSupply -= amount
    log IERC20.Transfer(sender=owner, receiver=empty(address), value=amount)


@internal
def _debit(owner: address, amount: uint256):
    held: uint256 = self.balanceOf[owner]
    err.check(held >= amount, err.SHARES_BALANCE_TOO_LOW)
    err.check(self.locked_until_s[owner] <= block.timestamp, err.SHARES_LOCKED)
    self.balanceOf[owner] = held - amount


@internal
def _give(owner: address, to: address, amount: uint256):
    """@notice Move shares without what may leave of them."""
    self._debit(owner, amount)
    self.balanceOf[to] += amount
    log IERC20.Transfer(sender=owner, receiver=to, value=amount)


@internal
def _transfer(owner: address, to: address, amount: uint256):
    held: uint256 = self.balanceOf[owner]
    held_to: uint256 = self.balanceOf[to]
    self._give(owner, to, amount)
    windows._move(owner, held, to, held_to, amount)


@external
def transfer(to: address, amount: uint256) -> bool:
    self._transfer(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    allowed: uint256 = self.allowance[owner][msg.sender]
    err.check(allowed >= amount, err.SHARES_ALLOWANCE_TOO_LOW)
    self.allowance[owner][msg.sender] = allowed - amount
    self._transfer(owner, to, amount)
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    self.allowance[msg.sender][spender] = amount
    log IERC20.Approval(owner=msg.sender, spender=spender, value=amount)
    return True
