"""Records: whole or not at all, joined by path, and never of the wrong shape."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from records_factory import flat, storm, with_series

from sim.inputs.errors import InputError
from sim.inputs.files import write_atomic
from sim.risk import record_files
from sim.risk.records import Records


def part(records: Records, rows: list[int]) -> Records:
    ids = records.paths[rows]
    kept = np.isin(records.liquidations["path"], ids)
    return replace(
        records,
        paths=ids,
        series={name: values[rows] for name, values in records.series.items()},
        totals={name: values[rows] for name, values in records.totals.items()},
        liquidations={name: values[kept] for name, values in records.liquidations.items()},
        reverts={key: values[rows] for key, values in records.reverts.items()},
        actions={key: values[rows] for key, values in records.actions.items()},
    )


def assert_equal(a: Records, b: Records) -> None:
    assert (a.design, a.feeds, a.markets, a.assets) == (b.design, b.feeds, b.markets, b.assets)
    assert np.array_equal(a.paths, b.paths)
    for group in ("series", "totals", "liquidations", "reverts", "actions"):
        mine, others = getattr(a, group), getattr(b, group)
        assert mine.keys() == others.keys()
        for name, values in mine.items():
            assert np.array_equal(values, others[name], equal_nan=True), (group, name)


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    records = storm("glp", paths=4, steps=10)
    record_files.save(records, tmp_path / "a.npz")
    assert_equal(record_files.load(tmp_path / "a.npz"), records)


def test_chunks_in_any_order_join_to_the_whole() -> None:
    whole = storm("glp", paths=6, steps=10)
    joined = Records.concatenate([part(whole, [4, 5]), part(whole, [0, 1, 2, 3])])
    assert_equal(joined, whole)


def test_chunks_of_different_designs_do_not_join() -> None:
    with pytest.raises(ValueError, match="design"):
        Records.concatenate([flat("a"), replace(flat("b"), paths=np.array([7, 8, 9]))])


def test_a_path_cannot_be_there_twice() -> None:
    with pytest.raises(ValueError, match="distinct"):
        Records.concatenate([flat("a"), flat("a")])


def test_a_series_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="share_price_usd"):
        with_series(flat(paths=3, steps=5), share_price_usd=np.ones((3, 4)))


def test_a_missing_series_is_refused() -> None:
    records = flat()
    series = {name: values for name, values in records.series.items() if name != "utilisation"}
    with pytest.raises(ValueError, match="utilisation"):
        replace(records, series=series)


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "kept"
    target.write_bytes(b"old")

    def half(handle) -> None:
        handle.write(b"ne")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomic(target, half)
    assert target.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize("content", [b"", b"not a zip file"])
def test_a_file_that_is_no_records_file_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "odd.npz").write_bytes(content)
    with pytest.raises(InputError, match=r"odd\.npz"):
        record_files.load(tmp_path / "odd.npz")
