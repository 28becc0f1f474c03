# pragma version 0.4.3
"""
@title Driver
@notice An actor on a real chain: it holds tokens and shares, operates accounts, and runs many calls in one transaction. A call that reverts
        leaves no trace but its result, which is logged with the data it returned.
"""

MAX_CALLS: constant(uint256) = 64
MAX_DATA: constant(uint256) = 2_308  # selector and 72 words: a report of eight feeds and eight venues
MAX_OUTPUT: constant(uint256) = 512  # sixteen words

OWNER: public(immutable(address))


event Ran:
    index: indexed(uint256)
    ok: bool
    output: Bytes[MAX_OUTPUT]


struct Call:
    target: address
    data: Bytes[MAX_DATA]


@deploy
def __init__(owner: address):
    OWNER = owner


@external
def run(calls: DynArray[Call, MAX_CALLS]):
    """@notice Run the calls in order; one `Ran` for each."""
    assert msg.sender == OWNER, "Driver: not the owner"
    for i: uint256 in range(len(calls), bound=MAX_CALLS):
        ok: bool = False
        output: Bytes[MAX_OUTPUT] = b""
        ok, output = raw_call(
            calls[i].target, calls[i].data, max_outsize=MAX_OUTPUT, revert_on_failure=False
        )
        log Ran(index=i, ok=ok, output=output)
