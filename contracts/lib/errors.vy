# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Error codes
@notice A refused call reverts with `Failed(code)`. This table is the only place where codes are numbered; the text after the
        dash is what people are shown. Reason strings would not fit in Market's bytecode.
"""

ACCESS_NOT_ADMIN: constant(uint256) = 1  # - only the admin may do this
ACCESS_NOT_GUARDIAN: constant(uint256) = 2  # - the guardian may only tighten the mode
ACCESS_NOT_PENDING_ADMIN: constant(uint256) = 3  # - only the nominated admin may accept
ACCESS_UNKNOWN_MODE: constant(uint256) = 4  # - modes are 0 (normal), 1 (reduce-only), 2 (paused)
ACCESS_CLOSED_BY_MODE: constant(uint256) = 5  # - the mode closes this verb
PRICE_WIDE: constant(uint256) = 6  # - the price band is wide: only actions that reduce risk are open
PRICE_HALTED: constant(uint256) = 7  # - there is no price
POLICY_UNKNOWN_SLOT: constant(uint256) = 8  # - no such policy slot
POLICY_NOT_A_CONTRACT: constant(uint256) = 9  # - a policy must be a contract
POLICY_FEE_TOO_HIGH: constant(uint256) = 10  # - the weight-fee policy answered above the hard bound
POLICY_IMPACT_TOO_HIGH: constant(uint256) = 11  # - the impact policy answered outside the hard bound
POLICY_MARGIN_CROSSED: constant(uint256) = 12  # - the margin policy asks for less initial than maintenance margin
POLICY_BAD_PLAN: constant(uint256) = 13  # - the liquidation policy's plan is out of bounds
ASSET_NOT_LISTED: constant(uint256) = 14  # - no such asset
ASSET_TOO_MANY: constant(uint256) = 15  # - the list of assets is full
ASSET_BAD_PARAMS: constant(uint256) = 16  # - an asset parameter is out of bounds
ASSET_IDENTITY_FIXED: constant(uint256) = 17  # - token, scale and feed of a listed asset cannot change
ASSET_NOTHING_TO_MOVE: constant(uint256) = 18  # - the amount is zero
ASSET_TRANSFER_FAILED: constant(uint256) = 19  # - the token refused or did not move the exact amount
MARKET_NOT_LISTED: constant(uint256) = 20  # - no such market
MARKET_TOO_MANY: constant(uint256) = 21  # - the list of markets is full
MARKET_BAD_PARAMS: constant(uint256) = 22  # - a market parameter is out of bounds
MARKET_IDENTITY_FIXED: constant(uint256) = 23  # - feed and assets of a listed market cannot change
ACCOUNT_UNKNOWN: constant(uint256) = 24  # - no such account
ACCOUNT_NOT_OWNER: constant(uint256) = 25  # - only the account's owner may do this
ACCOUNT_NOT_AUTHORISED: constant(uint256) = 26  # - neither owner nor approved operator of the account
ACCOUNT_TOO_LITTLE_COLLATERAL: constant(uint256) = 27  # - the account holds less of this asset
SHARES_TOO_FEW: constant(uint256) = 28  # - fewer shares than asked for, none, or no more than a request sets aside for its keeper
SHARES_BALANCE_TOO_LOW: constant(uint256) = 29  # - the holder has fewer shares
SHARES_ALLOWANCE_TOO_LOW: constant(uint256) = 30  # - the spender is allowed less
TOKENS_TOO_FEW: constant(uint256) = 31  # - fewer tokens than asked for, or none
POOL_CAP: constant(uint256) = 32  # - the pool may not hold more of this asset
POOL_RESERVED: constant(uint256) = 33  # - the tokens are reserved for open positions or the buffer
POOL_WORTHLESS: constant(uint256) = 34  # - the pool has shares but no value
POOL_WEIGHT_BAND: constant(uint256) = 35  # - the asset's weight would leave its band
SWAP_SAME_ASSET: constant(uint256) = 36  # - an asset cannot be swapped for itself
TRADE_NOTHING: constant(uint256) = 37  # - the size is zero
TRADE_REDUCE_ONLY: constant(uint256) = 38  # - this market only allows smaller positions
TRADE_PRICE_TOO_HIGH: constant(uint256) = 39  # - the fill price is above the acceptable one
TRADE_PRICE_TOO_LOW: constant(uint256) = 40  # - the fill price is below the acceptable one
TRADE_POSITION_TOO_SMALL: constant(uint256) = 41  # - the position that remains is below the minimum
TRADE_OPEN_INTEREST_CAP: constant(uint256) = 42  # - the market's open interest is at its cap
TRADE_LOSS_UNPAID: constant(uint256) = 43  # - the collateral cannot pay what closing costs
MARGIN_BELOW_INITIAL: constant(uint256) = 44  # - the account would be below initial margin
MARGIN_BELOW_MAINTENANCE: constant(uint256) = 45  # - the account would be below maintenance margin and worse than before
LIQUIDATION_HEALTHY: constant(uint256) = 46  # - the account is not below maintenance margin
LIQUIDATION_KEEPER_UNKNOWN: constant(uint256) = 47  # - the keeper needs an account to be paid into
CLAIM_NOTHING: constant(uint256) = 48  # - no funding to claim, or none collected yet
ORACLE_NOT_ADMIN: constant(uint256) = 49  # - only the oracle's admin may do this
ORACLE_NOT_REPORTER: constant(uint256) = 50  # - the sender is not the reporter of a venue it quotes for
ORACLE_BAD_BATCH: constant(uint256) = 51  # - a report needs eight quotes for each listed feed
ORACLE_BAD_PARAMS: constant(uint256) = 52  # - an oracle parameter is out of bounds
ACCESS_NOT_CONTROLLER: constant(uint256) = 53  # - only the risk controller may do this
ACCESS_NOT_LIQUIDATOR: constant(uint256) = 54  # - only the liquidator may do this
ACCESS_ALREADY_BOUND: constant(uint256) = 55  # - the controller already has its market
ACCESS_CLOSED_BY_CIRCUIT: constant(uint256) = 56  # - a circuit breaker closes this verb
ACCESS_NOT_POOL_DESK: constant(uint256) = 57  # - only the pool desk may do this
ACCESS_TOO_SOON: constant(uint256) = 58  # - settings change a day to a week after notice; what is tightened at once lasts three days, once in a week
ACCESS_STEP_TOO_LARGE: constant(uint256) = 59  # - the change is larger than one notice allows
POOL_AUM_CAP: constant(uint256) = 60  # - the pool takes no more deposits
POOL_REDEEM_LIMIT: constant(uint256) = 61  # - no more shares may be redeemed in this window
SHARES_LOCKED: constant(uint256) = 62  # - the shares were minted too recently to move
SHARES_RECEIVER: constant(uint256) = 63  # - where shares are held back, they can be minted to oneself only
TRADE_ACCOUNT_CAP: constant(uint256) = 64  # - the account's position is at its share of the open-interest cap
ORDER_UNKNOWN: constant(uint256) = 65  # - no such order
ORDER_TOO_MANY: constant(uint256) = 66  # - the account has eight open orders
ORDER_BAD_TERMS: constant(uint256) = 67  # - an order needs a known kind, a size, a trigger, a reward within its margin, and after the request five minutes to live
ORDER_NOT_OPERATOR: constant(uint256) = 68  # - the order book is not an approved operator of the account
ORDER_PRICE_TOO_OLD: constant(uint256) = 69  # - the price was published before the order
ORDER_NOT_TRIGGERED: constant(uint256) = 70  # - the price has not reached the trigger
ORDER_EXPIRED: constant(uint256) = 71  # - the order has expired
ORDER_NOTHING_TO_REDUCE: constant(uint256) = 72  # - a reduce-only order has no position to reduce
ORDER_ACCOUNT_HEALTHY: constant(uint256) = 73  # - orders are released only below maintenance margin
LIQUIDATION_ORDERS_FIRST: constant(uint256) = 74  # - release the account's orders before it is liquidated
UNWIND_NOTHING: constant(uint256) = 75  # - insurance has nothing to unwind here, or did so in this block
DELEVERAGE_NOT_TRIGGERED: constant(uint256) = 76  # - the winners need not pay
DELEVERAGE_NO_WINNER: constant(uint256) = 77  # - none of the candidates is a winner of this side
DELEVERAGE_NOT_ASCENDING: constant(uint256) = 78  # - candidates come in ascending order, each once
DELEVERAGE_NOT_ALL: constant(uint256) = 79  # - who is not named may have to give first
POOL_BAD_PARAMS: constant(uint256) = 80  # - a parameter of the pool is out of bounds
POOL_PROFIT_CAPPED: constant(uint256) = 81  # - a side's profit is near its cap, which deposits and redemptions would move
ACCESS_NOT_TRADE_DESK: constant(uint256) = 82  # - only the trade desk may do this
ACCESS_NOT_MARKET: constant(uint256) = 83  # - only the market may do this
ACCESS_ROLE_MISSING: constant(uint256) = 84  # - the contract that holds this slot has to be named first
ORDER_MUST_REDUCE: constant(uint256) = 85  # - an account below maintenance margin may only leave orders that reduce
ACCESS_SEALED: constant(uint256) = 86  # - the set-up is over already
ACCESS_NOT_SEALED: constant(uint256) = 87  # - the set-up is not over yet
ACCESS_NOT_ANNOUNCED: constant(uint256) = 88  # - something else was announced
LIQUIDATION_REWARD_UNCOVERED: constant(uint256) = 89  # - the smallest account could not pay the keeper's flat reward and all charges
ACCESS_NOT_ORDER_BOOK: constant(uint256) = 90  # - only the order book may do this
TRADE_BY_ORDER_ONLY: constant(uint256) = 91  # - trades are requested in the order book, and executed at the first price after the request
TRADE_PRICE_UNKNOWN: constant(uint256) = 92  # - the oracle has shown no such price
ORDER_TOO_SOON: constant(uint256) = 93  # - a market order may be cancelled five minutes after it was placed
ORDER_REWARD_TOO_SMALL: constant(uint256) = 94  # - what an order sets aside for its keeper is five cents or more; what only reduces may do without
EXIT_BY_REQUEST: constant(uint256) = 95  # - shares of this pool leave by request
ACCESS_NOT_EXITS: constant(uint256) = 96  # - only the contract of exits may do this
REQUEST_UNKNOWN: constant(uint256) = 97  # - the holder has no such request
REQUEST_STANDS: constant(uint256) = 98  # - the holder's last request still waits
REQUEST_TOO_SOON: constant(uint256) = 99  # - not every price was observed after the wait
ACCESS_NOT_DOCTOR: constant(uint256) = 100  # - only the contract that sees rules fail may do this
POLICY_ANSWERS: constant(uint256) = 101  # - the rule in force answers: another one is announced a day before
POLICY_ASKED_WITH_TOO_LITTLE: constant(uint256) = 102  # - the call has too little gas to tell a rule that fails from one that was cut short
ENTRY_BY_REQUEST: constant(uint256) = 103  # - deposits into this pool and swaps against it are requested
ACCESS_NOT_ENTRIES: constant(uint256) = 104  # - only the contract of entries may do this
ENTRY_TOO_SMALL: constant(uint256) = 105  # - a request sets a ten-thousandth, and five cents or more, aside for its keeper
MARKET_NOT_EMPTY: constant(uint256) = 106  # - somebody has a position in this market
ASSET_IN_USE: constant(uint256) = 107  # - a market rests on this asset, it counts as collateral, or the pool holds more than dust of it
SETTLEMENT_NOT_OPEN: constant(uint256) = 108  # - a market is settled at its last price after three days without one and a notice
SETTLEMENT_NOTHING: constant(uint256) = 109  # - the account has no position in this market
ORDER_STAKE_TOO_SMALL: constant(uint256) = 110  # - an order that may grow a position sets a hundredth of its size aside, or its initial margin


@internal
@pure
def check(ok: bool, code: uint256):
    if not ok:
        raw_revert(abi_encode(code, method_id=method_id("Failed(uint256)")))
