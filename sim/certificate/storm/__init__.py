"""Random and adversarial calls for a deployed design, most of them valid by construction.

stage      a design deployed as a twin, and a window on its state
seen       the state as numbers, and which calls would be accepted now
recipes    what a recipe is, and whether a function lacks one
play       which calls come next
calldata   how call data is written; hostile: how it is spoilt
dice       chance

The recipes: liquidity, traders, keepers, reporters, controllers, oracle settings, desks (what only a contract may do),
reads (views).
For a while, and then undone: odd (settings that no design has) and wild (such as no controller would make).
"""
