"""The `breakwater` command."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click
from rich.console import Console
from rich.markup import escape

from sim.cli import workbench as commands
from sim.cli.bar import Bar
from sim.cli.certificate import certify
from sim.cli.given import scenario_of, width_of
from sim.cli.scenarios import scenarios
from sim.cli.shell import EXIT_DIFFERENT, EXIT_INTERRUPTED, FiniteRange, clear_errors
from sim.cli.validation import validate
from sim.inputs.errors import InputError
from sim.runs.kinds import AUDIT_SHARE, KINDS, Kind

Shown = Callable[[dict[str, int], int], None]
Found = TypeVar("Found")

DEFAULT_PATHS = 64
DEFAULT_TAPES = 16
DEFAULT_SCENARIO = "oct_2025_replay"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="breakwater")
def main() -> None:
    """Compare perpetual-futures pool designs under stress, on their real contracts."""


for command in (commands.designs, commands.init, commands.new, commands.explain, certify, scenarios, validate):
    main.add_command(command)


@main.command()
@click.argument("designs", nargs=-1, required=True)
@click.option("--scenario", default=DEFAULT_SCENARIO, show_default=True, help="Name, or path of a TOML file.")
@click.option("--prices", type=click.Path(path_type=Path), help="CSV or Parquet for `--scenario replay`.")
@click.option("--asset", help="The asset of a price file that holds one (OHLCV columns).")
@click.option("--column", "columns", multiple=True, metavar="FEED=COLUMN", help="Column of a feed in the price file.")
@click.option(
    "--agent", "agents", multiple=True, type=click.Path(path_type=Path), help="A Python file with an actor of your own."
)
@click.option("--paths", default=DEFAULT_PATHS, show_default=True, type=click.IntRange(min=1))
@click.option(
    "--until-ci",
    metavar="W",
    help="Add paths, at most --paths, until the 95 % interval of every difference of the headline is at most W wide, "
    "in its unit; looking does not spoil it.",
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**64 - 1))
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one knob of the designs, or scenario.KEY."
)
@click.option(
    "--tapes", default=DEFAULT_TAPES, show_default=True, type=click.IntRange(min=0), help="Paths to keep tapes of."
)
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1), help="Processes.")
@click.option("--chain", type=click.Choice(KINDS), default="native", show_default=True, help="What runs the contracts.")
@click.option(
    "--audit",
    default=100 * AUDIT_SHARE,
    show_default=True,
    type=FiniteRange(0, 100),
    help="Percent of the native paths that bytecode confirms, at least one; the worst paths come on top. 0: none.",
)
@click.option(
    "--neighbours/--no-neighbours",
    default=True,
    show_default=True,
    help="Run some neighbours of the scenario on a part of the paths, and say where the headline turns.",
)
@click.option(
    "--size",
    metavar="S,S,...",
    help="Compare at several sizes of the storm, in times of the scenario's news: 0.5,1,1.5. The report shows outcomes "
    "over the size.",
)
@click.option("--out", default="runs", show_default=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the comparison as JSON.")
@clear_errors
def compare(
    designs: tuple[str, ...],
    scenario: str,
    prices: Path | None,
    asset: str | None,
    columns: tuple[str, ...],
    agents: tuple[Path, ...],
    paths: int,
    until_ci: str | None,
    seed: int,
    overrides: tuple[str, ...],
    tapes: int,
    jobs: int,
    chain: Kind,
    audit: float,
    neighbours: bool,
    size: str | None,
    out: Path,
    as_json: bool,
) -> None:
    """Run DESIGNS (names or TOML files) through the same storm and compare them; the first is the baseline."""
    from sim.report.table import full_report
    from sim.runs.comparison_run import Plan, execute
    from sim.runs.sizes import execute_sizes, read_sizes, scaled
    from sim.scenario.overrides import split
    from sim.workbench.checked import load_designs

    of_designs, of_scenario = split(overrides)
    plan = Plan(
        designs=tuple(load_designs(designs, of_designs)),
        scenario=scenario_of(scenario, prices, asset, columns, of_scenario, agents),
        seed=seed,
        paths=paths,
        tapes=tapes,
        processes=jobs,
        out=out,
        command=" ".join(["breakwater", *sys.argv[1:]]),
        chain=chain,
        audit_share=audit / 100,
        has_neighbours=neighbours,
        until_ci=width_of(until_ci, designs),
    )
    if size is not None:
        if until_ci is not None:
            raise InputError(file="--size", expected="no --until-ci beside it", got=size)
        sizes = read_sizes(size)
        scaled(plan.scenario, sizes[-1])  # what has no such size is said before anything is run
        found = _watched(lambda show, warn: execute_sizes(plan, sizes, show, warn))
        if as_json:
            click.echo(json.dumps({f"{each.size:g}": json.loads(each.comparison.to_json()) for each in found.sizes}))
            return
        click.echo((found.folder / "table.txt").read_text())
        for each in found.sizes:
            click.echo(f"at {each.size:g}: {found.folder / each.folder / 'report.html'}")
        click.echo(f"report: {found.folder / 'report.html'}")
        return
    finished = _watched(lambda show, warn: execute(plan, show, warn))
    if as_json:
        click.echo(finished.comparison.to_json())
        return
    Console().print(full_report(finished.comparison))
    for sentence in finished.trust.sentences:
        click.echo(sentence)
    click.echo(f"report: {finished.folder / 'report.html'}")
    click.echo(f"tapes:  {finished.folder / 'tapes'}")


def _watched(job: Callable[[Shown, Callable[[str], None]], Found]) -> Found:
    """Do a job with a bar; a stop, and what differs, end the program with a line."""
    from sim.runs.audit import AuditError
    from sim.runs.comparison_run import Broken, Interrupted

    screen = Console(stderr=True)
    try:
        with Bar(screen) as show:
            return job(show, lambda message: screen.print(f"[yellow]{escape(message)}"))
    except Interrupted as stopped:
        click.echo(str(stopped), err=True)
        sys.exit(EXIT_INTERRUPTED)
    except KeyboardInterrupt:  # between what can be counted: while a report is written, or contracts are compiled
        click.echo("stopped: what was finished is kept; the same command goes on", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except (AuditError, Broken) as different:
        click.echo(str(different), err=True)
        sys.exit(EXIT_DIFFERENT)


@main.command()
@click.argument("tape", type=click.Path(path_type=Path))
@click.option("--chain", type=click.Choice(KINDS), default="evm", show_default=True)
@click.option("--url", help="A node for `--chain devnet`; without it a private Anvil is started.")
@click.option("--port", type=click.IntRange(1, 65_535), help="Port of the private Anvil; default: any free one.")
@clear_errors
def replay(tape: Path, chain: Kind, url: str | None, port: int | None) -> None:
    """Play a TAPE again and compare every receipt and the final state; exit code 1 if anything differs."""
    from sim.chain import tape as tapes
    from sim.chain.digest import digest
    from sim.runs.kinds import chain_maker

    for flag, given in (("--url", url), ("--port", port)):
        if given is not None and chain != "devnet":
            raise InputError(file=flag, expected="to be used with --chain devnet")
    if url is not None and port is not None:
        raise InputError(file="--port", expected="no --url beside it", got=port)
    loaded = tapes.load(tape)
    machine, differences = tapes.play(loaded, chain_maker(chain, url=url, port=port))
    try:
        state = digest(machine)
    finally:
        machine.close()
    click.echo(f"{tape}: {loaded.head.note}" if loaded.head.note else str(tape))
    click.echo(f"{len(loaded)} calls in {len(set(loaded.step.tolist()))} steps on {chain}")
    for difference in differences[:20]:
        click.echo(
            f"row {difference.row}, step {difference.step}, {difference.verb}: "
            f"expected {difference.expected}, found {difference.found}"
        )
    same_state = not loaded.head.digest or loaded.head.digest == state
    click.echo(f"receipts: {len(differences)} differ")
    click.echo(f"state:    {state[:16]} " + ("as on the tape" if same_state else "differs from the tape"))
    if differences or not same_state:
        sys.exit(EXIT_DIFFERENT)


@main.command()
@click.argument("designs", nargs=-1)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0, 2**64 - 1))
@click.option("--minutes", type=FiniteRange(min=0, min_open=True), help="Begin sequences for so long.")
@click.option("--examples", type=click.IntRange(min=1), help="Sequences per design.  [default: 50]")
@click.option("--steps", type=click.IntRange(min=1), help="Rules per sequence.  [default: 40]")
@click.option("--chain", type=click.Choice(["evm", "native"]), help="What runs the contracts.  [default: evm]")
@click.option(
    "--maximise",
    is_flag=False,
    flag_value="both",
    type=click.Choice(["profit", "harm", "both"]),
    help="Search for what a group gains, or does to others, instead. Alone at the end: both.",
)
@click.option("--sequences", type=click.IntRange(min=1), help="With --maximise: per design.  [default: 200000]")
@click.option("--jobs", type=click.IntRange(min=1), help="With --maximise: processes.  [default: 2]")
@click.option("--out", default=".fuzz", show_default=True, type=click.Path(path_type=Path))
@clear_errors
def fuzz(
    designs: tuple[str, ...],
    seed: int,
    minutes: float | None,
    examples: int | None,
    steps: int | None,
    chain: str | None,
    maximise: str | None,
    sequences: int | None,
    jobs: int | None,
    out: Path,
) -> None:
    """Fuzz the contracts of DESIGNS, or of all that are shipped.

    A violated property is shrunk, written as a tape, and gives exit code 1. Sequences are fixed by seed and number:
    --minutes decides only how many there are. Ctrl-C keeps what was found.

    With --maximise, evolution looks for sequences by which a group of actors gains or harms somebody who did nothing.
    What is found is confirmed on bytecode; only what the design does not list as a known break gives exit code 1.
    """
    from sim.cli import fuzz as command
    from sim.design import list_designs
    from sim.workbench.checked import load_designs

    without, within = (
        {"--sequences": sequences, "--jobs": jobs},
        {"--examples": examples, "--steps": steps, "--chain": chain},
    )
    for flag, given in (within if maximise else without).items():
        if given is not None:
            raise InputError(file=flag, expected=f"{'no' if maximise else 'a'} --maximise beside it", got=given)
    number = "--sequences" if maximise else "--examples"
    if minutes is not None and (sequences if maximise else examples) is not None:
        raise InputError(file="--minutes", expected=f"no {number} beside it", got=minutes)
    chosen = load_designs(designs or list_designs())
    if maximise:
        code = command.maximise(chosen, maximise, seed, sequences, minutes, jobs or 2, out)
    else:
        code = command.fuzz(chosen, seed, examples, minutes, steps or 40, chain or "evm", out)
    if code:
        sys.exit(code)


if __name__ == "__main__":
    main()
