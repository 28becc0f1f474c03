# pragma version 0.4.3
"""
@title Shy token
@notice Moves nothing and answers false once it is told to: a refusal that does not revert. Everybody holds enough of it.
"""

received: HashMap[address, uint256]
is_refusing: bool


@external
def refuse(is_refusing: bool):
    self.is_refusing = is_refusing


@external
@view
def balanceOf(owner: address) -> uint256:
    return self.received[owner]


@external
def transfer(to: address, amount: uint256) -> bool:
    return not self.is_refusing


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    if self.is_refusing:
        return False
    self.received[to] += amount
    return True


@external
def approve(spender: address, amount: uint256) -> bool:
    return not self.is_refusing
