"""From an outcome to a finding: made as short as it gets, measured again on bytecode, and kept as a tape."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from sim.chain.tape import SUFFIX
from sim.design import Design
from sim.fuzz.search.attended import is_by_keeper
from sim.fuzz.search.evolve import Search
from sim.fuzz.search.genes import Genome
from sim.fuzz.search.questions import question_of
from sim.fuzz.search.scenes import EITHER, HARM, SHUT
from sim.fuzz.search.stage import Stage
from sim.fuzz.search.telling import told
from sim.fuzz.search.trial import Outcome, Place, Trial
from sim.fuzz.search.worth import settle

#: A shorter sequence may gain this share less, in hundredths.
_LESS = 70


@dataclass(frozen=True, slots=True)
class Finding:
    """A sequence that gains, or harms."""

    design: str
    place: Place
    property_id: str
    is_listed: bool  # the design says that it breaks this property
    usd: float
    harms: tuple[str, ...]
    words: tuple[str, ...]
    sequences: int  # played until the best one was found
    tape: Path


class Disagreement(RuntimeError):
    """Machine code and bytecode did not come to the same gain."""


def shortened(trial: Trial, outcome: Outcome, genome: Genome) -> Outcome:
    """Leave out genes, then calls, as long as most of the gain stays."""
    least = outcome.usd_wad * _LESS // 100
    shorter = True
    while shorter:
        shorter = False
        for i in range(len(genome)):
            fewer = (*genome[:i], *genome[i + 1 :])
            found = trial.play(fewer)
            if found.usd_wad >= max(least, 1):
                genome, outcome, shorter = fewer, found, True
                break
    for i, gene in enumerate(genome):
        if gene.kind == "again":  # the fewest repetitions that do
            for times in range(4):
                once = (*genome[:i], replace(gene, picks=(gene.picks[0], times, *gene.picks[2:])), *genome[i + 1 :])
                found = trial.play(once)
                if found.usd_wad >= max(least, 1):
                    genome, outcome = once, found
                    break
    outcome = trial.play(genome)
    if trial.place.kind == EITHER:
        return outcome  # the acts of the other direction would have to follow
    i = 0
    while i < len(outcome.acts):
        act = outcome.acts[i]
        if act.seconds == 0 and act.verb != "report" and not is_by_keeper(act):
            found = trial.replay((*outcome.acts[:i], *outcome.acts[i + 1 :]), outcome)
            if found.usd_wad >= max(outcome.usd_wad * 98 // 100, 1):
                outcome = found
                continue
        i += 1
    return outcome


def confirmed(design: Design, search: Search, out_dir: Path) -> Finding:
    """Shorten the best outcome of a search, and measure it again on bytecode.

    Raises:
        Disagreement: bytecode comes to another number.
    """
    assert search.best is not None
    trial = search.trial
    outcome = shortened(trial, *search.best)
    again = trial.elsewhere(lambda: staged_on_bytecode(design, trial)).remake(outcome.acts, outcome)
    if again.usd_wad != outcome.usd_wad:
        raise Disagreement(f"{design}, {trial.place}: {outcome.usd_wad} on machine code, {again.usd_wad} on bytecode")
    question = question_of(trial.place.kind, [harm.what for harm in outcome.harms])
    path = out_dir / f"{question.id}-{design}-{trial.place.scene}-{trial.place.m}-{trial.place.bps}{SUFFIX}"
    note = f"{question.id}: {question.says}: {outcome.usd_wad / 1e18:,.2f} USD"
    stage = staged_on_bytecode(design, trial)
    truth = stage.truth
    for act in outcome.acts:
        stage.make(act)
    if trial.place.kind not in (HARM, SHUT):
        settle(stage, outcome.played.touched)
    stage.arena.tape(note).save(path)
    return Finding(
        str(design),
        trial.place,
        question.id,
        question.id in {broken.property for broken in design.breaks},
        outcome.usd_wad / 1e18,
        tuple(harm.what for harm in outcome.harms),
        tuple(told(stage, outcome.acts, truth)),
        search.best_at,
        path,
    )


def staged_on_bytecode(design: Design, trial: Trial) -> Stage:
    """A fresh stage on bytecode, with the trial's scene on it."""
    stage = Stage(design, "evm", trial.group_deposits)
    for act in trial.scene_acts:
        stage.make(act)
    return stage
