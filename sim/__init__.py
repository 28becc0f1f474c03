"""Breakwater from Python: designs, scenarios, comparisons and tapes.

>>> import sim
>>> designs = sim.load_designs(["glp", "glp_partial"])
>>> storm = sim.load_scenario("oct_2025_replay")
>>> finished = sim.execute(sim.Plan(designs, storm, seed=1, paths=16, tapes=0, processes=2, out=Path("runs")))
>>> finished.comparison.to_frame()

Names are imported when they are first used, so that `import sim` is quick.
"""

from importlib import import_module

_HOMES = {
    "Actor": "sim.agents.actors.stage",
    "Comparison": "sim.risk.comparison",
    "Design": "sim.design",
    "EvmChain": "sim.chain.evm",
    "DevnetChain": "sim.chain.devnet",
    "NativeChain": "sim.native.chain",
    "InputError": "sim.inputs.errors",
    "Plan": "sim.runs.comparison_run",
    "Records": "sim.risk.records",
    "Scenario": "sim.scenario.model",
    "Streams": "sim.world.streams",
    "Tape": "sim.chain.tape",
    "execute": "sim.runs.comparison_run",
    "load_design": "sim.design",
    "load_designs": "sim.workbench.checked",
    "load_scenario": "sim.scenario",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
