"""Speeds as ratios within one run, so that they mean the same on any machine: `make bench`."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import bench_native as native
import click
import numpy as np
from eth_abi import encode
from rich.console import Console
from rich.table import Table
from web3 import Web3

from sim.chain.actions import Batch, batch
from sim.chain.anvil import Anvil
from sim.chain.deployment import Cast, Opening
from sim.chain.devnet import DevnetChain
from sim.chain.encode import Encoder
from sim.chain.evm import EvmChain
from sim.chain.protocol import Chain
from sim.chain.settings import Venue
from sim.design import load_design
from sim.inputs.compiler import artifact

VENUES = tuple(Venue(name, weight) for name, weight in zip("abcdefgh", (3, 2, 2, 1, 1, 1, 1, 1), strict=True))
START_S = 1_760_000_000
ACCOUNTS = 64
PASSES = 5
NATIVE_DESIGNS = ("glp", "breakwater")
DEMO = ("compare", "glp", "glp_partial", "jlp", "--scenario", "oct_2025_replay")


def trades(chain: Chain, count: int) -> Batch:
    """Small buys and sells in turn, over all accounts; every one is accepted."""
    ids = np.array(chain.deployment.cast.trader_ids)
    row = np.arange(count)
    size = np.where(row // ACCOUNTS % 2 == 0, 0.01, -0.005)
    price = np.where(size > 0, 1e6, 1.0)
    return batch(
        "trade",
        np.zeros(count, dtype=int),
        chain.deployment.actor("traders"),
        account=ids[row % ACCOUNTS],
        m=0,
        size=size,
        acceptable_price_usd=price,
    )


def opened(make: Callable[..., Chain], **options: object) -> Chain:
    """A chain with an open pool and traders who have collateral."""
    opening = Opening((100_000.0, 4_000.0, 200.0, 1.0), 50e6, ("lp0",))
    cast = Cast(("reporter", "traders", "keepers", "lp0"), ACCOUNTS, opening=opening)
    chain = make(load_design("glp", ["execution=at_once"]), VENUES, cast, paths=1, time_s=START_S, **options)
    chain.advance(START_S + 1)
    ids = np.array(cast.trader_ids)
    deposit = batch(
        "deposit_collateral",
        np.zeros(ACCOUNTS, dtype=int),
        chain.deployment.actor("traders"),
        account=ids,
        k=3,
        amount=50_000.0,
    )
    chain.apply(Encoder(chain.deployment).encode(deposit))
    return chain


def per_second(work: Callable[[], int]) -> float:
    """Median rate of some passes."""
    rates = []
    for _ in range(PASSES):
        begin = time.perf_counter()
        done = work()
        rates.append(done / (time.perf_counter() - begin))
    return median(rates)


def chain_trades(chain: Chain, count: int) -> Callable[[], int]:
    """Trades through the columnar path: encode, run, receipts."""
    encoder, wanted = Encoder(chain.deployment), trades(chain, count)

    def work() -> int:
        receipts = chain.apply(encoder.encode(wanted))
        assert not receipts.status.any(), "a bench trade was refused"
        return count

    return work


def idiom_trades(url: str, chain: DevnetChain, count: int) -> Callable[[], int]:
    """The usual web3 loop: transact, then wait for the receipt. The account's owner sends."""
    web3 = Web3(Web3.HTTPProvider(url))
    web3.provider.make_request("evm_setAutomine", [True])
    desk = web3.eth.contract(address=chain.deployment.addresses["desk"], abi=list(artifact("Desk.vy").abi))
    owner = chain.deployment.addresses["admin"]
    account = chain.deployment.cast.trader_ids[0]

    def work() -> int:
        for i in range(count):
            size = 10**16 if i % 2 == 0 else -5 * 10**15
            price = 10**24 if size > 0 else 10**18
            sent = desk.functions.trade(account, 0, size, price).transact({"from": owner, "gas": 3_000_000})
            assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1, "a bench trade was refused"
        return count

    return work


def encodings(chain: Chain, count: int) -> tuple[Callable[[], int], Callable[[], int]]:
    """Call data of trades: by columns, and by the ABI library one at a time."""
    encoder, wanted = Encoder(chain.deployment), trades(chain, count)
    rows = [
        (int(a), 0, int(s * 10**18), int(p) * 10**18)
        for a, s, p in zip(
            wanted.columns["account"], wanted.columns["size"], wanted.columns["acceptable_price_usd"], strict=True
        )
    ]

    def columns() -> int:
        encoder.encode(wanted)
        return count

    def library() -> int:
        for row in rows:
            encode(["uint256", "uint256", "int256", "uint256"], row)
        return count

    return columns, library


def demo() -> tuple[float, float]:
    """Wall seconds and peak memory in GB (the largest process, times its number) of the demonstration."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        command = [str(Path(sys.executable).with_name("breakwater")), *DEMO, "--out", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.perf_counter() - begin
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 3 / 1e6


@click.command()
@click.option("--demo/--no-demo", "with_demo", default=True, help="Time the demonstration too.")
@click.option("--large", is_flag=True, help="Time six designs on a thousand paths too: some minutes.")
def cli(with_demo: bool, large: bool) -> None:
    """Measure, and say how each figure stands to its bar."""
    table = Table("figure", "measured", "ratio", "lowest pass", "bar")
    bytecode_rows(table)
    native_rows(table)
    if large:
        large_rows(table)
    if with_demo:
        seconds, peak_gb = demo()
        table.add_row("make demo after set-up", f"{seconds:.0f} s", "", "", "< 60 s")
        table.add_row("peak memory, all processes", f"{peak_gb:.2f} GB", "", "", "< 2 GB")
    Console().print(table)


def native_rows(table: Table) -> None:
    """Native code against the bytecode in process, one thread, passes in turns."""
    for design in NATIVE_DESIGNS:
        for found in (native.market_actions(design), native.health(design), native.reports(design)):
            measured = f"{1e6 * median(found.native_s):.2f} µs, bytecode {1e6 * median(found.bytecode_s):,.0f} µs"
            table.add_row(found.name, measured, f"{found.ratio:.0f}", f"{found.lowest:.0f}", ">= 100")
    processes, threads = native.workers(NATIVE_DESIGNS[0])
    table.add_row("two processes over one", "", f"{processes:.2f}", "", ">= 1.5")
    table.add_row("two threads over one", "", f"{threads:.2f}", "", "")


def large_rows(table: Table) -> None:
    """The comparison that a designer waits for, and what it would take on bytecode."""
    seconds = native.large()
    before = native.large(native.SMALL_PATHS, "evm") * native.LARGE_PATHS / native.SMALL_PATHS
    size = f"{len(native.LARGE_DESIGNS)} designs x {native.LARGE_PATHS} paths x {native.LARGE_STEPS} steps"
    table.add_row(f"{size}, native", f"{seconds:.0f} s", f"{before / seconds:.0f}", "", "< 300 s")
    table.add_row(f"the same on bytecode, from {native.SMALL_PATHS} paths", f"{before:,.0f} s", "1", "", "")


def bytecode_rows(table: Table) -> None:
    """The bytecode in process and on a node against the usual idiom."""
    evm = opened(EvmChain)
    evm_rate = per_second(chain_trades(evm, 2_048))
    columns, library = encodings(evm, 4_096)
    column_rate, library_rate = per_second(columns), per_second(library)
    with Anvil() as anvil:
        devnet = opened(DevnetChain, url=anvil.url)
        devnet_rate = per_second(chain_trades(devnet, 512))
        idiom_rate = per_second(idiom_trades(anvil.url, devnet, 40))
        devnet.close()
    table.add_row("web3 idiom on Anvil", f"{idiom_rate:,.0f} trades/s", "1", "", "")
    table.add_row("EvmChain, one core", f"{evm_rate:,.0f} trades/s", f"{evm_rate / idiom_rate:.0f}", "", ">= 50")
    table.add_row("DevnetChain, batched", f"{devnet_rate:,.0f} trades/s", f"{devnet_rate / idiom_rate:.1f}", "", ">= 8")
    table.add_row("eth_abi", f"{library_rate:,.0f} calls/s", "1", "", "")
    table.add_row("columnar encoding", f"{column_rate:,.0f} calls/s", f"{column_rate / library_rate:.0f}", "", ">= 20")


if __name__ == "__main__":
    cli()
