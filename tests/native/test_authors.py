"""What authors of policies write first: it is translated right, or refused with a remedy."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path

import pytest
from eth_utils import keccak

from sim.certificate.arguments import calls
from sim.certificate.probe import Bench, Part
from sim.certificate.twin import Sent
from sim.chain.failures import OK, PANIC
from sim.chain.plan import Ref
from sim.native.context import LIMIT
from sim.native.objects import compile_contract
from sim.native.refusal import Refusal

AUTHORS = Path(__file__).parent / "probes" / "Authors.vy"
#: In storage from the constructor on, in the source, nowhere.
BOSS, STRANGER, UNKNOWN = int("99" * 20, 16), 0x1234567890ABCDEF1234567890ABCDEF12345678, 0x5555
OWNER = int("88" * 20, 16)
EDGES = (0, 1, 2, 9, 10, 2**64, 2**255, 2**256 - 1)
#: Bytes of lists beside other values are left to Vyper; these have several signatures.
WITHOUT = ("all_friends", "with_defaults", "list_default")
HEAD = "# pragma version 0.4.3\n"


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench([Part("authors", AUTHORS)])


def called(bench: Bench, signature: str, *words: int, sender: str = "alice") -> Sent:
    """A call of one of several functions of a name."""
    data = b"".join((word % 2**256).to_bytes(32, "big") for word in words)
    return Sent(sender, "authors", keccak(text=signature)[:4] + data)


def test_both_machines_agree(bench: Bench) -> None:
    sent = calls(bench, bench.parts, 1_200, 3, without=WITHOUT)
    outcome = bench.run(sent)
    assert outcome.differences == []
    accepted = Counter(bench.function_of(c) for c, a in zip(sent, outcome.native, strict=True) if a.status == OK)
    assert {bench.function_of(call) for call in sent} - set(accepted) <= {"items"}


def test_a_function_that_is_not_marked_may_be_an_operand(bench: Bench) -> None:
    outcome = bench.run([bench.call("authors", "unmarked", *pair) for pair in product(EDGES, EDGES)])
    assert outcome.differences == [] and outcome.limits == 0
    assert {0, 61, 62, PANIC} == {answer.status for answer in outcome.native}


def test_arguments_that_are_left_out_have_their_defaults(bench: Bench) -> None:
    sent = [bench.call("authors", "sums", *each) for each in product((0, 5, 2**255), EDGES, (0, 2**256 - 1))]
    for count, values in ((1, EDGES), (2, EDGES), (3, (0, 7))):
        signature = f"with_defaults({','.join(['uint256'] * count)})"
        sent += [called(bench, signature, *each) for each in product(values, repeat=count)]
    sent += [bench.call("authors", "over_there", *pair) for pair in product((0, 3), (1, 2**255))]
    sent += [called(bench, "list_default(uint256)", x) for x in (0, 8)]
    for flag in (0, 1, 2):
        listed = (128, flag, 5, 2, 9, 2**256 - 1)
        sent.append(called(bench, "list_default(uint256,uint256[])", 3, 64, 1, 77))
        sent.append(called(bench, "list_default(uint256,uint256[],bool)", 3, 96, flag, 3, 1, 2, 3))
        sent.append(called(bench, "list_default(uint256,uint256[],bool,uint256)", 4, *listed))
    sent.append(called(bench, "list_default()"))
    bench.twin.advance(5)
    with pytest.raises(KeyError):
        bench.run(sent[-1:])
    outcome = bench.run(sent[:-1])
    assert outcome.differences == [] and outcome.limits == 0
    assert bench.run([bench.call("authors", "total"), bench.call("authors", "items", 1)]).differences == []


def test_membership_at_its_edges(bench: Bench) -> None:
    outcome = bench.run([called(bench, "list_default(uint256,uint256[])", 3, 64, 3, 9, 0, 2**255)])
    assert outcome.differences == []
    people = (Ref("alice"), Ref("authors"), Ref("bob"), "0x" + "00" * 20)
    sent = [bench.call("authors", "among", *each) for each in product(EDGES, (-128, -1, 0, 127), people)]
    sent += [bench.call("authors", "among_own", *each) for each in product(EDGES, range(7))]
    sent += [bench.call("authors", "moods_of", *each) for each in product(range(9), range(9))]
    outcome = bench.run(sent)
    assert outcome.differences == [] and outcome.limits == 0
    assert len({answer.output for answer in outcome.native}) > 40


def test_constants_of_structs_lists_and_addresses(bench: Bench) -> None:
    sent = [bench.call("authors", "constants", x) for x in EDGES]
    sent += [bench.call("authors", "listed", i) for i in (0, 1, 2, 3, 2**64, 2**255)]
    outcome = bench.run(sent)
    assert outcome.differences == [] and outcome.limits == 0


# ---------------------------------------------------------------------- strangers


def test_strangers_are_kept_told_given_and_called(bench: Bench) -> None:
    sent = []
    for who in (STRANGER, BOSS, OWNER):
        sent += [called(bench, "befriend(address)", who), called(bench, "addresses(address)", who)]
        sent += [called(bench, "just_friends()"), called(bench, "friend()"), called(bench, "friends(uint256)", 1)]
        sent += [called(bench, "by(address)", who), called(bench, "boss_of(address)", who)]
        sent += [called(bench, "ask_stranger(uint256)", which) for which in range(4)]
    outcome = bench.run(sent)
    assert outcome.differences == [] and outcome.limits == 0
    logged = [log for answer in outcome.native for log in answer.logs]
    assert len(logged) == 3 and len({word for _, words in logged for word in words}) >= 4


def test_an_address_that_nobody_named_is_a_limit(bench: Bench) -> None:
    assert [a.status for a in bench.run([called(bench, "befriend(address)", UNKNOWN)]).native] == [LIMIT]


# ---------------------------------------------------------------------- keys


def test_keys_have_the_room_that_their_types_or_lines_give(bench: Bench) -> None:
    signature = "mark(bool,uint8,uint256,uint256,uint128)"
    for a, b, c, d, e in ((0, 0, 0, 0, 0), (1, 255, 7, 3, 2), (1, 128, 4, 1, 1)):
        outcome = bench.run([called(bench, signature, a, b, c, d, e)] * 2)
        assert outcome.differences == [] and outcome.limits == 0
    beyond = [(1, 255, 7, 4, 2), (1, 255, 7, 3, 3), (1, 255, 7, 2**64, 2), (1, 255, 7, 3, 2**64)]
    assert bench.run([called(bench, signature, *each) for each in beyond]).limits == len(beyond)
    outside = [(2, 0, 0, 0, 0), (0, 256, 0, 0, 0), (0, 0, 8, 0, 0)]
    hostile = bench.run([called(bench, signature, *each) for each in outside])
    assert hostile.differences == [] and [a.status for a in hostile.native] == [PANIC] * 3


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x: HashMap[uint256, uint256]", "end its line with `# keys: 8`"),
        ("positions: HashMap[uint256, HashMap[uint256, uint256]]", "end its line with `# keys: 8, 8`"),
        ("x: HashMap[address, HashMap[uint256, uint256]]  # keys: 8, 8", "end its line with `# keys: 8`"),
        ("x: HashMap[bool, uint256]  # keys: 2", "leave the comment away"),
        ("x: HashMap[uint256, uint256]  # keys: many", "a number for each key"),
        ("x: HashMap[uint256, uint256]  # keys: 0", "a number for each key"),
        ("x: HashMap[uint256, uint256]  # keys: 9999999", "at most 1,048,576 words"),
        ("x: HashMap[bytes32, uint256]", "give each bytes32 a number"),
        ("x: HashMap[int128, uint256]", "unsigned numbers"),
    ],
)
def test_a_refused_mapping_says_what_to_write(line: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "Mine.vy"
    path.write_text(f"{HEAD}a: uint256\n{line}\n\n\n@external\ndef f():\n    self.a = 1\n")
    with pytest.raises(Refusal) as told:
        compile_contract(path)
    assert told.value.line == 3 and words in told.value.rule
