"""Every fault that is planted in the translator or the runner is found by the probes, and leaves nothing behind."""

from __future__ import annotations

import pytest

from sim.certificate.broken_kernels import BROKEN_KERNELS
from sim.certificate.broken_translators import BROKEN_TRANSLATORS, caught

FAULTS_PROMISED = 20


@pytest.mark.parametrize("name", BROKEN_TRANSLATORS)
def test_a_broken_translator_is_caught(name: str):
    assert caught(name) is not None


def test_a_healthy_translator_is_not_accused():
    assert caught(None) is None


def test_there_are_as_many_faults_as_promised():
    assert len({*BROKEN_KERNELS, *BROKEN_TRANSLATORS}) >= 2 * FAULTS_PROMISED
