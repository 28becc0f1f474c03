"""Random programs: both machines agree on them, broken translators do not, and what differs is told in few lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from click.testing import CliRunner, Result

from sim.certificate.machine import Sent
from sim.certificate.programs import campaign as campaigns
from sim.certificate.programs import shrinking
from sim.certificate.programs.assembly import program
from sim.certificate.programs.biting import found_by
from sim.certificate.programs.campaign import campaign
from sim.certificate.programs.running import Finding, compare, differs, way_of
from sim.certificate.programs.stand import Crash
from sim.certificate.programs.tree import Program
from sim.cli.root import main

PROGRAMS, SEED = 100, 1
#: Programs that are enough to find a planted fault of a common kind.
ENOUGH = 15
FOUND_SOON = (
    "a refused call keeps its writes",
    "writes are undone in the order in which they were made",
    "a narrow integer is not clamped",
    "members of a struct are taken for each other",
)


def test_both_machines_agree_on_random_programs():
    found, is_whole = campaign(PROGRAMS, SEED, 1)
    assert is_whole and found.programs == PROGRAMS
    assert found.differences == []
    assert found.refused == []
    assert len(found.invalid) <= PROGRAMS // 20
    assert found.calls > 100 * PROGRAMS
    assert 0.4 < 1 - (found.coded + found.panics) / found.calls < 0.85
    assert found.coded > found.calls / 100 and found.events > PROGRAMS


def test_a_program_depends_on_its_seed_and_number_alone():
    first = program(3, 7).sources()
    assert program(3, 8).sources() != first != program(4, 7).sources()
    assert program(3, 7).sources() == first


def test_programs_use_what_the_language_has():
    said = "\n".join(text for number in range(150) for text in program(5, number).sources().values())
    for word in (
        *(
            "flag ",
            "struct ",
            "event ",
            "interface ",
            "initializes: ",
            "uses: ",
            "exports: ",
            "immutable(",
            "constant(",
        ),
        *("HashMap[", "DynArray[", "log ", "break", "continue", "raise", "assert ", "range(", "bound=", " in self."),
        *("extcall ", "staticcall ", ".append(", ".pop()", "isqrt(", "convert(", "unsafe_div(", "abs(", "max_value("),
        *(" ** ", " // ", " % ", " << ", " >> ", " ^ ", "(~", "(-", " if ", " and ", " or ", "(not ", ".is_contract"),
        *("@pure", "@view", "@reentrant", "indexed(", "block.timestamp", "msg.sender", "else:"),
    ):
        assert word in said, word


# ---------------------------------------------------------------------- faults


@pytest.mark.parametrize("fault", FOUND_SOON)
def test_a_broken_translator_is_found_by_a_few_programs(fault: str):
    assert found_by(fault, ENOUGH) is not None


def test_a_differing_program_is_cut_down_to_what_differs():
    made = program(SEED, 1)
    line = next(text.strip() for text in reversed(made.sources()["Main.vy"].splitlines()) if "return " in text)
    sent = [Sent("alice", "main", bytes([i])) for i in range(40)]

    def differs(other: Program, calls: Sequence[Sent]) -> str | None:
        return "differs" if line in other.sources()["Main.vy"] and sent[17] in calls else None

    short, calls, told = shrinking.shrink(made, sent, "differs", differs)
    (main,) = (file for file in short.files if file.name == "Main")
    assert told == "differs" and sent[17] in calls and len(calls) <= 2
    assert [len(routine.body) for routine in main.routines if routine.name != "__init__"] == [1]
    assert sum(len(file.routines) for file in short.files if file.name != "Main") == 0


def test_a_program_without_what_is_called_is_no_shorter_form_of_a_difference():
    _, made, sent = compare(SEED, 1, 20)
    place, file = next((i, file) for i, file in enumerate(made.files) if file.name == "Main")
    without = made.with_file(
        place, replace(file, routines=tuple(each for each in file.routines if each.name == "__init__"))
    )
    assert differs(without, way_of(1), sent) is None


def test_a_crash_of_the_translator_is_a_difference_and_a_refusal_is_none(monkeypatch: pytest.MonkeyPatch):
    def crash(*_: object) -> None:
        raise Crash("KeyError: 7")

    monkeypatch.setattr("sim.certificate.programs.running.stand", crash)
    assert compare(SEED, 1)[0].differences == ["KeyError: 7"]


# ---------------------------------------------------------------------- command


def certify(*arguments: str) -> Result:
    return CliRunner(mix_stderr=False).invoke(main, ["certify", *arguments])


def test_the_command_counts_and_says_what_it_found():
    told = certify("--programs", "2", "--seed", "3", "--jobs", "1")
    assert told.exit_code == 0, told.stdout + told.stderr
    assert told.stdout.splitlines()[-1] == "0 differences in 2 programs, 300 calls"


def test_a_difference_gives_exit_code_1(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        campaigns, "run", lambda seed, number: Finding(programs=1, calls=3, differences=["two is five"])
    )
    told = certify("--programs", "2", "--jobs", "1")
    assert told.exit_code == 1
    assert "two is five" in told.stdout
    assert told.stdout.splitlines()[-1] == "2 differences in 2 programs, 6 calls"


def test_an_interruption_keeps_what_was_finished(monkeypatch: pytest.MonkeyPatch):
    def interrupted(seed: int, number: int) -> Finding:
        if number == 6:
            raise KeyboardInterrupt
        return Finding(programs=1, calls=3)

    monkeypatch.setattr(campaigns, "run", interrupted)
    told = certify("--programs", "20", "--jobs", "1")
    assert told.exit_code == 130
    assert told.stdout.splitlines()[-1] == "0 differences in 4 programs, 12 calls"
    assert "stopped" in told.stderr


@pytest.mark.parametrize("flags", [("--design", "glp"), ("--actions", "5"), ("--no-faults",), ("--out", "x.json")])
def test_what_does_not_go_with_programs_is_one_line_and_exit_code_2(flags: tuple[str, ...]):
    told = certify("--programs", "2", *flags)
    assert told.exit_code == 2
    assert len(told.stderr.strip().splitlines()) == 1
    assert "--programs" in told.stderr
