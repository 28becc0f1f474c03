"""A draw depends on seed, path, step and purpose, and on nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from sim.world.streams import BLOCK_STEPS, Blocks, Streams


def test_a_path_draws_the_same_in_any_company() -> None:
    together = Streams(7, (3, 4, 5)).normal("price", 2, (10,))
    alone = Streams(7, (4,)).normal("price", 2, (10,))
    assert (together[1] == alone[0]).all()


def test_seed_path_step_and_purpose_each_change_the_draw() -> None:
    base = Streams(1, (0,)).uniform("a", 0, (4,))
    for other in (
        Streams(2, (0,)).uniform("a", 0, (4,)),
        Streams(1, (1,)).uniform("a", 0, (4,)),
        Streams(1, (0,)).uniform("a", 1, (4,)),
        Streams(1, (0,)).uniform("b", 0, (4,)),
    ):
        assert not (base == other).any()


def test_blocks_do_not_depend_on_the_order_of_questions() -> None:
    forward, backward = Blocks(Streams(1, (0, 1))), Blocks(Streams(1, (0, 1)))
    steps = (0, 1, BLOCK_STEPS - 1, BLOCK_STEPS, 3 * BLOCK_STEPS + 5)
    first = {step: forward.uniform("x", step, (3,)) for step in steps}
    for step in reversed(steps):
        assert (backward.uniform("x", step, (3,)) == first[step]).all()


def test_draws_are_uniform_and_normal() -> None:
    uniform = Streams(1, tuple(range(50))).uniform("u", 0, (400,))
    normal = Streams(1, tuple(range(50))).normal("n", 0, (400,))
    se = 1 / np.sqrt(uniform.size)
    assert abs(uniform.mean() - 0.5) < 4 * se * np.sqrt(1 / 12)
    assert abs(normal.mean()) < 4 * se
    assert abs(normal.std() - 1.0) < 4 * se


@pytest.mark.parametrize("shape", [(200, 4), (200,), (7, 3)])
@pytest.mark.parametrize("step", [0, 1, BLOCK_STEPS - 1, BLOCK_STEPS + 13])
def test_a_few_numbers_of_many_are_those_that_all_would_hold(shape: tuple[int, ...], step: int) -> None:
    draws = Blocks(Streams(3, (5, 6, 9)))
    everything = draws.uniform("x", step, shape)
    for path, item in ([0, 0, 2, 2, 2], [1, 6, 0, 3, 5]), ([1], [4]), ([], []):
        rows = np.array(path, dtype=np.int64), np.array(item, dtype=np.int64)
        assert (draws.uniform_at("x", step, shape, *rows) == everything[rows]).all()
