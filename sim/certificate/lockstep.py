"""Lockstep: a storm of calls on bytecode and native, every answer compared, and the whole storage now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from zlib import crc32

from sim.certificate.machine import Sent, Step
from sim.certificate.shrinking import shrink, told
from sim.certificate.storm.calldata import Form
from sim.certificate.storm.odd import odd
from sim.certificate.storm.play import Play
from sim.certificate.storm.stage import START_S, Stage
from sim.certificate.storm.wild import wild
from sim.certificate.twin import Outcome
from sim.chain.failures import OK
from sim.design import Design
from sim.native.context import LIMIT
from sim.native.coverage import Counters, Coverage, merged

#: Calls drawn from one look at the state; of an episode, which begins with a new deployment; between two checkpoints.
BATCH, EPISODE, BETWEEN_CHECKPOINTS = 80, 4_000, 2_000
_ODD = 0.6  # chance that those settings are at least allowed
_WILD = 0.08  # chance that settings go mad for a block
_WILD_BATCH = 30
_WILD_CHECK = 0.2  # chance that storage is compared before that is undone

#: Calls for which native code has no room are not compared, so there may be few: this share of those that are, and some
#: at the beginning. One that is a limit for no reason would hide whatever is wrong behind it.
MOST_LIMITS, FIRST_LIMITS = 1 / 50, 40

#: What follows the name of a function that changes nothing.
VIEW = " (view)"
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds of the same calls in both machines; native without counters, an episode in one go."""

    calls: int = 0
    bytecode_s: float = 0.0
    native_s: float = 0.0

    def __add__(self, other: Speed) -> Speed:
        """Both together."""
        seconds = (self.bytecode_s + other.bytecode_s, self.native_s + other.native_s)
        return Speed(self.calls + other.calls, *seconds)

    @property
    def ratio(self) -> float:
        """How many times faster native is."""
        return self.bytecode_s / self.native_s if self.native_s else 0.0


@dataclass(frozen=True, slots=True)
class LockstepResult:
    """What was compared, and the first differences: none, if native code is right."""

    actions: int = 0  # calls that both machines answered
    accepted: int = 0
    limits: int = 0  # calls that native refused for want of room: not compared, and not counted above
    checkpoints: int = 0
    words: int = 0  # of storage, compared at checkpoints
    calls: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # by function: calls, accepted
    codes: Mapping[int, int] = field(default_factory=dict)  # by status other than OK
    differences: tuple[str, ...] = ()
    speed: Speed = Speed()
    coverage: Coverage = Coverage()
    is_interrupted: bool = False

    @property
    def never_accepted(self) -> list[str]:
        """Functions without a single success."""
        return sorted(name for name, (_, accepted) in self.calls.items() if not accepted)


def together(results: Iterable[LockstepResult]) -> LockstepResult:
    """Results of several runs as one."""
    parts = list(results)
    calls: dict[str, tuple[int, int]] = {}
    codes: Counter[int] = Counter()
    for part in parts:
        codes.update(part.codes)
        for name, (made, accepted) in part.calls.items():
            before = calls.get(name, (0, 0))
            calls[name] = (before[0] + made, before[1] + accepted)
    return LockstepResult(
        actions=sum(part.actions for part in parts),
        accepted=sum(part.accepted for part in parts),
        limits=sum(part.limits for part in parts),
        checkpoints=sum(part.checkpoints for part in parts),
        words=sum(part.words for part in parts),
        calls=calls,
        codes=dict(codes),
        differences=tuple(line for part in parts for line in part.differences),
        speed=sum((part.speed for part in parts), Speed()),
        coverage=merged(part.coverage for part in parts),
        is_interrupted=any(part.is_interrupted for part in parts),
    )


def run(design: Design, *, actions: int, seed: int, part: int = 0, progress: Progress | None = None) -> LockstepResult:
    """Compare at least so many actions. Stops at the first difference, and shrinks it.

    An interrupt ends it early, with what was compared so far.

    Args:
        part: runs of one seed that go on beside each other have different ones.
        progress: told now and then how many actions were compared.

    Raises:
        Refusal: a policy of the design does not compile to native code.
        NoRecipe: a function of the contracts would never be called.
    """
    stage = Stage(design)
    running = _Run(stage, Counters(stage.world), progress)
    is_interrupted = False
    try:
        episode = 0
        while running.actions < actions and not running.differences:
            running.episode((seed, crc32(str(design).encode()), part, episode), actions)
            episode += 1
    except KeyboardInterrupt:
        is_interrupted = True
    result = running.result(is_interrupted)
    stage.close()
    return result


class _Run:
    """Episodes on one stage."""

    def __init__(self, stage: Stage, counters: Counters, progress: Progress | None) -> None:
        self.stage, self.counters, self.progress = stage, counters, progress
        self.actions = self.accepted = self.limits = self.checkpoints = 0
        self.differences: list[str] = []
        self._last_limit = ""
        self._calls: Counter[str] = Counter()
        self._successes: Counter[str] = Counter()
        self._codes: Counter[int] = Counter()
        self._speed = Speed()
        self._tape: list[Step] = []
        self._statuses: list[int] = []
        self._names = {(form.target, form.selector): _name(form) for form in stage.forms.values()}
        counters.reset()

    def result(self, is_interrupted: bool) -> LockstepResult:
        """All so far."""
        return LockstepResult(
            actions=self.actions,
            accepted=self.accepted,
            limits=self.limits,
            checkpoints=self.checkpoints,
            words=self.checkpoints * len(self.stage.twin.ledger),
            calls={name: (count, self._successes[name]) for name, count in sorted(self._calls.items())},
            codes=dict(sorted(self._codes.items())),
            differences=tuple(self.differences),
            speed=self._speed,
            coverage=self.counters.read(),
            is_interrupted=is_interrupted,
        )

    def episode(self, seed: tuple[int, ...], actions: int) -> None:
        """From a new deployment on."""
        self.stage.restart()
        self._tape, self._statuses = [], []
        play, began, seconds = Play(self.stage, seed), self.actions, 0.0
        checked = began
        while self.actions < min(began + EPISODE, actions) and not self.differences:
            before = self.stage.twin.seconds_bytecode
            self._block(play)
            seconds += self.stage.twin.seconds_bytecode - before
            if not self.differences and play.dice.chance(_WILD):
                self._excursion(play)
            if self.actions - checked >= BETWEEN_CHECKPOINTS:
                checked = self.actions
                self._checkpoint()
        if not self.differences:
            self._checkpoint()
        if not self.differences:
            self._replay(seconds)

    def _block(self, play: Play) -> None:
        """Time passes, prices are reported, then everybody acts."""
        self._advance(play.seconds())
        self._run(play.opening())
        if not self.differences:
            play.look()
            self._run(play.batch(BATCH))

    def _excursion(self, play: Play) -> None:
        """Settings go mad for a block; what comes of it is compared, and then undone."""
        twin, made, seen = self.stage.twin, len(self._tape), play.seen
        mark, answered = twin.mark(), len(self._statuses)
        self._run((odd if play.dice.chance(_ODD) else wild)(play))
        if not self.differences:
            self._advance(play.seconds())
            self._run(play.opening())
        if not self.differences:
            play.look()
            self._run(play.batch(_WILD_BATCH))
        if not self.differences and play.dice.chance(_WILD_CHECK):
            self._checkpoint()
        if self.differences:
            return
        twin.restore(mark)
        del self._tape[made:], self._statuses[answered:]
        play.seen = seen

    def _advance(self, seconds: int) -> None:
        self._tape.append(seconds)
        self.stage.twin.advance(seconds)

    def _run(self, calls: list[Sent]) -> None:
        """Run calls, and count them."""
        outcome = self.stage.twin.run(calls)
        self._tape += calls
        self._statuses += [answer.status for answer in outcome.native]
        self._count(calls, outcome)
        if outcome.differences:
            self._found(outcome.differences[0])
        elif self.limits > FIRST_LIMITS + MOST_LIMITS * self.actions:
            self.differences.append(
                f"native code had no room for {self.limits:,} calls, beside {self.actions:,} that were compared: "
                f"more than {MOST_LIMITS:.0%}; the last one of them is {self._last_limit}"
            )

    def _count(self, calls: list[Sent], outcome: Outcome) -> None:
        self.limits += outcome.limits
        for call, answer in zip(calls, outcome.native, strict=True):
            name = self._names[call.target, call.data[:4]]
            if answer.status == LIMIT:
                self._last_limit = name
                continue
            self.actions += 1
            self._calls[name] += 1
            if answer.status == OK:
                self.accepted += 1
                self._successes[name] += 1
            else:
                self._codes[answer.status] += 1
        if self.progress is not None:
            self.progress(self.actions)

    def _checkpoint(self) -> None:
        """Compare the whole storage."""
        self.checkpoints += 1
        wrong = self.stage.twin.compare_storage()
        if wrong:
            self._found(f"storage: {'; '.join(wrong[:3])}")

    def _replay(self, bytecode_s: float) -> None:
        """Run the episode once more in one go on the objects that simulations use: nothing may change by counting."""
        plain, twin = self.stage.plain(), self.stage.twin
        found = plain.play(self._tape, START_S, 1)
        self._speed += Speed(len(found), bytecode_s, plain.seconds)
        if self._statuses != found or (plain.words != twin.words).any():
            self.differences.append("an episode on objects without counters ends otherwise than with them")

    def _found(self, text: str) -> None:
        """Keep a difference and the shortest list of calls that shows it."""
        self.differences += [text, *told(self.stage, shrink(self.stage, self._tape))]


def _name(form: Form) -> str:
    """A function for people: policies by their slot, tokens all alike."""
    contract = form.target if form.role == "policy" else form.role
    return f"{contract}.{form.function}{VIEW if form.is_view else ''}"
