"""The market that people make: books, makers, arbitrage, platforms and their crowds, as kernels of one path.

Axes: `P` paths, `V` venues, `F` feeds, `K` platforms, `A` cohorts of accounts, `S` sources of orders from outside.
Prices are logs where a name ends in `_log`, USD where it ends in `_usd`; positions are units of a feed. The price of
a feed at a venue is

    log p[v,f] = fundamental[f] + permanent[f] + transient[f] + displacement[v,f]

where the first three are the consensus: what news made of the price, and what flow made of it, for good and for a
while.
"""
