# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Constants
@notice Scales, capacities and the small ids that every contract shares.
"""

WAD: constant(uint256) = 10**18
SWAD: constant(int256) = 10**18
BPS: constant(uint256) = 10_000
WAD_PER_BPS: constant(uint256) = 10**14

MAX_ASSETS: constant(uint256) = 8
MAX_MARKETS: constant(uint256) = 8
MAX_FEEDS: constant(uint256) = 8
MAX_VENUES: constant(uint256) = 8

# Account ids. POOL is no account: it names the pool as the target of a payment.
POOL: constant(uint256) = 0
INSURANCE: constant(uint256) = 1
TREASURY: constant(uint256) = 2

# Sides of a market.
LONG: constant(uint256) = 0
SHORT: constant(uint256) = 1

# Modes, from open to closed.
NORMAL: constant(uint256) = 0
REDUCE_ONLY: constant(uint256) = 1
PAUSED: constant(uint256) = 2
SETUP: constant(uint256) = 3  # until the controller seals

# Status of a price.
OK: constant(uint256) = 0
WIDE: constant(uint256) = 1
HALTED: constant(uint256) = 2

# Policy slots of a design.
WEIGHT_FEE: constant(uint256) = 0
BORROW_RATE: constant(uint256) = 1
FUNDING_RATE: constant(uint256) = 2
PRICE_IMPACT: constant(uint256) = 3
MARGIN: constant(uint256) = 4
LIQUIDATION: constant(uint256) = 5
DELEVERAGE: constant(uint256) = 6
CIRCUIT: constant(uint256) = 7
# Not rules but the contracts that Market works with.
LIQUIDATOR: constant(uint256) = 8
POOL_DESK: constant(uint256) = 9
ORDER_BOOK: constant(uint256) = 10
TRADE_DESK: constant(uint256) = 11
RATES: constant(uint256) = 12
EXITS: constant(uint256) = 13
ENTRIES: constant(uint256) = 14
COHORTS: constant(uint256) = 15  # may stay empty: without it no index takes anything from winners
SLOTS: constant(uint256) = 16

# Kinds of a weight fee.
MINT: constant(uint256) = 0
REDEEM: constant(uint256) = 1
SWAP: constant(uint256) = 2

# What a list of winners has to prove before they are deleveraged.
BY_SHARE: constant(uint256) = 0  # nothing: each gives its share of the whole side's profit, whoever else is named
BY_RANK: constant(uint256) = 1  # their place: what nobody named has won counts as given first
BY_LIST: constant(uint256) = 2  # nothing but its length, sixteen or everybody: an order that was made elsewhere

# Hard bounds on what a policy may answer.
MAX_FEE_WAD: constant(uint256) = 10**17  # 10 %
MAX_IMPACT_WAD: constant(uint256) = 10**17  # 10 %
MAX_CHARGES_WAD: constant(uint256) = 10**17  # 10 % of what a liquidation closes
NO_PROFIT_CAP_WAD: constant(uint256) = 1_000 * 10**18  # the largest share of what backs a side stands for no cap
MAX_RATE_WAD_PER_S: constant(uint256) = 317_097_919_837  # 1,000 % a year
