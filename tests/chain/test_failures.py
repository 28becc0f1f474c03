"""The table of refusals is read from the contracts and complete."""

from __future__ import annotations

import re

from sim.chain import failures
from sim.inputs.compiler import CONTRACTS


def test_every_constant_of_the_table_has_a_sentence_and_a_number_of_its_own() -> None:
    source = (CONTRACTS / "lib" / "errors.vy").read_text()
    declared = re.findall(r"^[A-Z_]+: constant\(uint256\) = (\d+)", source, re.MULTILINE)
    assert len(declared) == len(set(declared))
    assert {int(code) for code in declared} == set(failures.failures()) - {failures.PANIC}


def test_revert_data_is_decoded_to_the_code() -> None:
    data = failures.FAILED_SELECTOR + failures.code_of("MARGIN_BELOW_INITIAL").to_bytes(32, "big")
    assert failures.name_of(failures.code_of_output(data)) == "MARGIN_BELOW_INITIAL"
    assert failures.code_of_output(b"") == failures.PANIC
