"""One contract on an EVM with nothing else in it: to try a policy by itself."""

from __future__ import annotations

import re
from collections import namedtuple
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from eth_abi import decode, encode
from eth_utils.abi import collapse_if_tuple
from pyrevm import EVM, BlockEnv

from sim.chain.evm import ADMIN, GAS_LIMIT, SPEC
from sim.chain.plan import encode_call
from sim.design.parameters import Unfit, parameters_of
from sim.inputs.compiler import artifact
from sim.inputs.errors import InputError

START_S = 1_760_000_000
_OUTPUT = re.compile(r"output: 0x([0-9a-f]*)")
_HEAD_BYTES = 68  # selector, offset and length of a revert's sentence


class Refused(Exception):
    """A constructor or a call reverted; the message is the sentence that it gave, or says that it gave none."""


class Bench:
    """A deployed contract: `Bench("Mine.vy", 30).call("fee", ...)`, with the constructor's own integers.

    Raises:
        InputError: the source is missing or does not compile.
        Refused: the constructor reverted.
    """

    def __init__(self, source: str | Path, *arguments: Any, time_s: int = START_S) -> None:
        self.code = artifact(source)
        self._evm = EVM(spec_id=SPEC)
        self.at(time_s)
        types = [kind for _, kind in self.code.constructor]
        try:
            self.address = self._evm.deploy(ADMIN, self.code.initcode + encode(types, arguments))
        except RuntimeError as error:
            raise Refused(_sentence(error)) from error

    @classmethod
    def of(
        cls,
        source: str | Path,
        *,
        assets: Sequence[str] = (),
        markets: Sequence[str] = (),
        time_s: int = START_S,
        **parameters: Any,
    ) -> Bench:
        """Deploy with parameters as a design file has them: `Bench.of("Mine.vy", rate_at_full_per_year=0.5)`.

        Args:
            assets: symbols, for parameters that list assets.
            markets: symbols, for parameters by market.
        """
        known = parameters_of(Path(source))
        keys = [parameter.key for parameter in known]
        if sorted(keys) != sorted(parameters):
            raise InputError(file=source, expected=", ".join(keys) or "no parameters", got=", ".join(parameters))
        arguments = []
        for parameter in known:
            try:
                arguments.append(parameter.encode(_exact(parameters[parameter.key]), assets, markets))
            except Unfit as unfit:
                key = parameter.key + unfit.key
                raise InputError(file=source, key=key, expected=unfit.expected, got=unfit.got) from unfit
        return cls(source, *arguments, time_s=time_s)

    def at(self, time_s: int) -> Bench:
        """Begin a block at a time."""
        self.time_s = time_s
        self._evm.set_block_env(BlockEnv(number=1, timestamp=time_s, gas_limit=GAS_LIMIT))
        return self

    def call(self, function: str, *arguments: Any) -> Any:
        """Answer of a function: one value, or a tuple of them; a struct is a tuple whose fields have names.

        Raises:
            Refused: it reverted.
        """
        data = encode_call(self.code, function, arguments)
        try:
            output = bytes(self._evm.message_call(ADMIN, self.address, data, is_static=True))
        except RuntimeError as error:
            raise Refused(_sentence(error)) from error
        outputs = self.code.function(function)["outputs"]
        values = decode([collapse_if_tuple(item) for item in outputs], output)
        named = tuple(_named(item, value) for item, value in zip(outputs, values, strict=True))
        return named[0] if len(named) == 1 else named


def _exact(value: Any) -> Any:
    """Read a Python number as the decimal that it was written as."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {key: _exact(inner) for key, inner in value.items()}
    return [_exact(item) for item in value] if isinstance(value, list | tuple) else value


#: Under a name of its own: a type checker wants the members of a `namedtuple` as literals, and here the ABI names them.
_tuple_type: Any = namedtuple


def _named(item: Mapping[str, Any], value: Any) -> Any:
    if item["type"] != "tuple":
        return value
    fields = item["components"]
    struct: type[Any] = _tuple_type("Struct", [field["name"] for field in fields])
    return struct(*(_named(field, inner) for field, inner in zip(fields, value, strict=True)))


def _sentence(error: RuntimeError) -> str:
    output = _OUTPUT.search(str(error))
    raw = bytes.fromhex(output[1]) if output else b""
    return raw[_HEAD_BYTES:].rstrip(b"\0").decode(errors="replace") or "a revert without a reason"
