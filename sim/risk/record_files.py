"""Records on disk: one compressed .npz for each task of a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sim.inputs.errors import InputError
from sim.inputs.files import write_atomic
from sim.risk.records import Records

_FORMAT = 3


def save(records: Records, path: str | Path) -> None:
    """Write a compressed .npz; equal records give equal bytes."""
    revert_keys = sorted(records.reverts)
    header = {
        "format": _FORMAT,
        "design": records.design,
        "feeds": records.feeds,
        "markets": records.markets,
        "assets": records.assets,
        "reverts": revert_keys,
    }
    arrays = {"header": np.array(json.dumps(header)), "paths": records.paths}
    arrays["time_s"] = records.time_s
    for group in ("series", "totals", "liquidations", "actions"):
        arrays |= {f"{group}/{name}": v for name, v in getattr(records, group).items()}
    arrays |= {f"reverts/{i}": records.reverts[key] for i, key in enumerate(revert_keys)}
    write_atomic(path, lambda handle: np.savez_compressed(handle, **arrays))


def load(path: str | Path) -> Records:
    """Read what `save` wrote; anything else is an InputError that names the file."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        header = json.loads(str(arrays["header"]))
        if header["format"] != _FORMAT:
            raise InputError(file=path, key="format", expected=str(_FORMAT), got=header["format"])
        return Records(
            design=header["design"],
            paths=arrays["paths"],
            time_s=arrays["time_s"],
            feeds=tuple(header["feeds"]),
            markets=tuple(header["markets"]),
            assets=tuple(header["assets"]),
            series=_group(arrays, "series"),
            totals=_group(arrays, "totals"),
            liquidations=_group(arrays, "liquidations"),
            reverts={(verb, error): arrays[f"reverts/{i}"] for i, (verb, error) in enumerate(header["reverts"])},
            actions=_group(arrays, "actions"),
        )
    except FileNotFoundError:
        raise InputError(file=path, expected="a records file", got="no such file") from None
    except InputError:
        raise
    except Exception as error:  # zip, json, key and shape errors: the file is not ours or is damaged
        raise InputError(file=path, expected="a records file of a run", got=str(error)) from error


def _group(arrays: Mapping[str, np.ndarray], group: str) -> dict[str, np.ndarray]:
    start = f"{group}/"
    return {k.removeprefix(start): v for k, v in arrays.items() if k.startswith(start)}
