"""One question on many paths is answered as it is on each."""

from __future__ import annotations

import numpy as np
import pytest

from sim.chain.deployment import Cast
from sim.chain.evm import EvmChain
from sim.chain.plan import encode_call
from sim.chain.protocol import Read
from sim.chain.settings import Venue
from sim.design import load_design
from sim.inputs.compiler import artifact
from sim.native.chain import NativeChain

PATHS = 3


@pytest.fixture(scope="module", params=[EvmChain, NativeChain])
def chain(request) -> EvmChain | NativeChain:
    cast = Cast(("reporter", "traders", "keepers"), trader_accounts=2)
    return request.param(load_design("glp"), (Venue("v", 1),), cast, paths=PATHS, time_s=1_000)


def balance_of(chain: EvmChain | NativeChain, holder: str) -> bytes:
    return encode_call(artifact("mocks/MockToken.vy"), "balanceOf", (chain.deployment.addresses[holder],))


def test_a_row_is_answered_on_its_path(chain: EvmChain | NativeChain) -> None:
    token = f"token:{chain.deployment.design.assets[0].symbol}"
    path, data = np.array([0, 2, 2]), [balance_of(chain, each) for each in ("traders", "market", "reporter")]
    found = chain.ask(path, token, data, 1)
    expected = [chain.read(p, [Read(token, each)])[0] for p, each in zip(path.tolist(), data, strict=True)]
    assert found.shape == (3, 1, 32)
    assert [row.tobytes() for row in found] == expected
    assert found[0].any()


def test_one_question_may_stand_for_all_and_short_answers_end_in_zeros(chain: EvmChain | NativeChain) -> None:
    token = f"token:{chain.deployment.design.assets[0].symbol}"
    found = chain.ask(np.arange(PATHS), token, [balance_of(chain, "traders")], 3)
    assert found.shape == (PATHS, 3, 32)
    assert (found[:, 0] == found[0, 0]).all()
    assert not found[:, 1:].any()


def test_rows_may_ask_different_functions(chain: EvmChain | NativeChain) -> None:
    data = [encode_call(artifact("Pool.vy"), name, ()) for name in ("totalSupply", "decimals")]
    found = chain.ask(np.array([1, 1]), "pool", data, 1)
    assert [int.from_bytes(row.tobytes(), "big") for row in found] == [0, 18]


def test_nothing_asked_is_nothing_answered(chain: EvmChain | NativeChain) -> None:
    assert chain.ask(np.arange(0), "pool", [], 2).shape == (0, 2, 32)
