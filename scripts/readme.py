"""Run every command that README shows, but `make`: `make readme`. What a newcomer would type has to work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import click

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"


def commands(text: str) -> list[tuple[str, bool]]:
    """Commands of the shell blocks, in order: (command, whether it belongs into a folder of the user's own).

    A block of `sh` is typed here; one of `console`, whose commands begin with a dollar sign, writes files and is typed
    anywhere.
    """
    found = []
    for kind, block in re.findall(r"^```(sh|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        lines = block.splitlines()
        if kind == "console":
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        bare = [line.partition("#")[0].strip() if "'" not in line else line for line in lines]
        found += [(line, kind == "console") for line in bare if line and not line.startswith("make ")]
    return found


@click.command()
def cli() -> None:
    """Run them all; stop at the first that fails."""
    with TemporaryDirectory() as own:
        for command, is_elsewhere in commands(README.read_text()):
            click.echo(f"$ {command}")
            folder = own if is_elsewhere else ROOT
            finished = subprocess.run(["bash", "-c", command], cwd=folder, stdout=subprocess.DEVNULL)
            if finished.returncode:
                click.echo(f"exit code {finished.returncode}", err=True)
                sys.exit(1)


if __name__ == "__main__":
    cli()
