"""How a planted fault is caught."""

from __future__ import annotations

from pathlib import Path

from fuzz.faults import Fault
from fuzz.patched import compile_patched, deployed_instead

from sim.chain.evm import EvmChain
from sim.chain.tape import load, play
from sim.fuzz import campaign
from sim.fuzz.campaign import Failure

EXAMPLES = 300  # at most: a fault is caught in a few
RULES = 30
SEED = 1


def caught(fault: Fault, folder: Path, *, shrinks: bool) -> tuple[Failure, list[str]]:
    """How a planted fault is caught by the predicted property alone, and the verbs on its tape."""
    with deployed_instead(fault.shell, compile_patched(fault.shell, fault.patches, folder)):
        report = campaign.run(
            [fault.design],
            SEED,
            folder,
            examples=EXAMPLES,
            rules=RULES,
            shrinks=shrinks,
            only=[fault.caught_by],
        )
        assert report.failures, "survived"
        (failure,) = report.failures
        tape = load(failure.tape)
        chain, differences = play(tape, EvmChain)
        chain.close()
    assert differences == []
    assert tape.head.note == failure.message
    assert failure.message.startswith(f"{fault.caught_by}: ")
    assert [path.name for path in folder.glob("*.tape")] == [failure.tape.name]
    return failure, list(tape.verb)
