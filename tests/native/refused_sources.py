"""Sources that Vyper accepts and the translator refuses; the refused line bears a mark."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refused:
    """A source, and words of the rule that refuses it."""

    rule: str
    source: str


def _body(*lines: str, returns: str = "", before: str = "", decorators: str = "", arguments: str = "") -> str:
    body = "".join(f"    {line}\n" for line in lines)
    return f"{before}\n\n{decorators}@external\ndef f({arguments}){returns}:\n{body}"


_SELF = """
last: uint256
row: uint256[3]
list: DynArray[uint256, 3]


struct Pair:
    a: uint256
    b: uint256


interface IOther:
    def act(x: uint256) -> uint256: nonpayable
    def look(x: uint256) -> uint256: view


event Told:
    x: uint256


@internal
def _next(x: uint256) -> uint256:
    self.last += x
    return self.last


@internal
@view
def _look(x: uint256) -> uint256:
    return self.last + x
"""
_ALONE = "stand alone"
_SUBSET = "compilable subset"


def _order(*lines: str, rule: str = _ALONE) -> Refused:
    return Refused(rule, _body(*lines, before=_SELF, arguments="x: uint256, who: address"))


SOURCES = {
    # a call that changes state is only a part of something
    "order: operand": _order("y: uint256 = self._next(x) + 1  # <-"),
    "order: both operands": _order("y: uint256 = self._look(x) + self._next(x)  # <-"),
    "order: external operand": _order("y: uint256 = x * extcall IOther(who).act(x)  # <-"),
    "order: argument": _order("y: uint256 = self._look(self._next(x))  # <-"),
    "order: argument of a call that may": _order("y: uint256 = self._next(self._next(x))  # <-"),
    "order: argument of another contract": _order("y: uint256 = extcall IOther(who).act(self._next(x))  # <-"),
    "order: argument of a struct": _order("y: Pair = Pair(a=1, b=self._next(x))  # <-"),
    "order: item": _order("y: uint256[2] = [x, self._next(x)]  # <-"),
    "order: index": _order("y: uint256 = self.row[self._next(x)]  # <-"),
    "order: index of a target": _order("self.row[self._next(x)] = 1  # <-"),
    "order: target with an index": _order("self.row[x] = self._next(x)  # <-"),
    "order: augmented": _order("self.last += self._next(x)  # <-"),
    "order: comparison": _order("y: bool = self._next(x) < 3  # <-"),
    "order: short circuit": _order("y: bool = x > 1 and self._next(x) == 3  # <-"),
    "order: choice": _order("y: uint256 = self._next(x) if x > 1 else 3  # <-"),
    "order: test of a choice": _order("y: uint256 = 1 if self._next(x) > 1 else 3  # <-"),
    "order: test": _order("if self._next(x) > 1:  # <-", "    pass"),
    "order: assertion": _order("assert self._next(x) > 1  # <-"),
    "order: event": _order("log Told(x=self._next(x))  # <-"),
    "order: conversion": _order("y: int256 = convert(self._next(x), int256)  # <-"),
    "order: minus": _order("y: int256 = -convert(self._next(x), int256)  # <-"),
    "order: builtin": _order("y: uint256 = max(self._next(x), 3)  # <-"),
    "order: popped operand": _order("y: uint256 = self.list.pop() + 1  # <-"),
    "order: two popped": _order("y: uint256[2] = [self.list.pop(), self.list.pop()]  # <-"),
    "order: popped and appended": _order("self.list.append(self.list.pop())  # <-"),
    "order: appended": _order("self.list.append(self._next(x))  # <-"),
    "order: members behind an index": _order(
        "y: Pair[2] = empty(Pair[2])", "y[x] = Pair(a=self._look(x), b=1)  # <-", rule="members without calls"
    ),
    "order: items behind an index": _order(
        "y: uint256[2][2] = empty(uint256[2][2])", "y[x] = [1, self._look(x)]  # <-", rule="members without calls"
    ),
    "order: appended view": _order("self.list.append(self._look(x))  # <-", rule="without calls"),
    "order: returned tuple": Refused(
        _ALONE,
        _body("return self._next(x), 1  # <-", before=_SELF, arguments="x: uint256", returns=" -> (uint256, uint256)"),
    ),
    # calls
    "call: raw": Refused(_SUBSET, _body('raw_call(who, b"")  # <-', arguments="who: address")),
    "call: send": Refused(_SUBSET, _body("send(who, 1)  # <-", arguments="who: address")),
    "call: delegated": Refused(
        _SUBSET, _body('raw_call(who, b"", is_delegate_call=True)  # <-', arguments="who: address")
    ),
    "call: proxy": Refused(_SUBSET, _body("a: address = create_minimal_proxy_to(who)  # <-", arguments="who: address")),
    "call: ether": Refused(
        "without ether",
        _body(
            "extcall IPaid(who).pay(value=1)  # <-",
            before="interface IPaid:\n    def pay(): payable\n",
            arguments="who: address",
        ),
    ),
    "call: gas": _order("y: uint256 = extcall IOther(who).act(x, gas=5000)  # <-", rule="without ether"),
    "call: unchecked": _order(
        "y: uint256 = extcall IOther(who).act(x, skip_contract_check=True)  # <-", rule="without"
    ),
    "call: computed default": _order(
        "y: uint256 = extcall IOther(who).act(x, default_return_value=x)  # <-", rule="literal default"
    ),
    "call: lock of its own": Refused(
        "lock of its own",
        "\n\n@internal\n@nonreentrant\ndef _g():\n    pass\n" + _body("self._g()  # <-", decorators="@reentrant\n"),
    ),
    "call: payable": Refused("no ether", "\n\n@external\n@payable\ndef f():  # <-\n    pass\n"),
    "call: fallback": Refused("no fallback", "\n\n@external\ndef __default__():  # <-\n    pass\n"),
    # types
    "type: bytes": Refused(_SUBSET, "\n\n@external\ndef f(x: Bytes[4]):  # <-\n    pass\n"),
    "type: bytes32": Refused(_SUBSET, "\n\n@external\ndef f(x: bytes32):  # <-\n    pass\n"),
    "type: bytes32 in storage": Refused(_SUBSET, "x: bytes32  # <-\n"),
    "type: bytes4 local": Refused(_SUBSET, _body("x: bytes4 = 0x12345678  # <-")),
    "type: decimal in storage": Refused(_SUBSET, "# pragma enable-decimals\nx: decimal  # <-\n"),
    "type: decimal": Refused(_SUBSET, "# pragma enable-decimals\n" + _body("x: decimal = 1.5  # <-")),
    "type: string argument": Refused(_SUBSET, "\n\n@external\ndef f(x: String[4]):  # <-\n    pass\n"),
    "type: string answer": Refused(_SUBSET, '\n\n@external\ndef f() -> String[4]:  # <-\n    return "abc"\n'),
    "type: string local": Refused(_SUBSET, _body('x: String[4] = "abc"  # <-')),
    "type: empty string": Refused(_SUBSET, _body("x: String[4] = empty(String[4])  # <-")),
    "type: length of a string": Refused(
        "text", _body("x: uint256 = len(self.title)  # <-", before="title: String[4]\n")
    ),
    "type: string assigned": Refused(_SUBSET, _body('self.title = "abc"  # <-', before="title: String[4]\n")),
    "type: string compared": Refused(
        _SUBSET, _body('x: bool = self.title == "abc"  # <-', before="title: String[4]\n")
    ),
    "type: string in a struct": Refused(_SUBSET, "struct S:\n    x: String[4]\n\n\ns: S  # <-\n"),
    "type: string of another": Refused(
        _SUBSET,
        _body(
            "x: String[4] = staticcall INamed(who).title()  # <-",
            before="interface INamed:\n    def title() -> String[4]: view\n",
            arguments="who: address",
        ),
    ),
    "type: signed keys": Refused("unsigned numbers", "x: HashMap[int128, uint256]  # <-\n"),
    "type: strings as keys": Refused("give each String[4] a number", "x: HashMap[String[4], uint256]  # <-\n"),
    "type: a name that the package has": Refused("how many keys", "positions: HashMap[uint256, uint256]  # <-\n"),
    "type: unknown extent": Refused("how many keys", "other: uint256\nx_of: HashMap[uint256, uint256]  # <-\n"),
    "type: transient": Refused("immutable", "x: transient(uint256)  # <-\n"),
    "type: lists of other capacities inside": Refused(
        "exactly the type",
        _body(
            "a: DynArray[DynArray[uint256, 2], 2] = [[1], [2]]",
            "b: DynArray[DynArray[uint256, 3], 2] = a  # <-",
        ),
    ),
    # room
    "room: a long list": Refused(
        "locals of at most",
        _body("a: DynArray[uint256, 400_000] = self.list  # <-", before="list: DynArray[uint256, 400_000]\n"),
    ),
    "room: an array of arrays": Refused(
        "locals of at most", _body("a: uint256[300][300] = empty(uint256[300][300])  # <-")
    ),
    "room: a struct of lists": Refused(
        "locals of at most",
        _body(
            "a: Bag = empty(Bag)  # <-",
            before="struct Bag:\n    x: DynArray[uint256, 40_000]\n    y: uint256[40_000]\n",
        ),
    ),
    "room: an answer": Refused(
        "locals of at most",
        "list: DynArray[uint256, 70_000]\n\n\n@external\n@view\n"
        "def f() -> DynArray[uint256, 70_000]:  # <-\n    return self.list\n",
    ),
    "room: a chain of calls": Refused(
        "locals of at most",
        "\n\n@internal\n@pure\ndef _a(x: uint256[20_000]) -> uint256[20_000]:\n"
        "    y: uint256[20_000] = x\n    return y\n"
        "\n\n@internal\n@pure\ndef _b(x: uint256[20_000]) -> uint256[20_000]:\n    y: uint256[20_000] = self._a(x)\n"
        "    return self._a(y)\n"
        "\n\n@external\ndef f() -> uint256:  # <-\n    x: uint256[20_000] = empty(uint256[20_000])\n"
        "    x = self._b(x)\n    x = self._b(x)\n    return x[7]\n",
    ),
    "room: variables": Refused("variables of at most", "x: uint256\nrows: uint256[2**70]  # <-\n"),
    "room: behind keys": Refused("variables of at most", "of: HashMap[address, uint256[2**21]]  # <-\n"),
    # the environment and expressions
    "value: ether": Refused("no ether", "\n\n@external\n@payable\ndef f() -> uint256:  # <-\n    return msg.value\n"),
    "value: balance of self": Refused("variable", _body("x: uint256 = self.balance  # <-")),
    "value: item of a searched list": Refused(
        "give the value a name", _body("y: bool = x in [1, 2 // x]  # <-", arguments="x: uint256")
    ),
    "value: call in a searched list": Refused(
        "give the value a name", _body("y: bool = x in [1, self._look(x)]  # <-", before=_SELF, arguments="x: uint256")
    ),
    "value: address as a number": Refused(
        "numbers and truth values", _body("x: uint256 = convert(msg.sender, uint256)  # <-")
    ),
    "value: number as an address": Refused("numbers and truth values", _body("x: address = convert(5, address)  # <-")),
    "value: hash": Refused(_SUBSET, _body('x: bytes32 = keccak256("abc")  # <-')),
    "value: unreachable": Refused("literal", _body("assert msg.sender != self, UNREACHABLE  # <-")),
    "value: raise unreachable": Refused("literal", _body("raise UNREACHABLE  # <-")),
    "value: another error": Refused(
        "Failed(uint256)",
        _body('raw_revert(abi_encode(x, method_id=method_id("Other(uint256)")))  # <-', arguments="x: uint256"),
    ),
    "value: an error without a number": Refused(
        "Failed(uint256)",
        _body('raw_revert(abi_encode(x, method_id=method_id("Failed(uint256)")))  # <-', arguments="x: bool"),
    ),
    "value: an error by its selector": Refused(
        "Failed(uint256)", _body("raw_revert(abi_encode(x, method_id=0x12345678))  # <-", arguments="x: uint256")
    ),
    "event: list": Refused(
        "static arguments",
        _body("log E(x=[1])  # <-", before="event E:\n    x: DynArray[uint256, 3]\n"),
    ),
    "event: text": Refused(_SUBSET, _body('log E(x="a")  # <-', before="event E:\n    x: String[3]\n")),
}


def _builtin(line: str, **given: str) -> Refused:
    return Refused("", _body(line, **given))


_WHO = "who: address"
BUILTINS = {
    "abi_encode": _builtin("x: Bytes[32] = abi_encode(convert(1, uint256))"),
    "_abi_encode": _builtin("x: Bytes[32] = _abi_encode(convert(1, uint256))"),
    "abi_decode": _builtin("y: uint256 = abi_decode(x, uint256)", arguments="x: Bytes[32]"),
    "_abi_decode": _builtin("y: uint256 = _abi_decode(x, uint256)", arguments="x: Bytes[32]"),
    "floor": Refused("", "# pragma enable-decimals\n" + _body("y: int256 = floor(x)", arguments="x: decimal")),
    "ceil": Refused("", "# pragma enable-decimals\n" + _body("y: int256 = ceil(x)", arguments="x: decimal")),
    "slice": _builtin("y: Bytes[2] = slice(msg.data, 0, 2)"),
    "concat": _builtin('y: String[4] = concat("a", "bcd")'),
    "sha256": _builtin('y: bytes32 = sha256("abc")'),
    "method_id": _builtin('y: bytes4 = method_id("f()", output_type=bytes4)'),
    "keccak256": _builtin('y: bytes32 = keccak256("abc")'),
    "ecrecover": _builtin(
        "y: address = ecrecover(x, 27, convert(x, uint256), convert(x, uint256))", arguments="x: bytes32"
    ),
    "ecadd": _builtin("y: uint256[2] = ecadd(x, x)", arguments="x: uint256[2]"),
    "ecmul": _builtin("y: uint256[2] = ecmul(x, 2)", arguments="x: uint256[2]"),
    "extract32": _builtin("y: bytes32 = extract32(x, 0)", arguments="x: Bytes[32]"),
    "as_wei_value": _builtin('y: uint256 = as_wei_value(x, "gwei")', arguments="x: uint256"),
    "raw_call": _builtin('raw_call(who, b"")', arguments=_WHO),
    "blockhash": _builtin("y: bytes32 = blockhash(block.number - 1)"),
    "blobhash": _builtin("y: bytes32 = blobhash(0)"),
    "uint256_addmod": _builtin("y: uint256 = uint256_addmod(x, 2, 3)", arguments="x: uint256"),
    "uint256_mulmod": _builtin("y: uint256 = uint256_mulmod(x, 2, 3)", arguments="x: uint256"),
    "pow_mod256": _builtin("y: uint256 = pow_mod256(x, x)", arguments="x: uint256"),
    "uint2str": _builtin("y: String[78] = uint2str(x)", arguments="x: uint256"),
    "shift": _builtin("y: uint256 = shift(x, 2)", arguments="x: uint256"),
    "create_minimal_proxy_to": _builtin("y: address = create_minimal_proxy_to(who)", arguments=_WHO),
    "create_forwarder_to": _builtin("y: address = create_forwarder_to(who)", arguments=_WHO),
    "create_copy_of": _builtin("y: address = create_copy_of(who)", arguments=_WHO),
    "create_from_blueprint": _builtin("y: address = create_from_blueprint(who)", arguments=_WHO),
    "epsilon": Refused("", "# pragma enable-decimals\n" + _body("y: decimal = epsilon(decimal)")),
    "send": _builtin("send(who, 1)", arguments=_WHO),
    "print": _builtin("print(who)", arguments=_WHO),
    "breakpoint": _builtin("breakpoint()"),
    "selfdestruct": _builtin("selfdestruct(who)", arguments=_WHO),
    "raw_create": _builtin('y: address = raw_create(b"abc")'),
    "raw_log": _builtin('raw_log([], b"")'),
}

_NUMBERS = ("block.basefee", "block.blobbasefee", "block.gaslimit", "chain.id", "msg.gas", "tx.gasprice")
_ADDRESSES = ("block.coinbase", "tx.origin")
_HASHES = ("block.prevhash", "block.prevrandao", "msg.sender.codehash", "self.codehash")
_SIZES = ("self.balance", "msg.sender.balance", "self.codesize", "msg.sender.codesize", "block.difficulty")
ENVIRONMENT = {
    **{m: _builtin(f"y: uint256 = {m}") for m in (*_NUMBERS, *_SIZES)},
    **{m: _builtin(f"y: address = {m}") for m in _ADDRESSES},
    **{m: _builtin(f"y: bytes32 = {m}") for m in _HASHES},
    "msg.data": _builtin("y: uint256 = len(msg.data)"),
    "msg.value": Refused("", "\n\n@external\n@payable\ndef f():\n    y: uint256 = msg.value\n"),
    "code": _builtin("y: Bytes[2] = slice(self.code, 0, 2)"),
}
