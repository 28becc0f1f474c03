"""Run every command that README shows, but `make`: `make readme`. What a newcomer would type has to work."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click

README = Path(__file__).resolve().parents[1] / "README.md"


def commands(text: str) -> list[str]:
    """Commands of the shell blocks, in order."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = [
        line.partition("#")[0].strip() if "'" not in line else line for block in blocks for line in block.splitlines()
    ]
    return [line for line in lines if line and not line.startswith("make ")]


@click.command()
def cli() -> None:
    """Run them all; stop at the first that fails."""
    for command in commands(README.read_text()):
        click.echo(f"$ {command}")
        finished = subprocess.run(["bash", "-c", command], cwd=README.parent, stdout=subprocess.DEVNULL)
        if finished.returncode:
            click.echo(f"exit code {finished.returncode}", err=True)
            sys.exit(1)


if __name__ == "__main__":
    cli()
