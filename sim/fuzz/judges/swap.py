"""Rounding and limits of mint, redeem and swap: SW."""

from __future__ import annotations

from sim.fuzz.facts import OK, WAD
from sim.fuzz.properties import Step, expect, holds
from sim.fuzz.reckon import leaves_last, value_down


@holds("SW-03", "P", "shares and tokens given are the exact amount rounded down, at the fee that was told")
def rounded_against_the_caller(step: Step) -> bool:
    call = step.entry() or step.redemption()
    if call is None or leaves_last(step.before, call):
        return False
    if step.before.aum.status > OK and call.verb == "redeem":  # late, and paid by the worse
        return False
    given, told, facts, aum = call.arguments, call.returns, step.facts, step.before.aum
    k = given["k"]
    asset, price = facts.assets[k], step.before.prices[facts.assets[k].feed]
    if call.verb == "mint":
        usd = value_down(asset, given["amount"], price.low) - told["fee_usd"]
        expect(told["shares"] == usd * step.before.supply // aum.high, "{} shares for {}", told["shares"], usd)
        return True
    if call.verb == "redeem":
        low = max(aum.low - step.before.pending_losses, 0)
        usd, out, at = given["amount"] * low // step.before.supply, asset, price
    else:
        usd, out = value_down(asset, given["amount"], price.low), facts.assets[given["j"]]
        at = step.before.prices[out.feed]
    usd -= told["fee_usd"]
    expect(told["tokens"] == usd * WAD // (at.high * out.scale), "{} tokens for {}", told["tokens"], usd)
    return True


@holds("SW-06", "P", "a swap leaves reserve and buffer of what it takes, and keeps what it gives below its cap")
def _swap_respects_limits(step: Step) -> bool:
    call = step.entry("swap")
    if call is None:
        return False
    k, j = call.arguments["k"], call.arguments["j"]
    taken, given = step.after.buckets[j], step.after.buckets[k]
    asset = step.facts.assets[j]
    expect(taken.pool >= taken.reserved + asset.buffer, "{} with a buffer of {}", taken, asset.buffer)
    expect(given.pool <= step.facts.assets[k].max_pool, "{} above the cap", given)
    return True


@holds("SW-09", "P", "a swap values what comes in at its low price and what goes out at its high one")
def _swap_is_at_the_worse_prices(step: Step) -> bool:
    call = step.entry("swap")
    if call is None:
        return False
    assets, prices = step.facts.assets, step.before.prices
    source, target = assets[call.arguments["k"]], assets[call.arguments["j"]]
    came = call.arguments["amount"] * source.scale * prices[source.feed].low
    went = call.returns["tokens"] * target.scale * prices[target.feed].high
    expect(went + call.returns["fee_usd"] * WAD <= came, "{} for {}", call.returns, call.arguments["amount"])
    return prices[target.feed].high > prices[target.feed].low


@holds("RO-10", "P", "an asset cannot be swapped for itself")
def _no_swap_into_itself(step: Step) -> bool:
    call = step.tried("swap", "request_swap")
    if call is None or call.arguments["k"] != call.arguments["j"]:
        return False
    expect(not call.accepted, "accepted")
    return True
