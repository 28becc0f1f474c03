"""Speeds of native code against the bytecode in process, both measured in turns within one run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from joblib import Parallel, delayed

from sim.chain.evm import ADMIN, EvmChain
from sim.chain.plan import encode_call
from sim.chain.protocol import Calls
from sim.chain.tape import Recorder
from sim.design import load_design
from sim.engine.loop import run
from sim.fuzz.arena import LabChain
from sim.inputs.compiler import artifact
from sim.native.chain import NativeChain
from sim.runs.experiment import CHUNKS, Task, run_task
from sim.runs.kinds import Kind
from sim.runs.staging import cast_agents, stage
from sim.scenario import load_scenario
from sim.world.streams import Streams

SCENARIO = "oct_2025_replay"
SEED = 1
PATHS, STEPS = 4, 120
PASSES = 7
LARGE_DESIGNS = ("glp", "jlp", "gmx_v2", "hlp", "pdlp_paper", "breakwater")
LARGE_PATHS, LARGE_STEPS = 1_000, 240
PROCESSES = 2
SMALL_PATHS = 8  # on bytecode, for the comparison's "before"


@dataclass(frozen=True, slots=True)
class Race:
    """Seconds per call in passes that took turns."""

    name: str
    bytecode_s: tuple[float, ...]
    native_s: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median against median."""
        return median(self.bytecode_s) / median(self.native_s)

    @property
    def lowest(self) -> float:
        """The slowest pass of native code against the fastest on bytecode."""
        return min(self.bytecode_s) / max(self.native_s)


#: A pass: seconds, and calls that were made.
Pass = Callable[[], tuple[float, int]]


def race(name: str, bytecode: Pass, native: Pass) -> Race:
    """Let both make their passes in turns, native code its own again and again for as long as the bytecode took."""
    times: tuple[list[float], list[float]] = ([], [])
    bytecode(), native()
    for _ in range(PASSES):
        seconds, done = bytecode()
        times[0].append(seconds / done)
        times[1].append(_per_call(native, seconds))
    return Race(name, tuple(times[0]), tuple(times[1]))


def market_actions(design: str) -> Race:
    """The real mix of the simulator: every call of some paths, played again as one batch."""
    return _calls(f"Market actions, {design}", design, record(design))


def reports(design: str) -> Race:
    """Reports of the oracle alone."""
    script = [(time_s, calls) for time_s, calls in record(design) if calls.verb == "report"]
    return _calls(f"oracle report, {design}", design, script)


def _calls(name: str, design: str, script: Sequence[tuple[int, Calls]]) -> Race:
    native, evm = _opened(design, NativeChain), _opened(design, LabChain)
    assert isinstance(native, NativeChain) and isinstance(evm, LabChain)
    prepared, start = native.prepare(script), native.words.copy()
    native.play(prepared)
    # Only what changed is put back between passes: to copy whole paths would empty the caches, unlike the EVM's revert.
    changed = (native.words != start).any(axis=2)
    before = start[changed]

    def on_native() -> tuple[float, int]:
        native.words[changed] = before
        begin = time.perf_counter()
        native.play(prepared)
        return time.perf_counter() - begin, len(prepared)

    def on_bytecode() -> tuple[float, int]:
        marks = [evm.snapshot(path) for path in range(PATHS)]
        begin = time.perf_counter()
        for time_s, calls in script:
            evm.travel(time_s)
            evm.apply(calls)
        seconds = time.perf_counter() - begin
        for path, mark in enumerate(marks):
            evm.revert(path, mark)
        return seconds, len(prepared)

    return race(name, on_bytecode, on_native)


def health(design: str) -> Race:
    """Health of every account that trades, as arrays; every word has to agree."""
    script = record(design)
    native, evm = _opened(design, NativeChain), _opened(design, EvmChain)
    assert isinstance(native, NativeChain) and isinstance(evm, EvmChain)
    native.play(native.prepare(script))
    for time_s, calls in script:
        evm.advance(time_s)
        evm.apply(calls)
    native.advance(script[-1][0])
    ids = np.array(native.deployment.cast.trader_ids)
    path, account = (grid.ravel() for grid in np.meshgrid(np.arange(PATHS), ids, indexing="ij"))
    view = native.view("market", "health")
    data = [encode_call(artifact("Market.vy"), "health", (int(a),)) for a in account]
    market = evm.deployment.addresses["market"]
    answers: list[bytes] = []

    def on_native() -> tuple[float, int]:
        begin = time.perf_counter()
        view(path, account)
        return time.perf_counter() - begin, len(path)

    def on_bytecode() -> tuple[float, int]:
        answers.clear()
        begin = time.perf_counter()
        for p, each in zip(path.tolist(), data, strict=True):
            machine = evm.evm(p)
            answers.append(bytes(machine.message_call(ADMIN, market, each, is_static=True)))
            machine.reset_transient_storage()
        return time.perf_counter() - begin, len(path)

    found = race(f"account health, {design}", on_bytecode, on_native)
    words = np.ascontiguousarray(view(path, account)).view(np.uint8).reshape(len(path), -1, 32)[:, :, ::-1]
    assert words.tobytes() == b"".join(answers), "native and bytecode disagree about the health of an account"
    return found


def workers(design: str) -> tuple[float, float]:
    """Throughput of two processes and of two threads over that of one."""
    one = _busy(design, 1)
    alone = _rate([one])
    together = sum(Parallel(n_jobs=2)(delayed(_busy_rate)(design) for _ in range(2)))
    threads = _rate([_busy(design, 1), _busy(design, 1)])
    return together / alone, threads / alone


def large(paths: int = LARGE_PATHS, chain: Kind = "native") -> float:
    """Wall seconds of six designs on two processes."""
    scenario = load_scenario(SCENARIO)
    size = CHUNKS[chain]
    work = [
        Task(
            load_design(name),
            scenario,
            SEED,
            tuple(range(start, min(start + size, paths))),
            None,
            chain=chain,
            steps=LARGE_STEPS,
        )
        for start in range(0, paths, size)
        for name in LARGE_DESIGNS
    ]
    begin = time.perf_counter()
    Parallel(n_jobs=PROCESSES, batch_size=1)(delayed(run_task)(task) for task in work)
    return time.perf_counter() - begin


def record(design: str) -> list[tuple[int, Calls]]:
    """Every call of some paths of the scenario, with the time of its block."""
    chain, window, _ = stage(load_design(design), load_scenario(SCENARIO), SEED, range(PATHS))
    streams = Streams(SEED, tuple(range(PATHS)))
    agents = cast_agents(chain, window, load_scenario(SCENARIO), streams)
    recorder = Recorder()
    run(chain, window, agents, streams, steps=STEPS, recorder=recorder)
    return [(time_s, calls) for _, time_s, calls, _ in recorder.steps]


def _opened(design: str, make: type[NativeChain] | type[EvmChain]) -> NativeChain | EvmChain:
    chain, _, _ = stage(load_design(design), load_scenario(SCENARIO), SEED, range(PATHS), make)
    assert isinstance(chain, (NativeChain, EvmChain))
    return chain


def _per_call(work: Pass, lasting_s: float) -> float:
    seconds, done = work()
    while seconds < lasting_s:
        more_s, more = work()
        seconds, done = seconds + more_s, done + more
    return seconds / done


def _busy(design: str, seconds: float) -> Callable[[], float]:
    """Play a script again and again for some seconds; returns calls per second."""
    chain = _opened(design, NativeChain)
    assert isinstance(chain, NativeChain)
    prepared, start = chain.prepare(record(design)), chain.words.copy()

    def work() -> float:
        done, begin = 0, time.perf_counter()
        while time.perf_counter() - begin < seconds:
            np.copyto(chain.words, start)
            chain.play(prepared)
            done += len(prepared)
        return done / (time.perf_counter() - begin)

    return work


def _busy_rate(design: str) -> float:
    return _busy(design, 2)()


def _rate(work: Sequence[Callable[[], float]]) -> float:
    """Calls per second of all together, one thread each."""
    rates = [0.0] * len(work)

    def keep(i: int) -> None:
        rates[i] = work[i]()

    threads = [threading.Thread(target=keep, args=(i,)) for i in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(rates)
