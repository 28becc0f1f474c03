# pragma version 0.4.3
"""
@title Call-back token
@notice Calls a chosen target in the middle of every transfer and remembers what came of it: the re-entrancy that a pool must survive.
"""

MAX_DATA: constant(uint256) = 1_024

balanceOf: public(HashMap[address, uint256])
target: public(address)
data: public(Bytes[MAX_DATA])
calls: public(uint256)
is_accepted: public(bool)
output: public(Bytes[MAX_DATA])


@external
def mint(to: address, amount: uint256):
    self.balanceOf[to] += amount


@external
def arm(target: address, data: Bytes[MAX_DATA]):
    """@notice What to call next time."""
    self.target = target
    self.data = data


@internal
def _move(owner: address, to: address, amount: uint256):
    self.balanceOf[owner] -= amount
    self.balanceOf[to] += amount
    if self.target == empty(address):
        return
    ok: bool = False
    output: Bytes[MAX_DATA] = b""
    ok, output = raw_call(self.target, self.data, max_outsize=MAX_DATA, revert_on_failure=False)
    self.calls += 1
    self.is_accepted = ok
    self.output = output


@external
def transfer(to: address, amount: uint256) -> bool:
    self._move(msg.sender, to, amount)
    return True


@external
def transferFrom(owner: address, to: address, amount: uint256) -> bool:
    self._move(owner, to, amount)
    return True
