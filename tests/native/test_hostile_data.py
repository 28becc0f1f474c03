"""Call data that no encoder would write: both machines take the same of it, and answer with the same bytes."""

from __future__ import annotations

from pathlib import Path
from random import Random

from sim.certificate.arguments import calls
from sim.certificate.probe import Bench, Part
from sim.certificate.twin import Sent
from sim.chain.failures import OK, PANIC
from sim.native.context import LIMIT

PROBES = Path(__file__).parent / "probes"
WORD = 2**256


def arrays() -> Bench:
    return Bench([Part("arrays", PROBES / "Arrays.vy")], extents={"lists_of": (8,)})


def getters() -> Bench:
    extents = {"list_of": (6,), "big_of": ("addresses", 6), "by_truth": (2,), "by_small": (256,)}
    return Bench([Part("getters", PROBES / "Getters.vy")], extents=extents)


def spoilt(call: Sent, random: Random) -> Sent:
    """The call with some words replaced, cut short or made longer."""
    data = bytearray(call.data)
    for _ in range(random.randint(0, 2)):
        if len(data) > 4:
            at = 4 + 32 * random.randrange((len(data) - 4 + 31) // 32)
            data[at : at + 32] = word(random).to_bytes(32, "big")[: len(data) - at]
    choice = random.random()
    if choice < 0.3:
        del data[random.randint(4, len(data)) :]
    elif choice < 0.4:
        data += random.randbytes(random.randint(1, 70))
    return Sent(call.sender, call.target, bytes(data))


def word(random: Random) -> int:
    """A small number, an offset, or one near a bound of the word or of an address."""
    near = random.choice((0, 32, 64, 96, 2**8, 2**160, 2**128, 2**255, WORD))
    return (near + random.randint(-5, 5)) % WORD if random.random() < 0.8 else random.getrandbits(256)


def test_spoilt_call_data_is_taken_alike():
    for bench, without in ((arrays(), ()), (getters(), ("title", "NAMES"))):
        random = Random(3)
        sent = [spoilt(call, random) for call in calls(bench, bench.parts, 6_000, 3, without=without)]
        outcome = bench.run(sent)
        assert outcome.differences == []
        assert outcome.limits < len(sent) / 5  # words that would be addresses or keys
        assert sum(answer.status == OK for answer in outcome.native) > len(sent) / 5


def test_short_call_data_reverts():
    bench = arrays()
    whole = bench.call("arrays", "set_all", (1, 2, 3, 4), ((1, 2, 3), (4, 5, 6))).data
    sent = [Sent("alice", "arrays", whole[:length]) for length in range(4, len(whole) + 1)]
    outcome = bench.run(sent)
    assert outcome.differences == []
    assert [answer.status for answer in outcome.native] == [PANIC] * (len(sent) - 1) + [OK]


def test_words_outside_their_type_revert():
    bench = getters()
    alice = int(bench.addresses["alice"], 16)
    for position, least_bad in ((1, 2), (2, 2**160), (3, 8)):
        words = [5, 1, alice, 7]
        for bad in (least_bad, least_bad + 1, 2**255, WORD - 1):
            words[position] = bad
            outcome = bench.run([bench.raw("getters", "set_simple", *words)])
            assert outcome.differences == []
            assert outcome.native[0].status == PANIC
    for bad in (2**127, 2**255, WORD - 2**127 - 1):
        outcome = bench.run([bench.raw("getters", "set_lists", 1, bad, 2, 1)])
        assert outcome.differences == []
        assert outcome.native[0].status == PANIC


def test_lists_may_begin_anywhere():
    bench = arrays()
    random = Random(4)
    offsets = [*range(0, 200), *(WORD - n for n in range(1, 80)), 2**64, 2**64 + 32, 2**255, 2**160]
    sent = []
    for offset in offsets:
        tail = [random.choice((0, 1, 2, 3, 4, 5, WORD - 1)) for _ in range(4)]
        sent.append(bench.raw("arrays", "replace", offset, *tail))
        sent.append(bench.raw("arrays", "total", offset, *tail, tail=bytes([0, 0, 2])))
        sent.append(bench.raw("arrays", "grown", offset, random.getrandbits(3), *tail))
        sent.append(bench.raw("arrays", "table", offset, *tail, tail=b"\0" * 17))
    outcome = bench.run(sent)
    assert outcome.differences == []
    assert sum(answer.status == OK for answer in outcome.native) > len(sent) / 4


def test_a_list_that_is_too_long_reverts():
    bench = arrays()
    sent = [bench.raw("arrays", "replace", 32, count, *range(8)) for count in (4, 5, 6, 2**64, 2**64 + 1, WORD - 1)]
    outcome = bench.run(sent)
    assert outcome.differences == []
    assert [answer.status for answer in outcome.native] == [OK, *[PANIC] * 5]


def test_an_answer_without_room_is_a_limit():
    bench = Bench([Part("limits", PROBES / "Limits.vy")])
    outcome = bench.run([bench.call("limits", "long", n) for n in (3, 126, 127, 200)])
    assert [answer.status for answer in outcome.native] == [OK, OK, LIMIT, LIMIT]
    assert outcome.differences == []
