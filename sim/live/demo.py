"""One path of a scenario, live on a devnet: the loop and agents of a comparison on a node that wallets can reach."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rich.console import Console
from rich.progress import Progress

from sim.chain.devnet import DevnetChain
from sim.chain.digest import digest
from sim.engine.loop import run
from sim.runs.staging import cast_agents, stage
from sim.scenario import load_scenario
from sim.scenario.overrides import split
from sim.workbench.checked import load_designs
from sim.world.streams import Streams


def play_one_path(
    design_name: str,
    scenario_name: str,
    seed: int,
    url: str | None,
    path: int = 0,
    steps: int | None = None,
    overrides: Sequence[str] = (),
) -> None:
    """Deploy a design on a node (a private Anvil without a URL), play one path, and print what happened.

    `overrides`: of the design, `KEY=VALUE`, and of the scenario, `scenario.KEY=VALUE`.
    """
    console = Console()
    of_design, of_scenario = split(overrides)
    (design,), scenario = load_designs([design_name], of_design), load_scenario(scenario_name, given=of_scenario)
    chain, window, _ = stage(design, scenario, seed, (path,), partial(DevnetChain, url=url))
    try:
        streams = Streams(seed, (path,))
        agents = cast_agents(chain, window, scenario, streams)
        with Progress(console=console) as bar:
            task = bar.add_task(f"{design} on the devnet")
            found = run(
                chain,
                window,
                agents,
                streams,
                steps=steps,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        for verb, counts in found.actions.items():
            console.print(f"{verb:22} {int(counts.sum()):6} accepted")
        for (verb, reason), counts in found.reverts.items():
            console.print(f"{verb:22} {int(counts.sum()):6} refused: {reason}")
        console.print(f"share price {found.series['share_price_usd'][0, -1]:.6f} USD")
        for name in ("market", "desk", "pool", "liquidator", "order_book", "oracle", "lens"):
            console.print(f"{name:12} {chain.deployment.addresses[name]}")
        console.print(f"state        {digest(chain)}")
    finally:
        chain.close()
