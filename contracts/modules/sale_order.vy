# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Sale order
@notice Which collateral pays first. An asset that is unlisted is not sold any more: another one stands twice instead.
"""

from ..interfaces import IMarket
from ..lib import constants as c
from ..lib import errors as err
from ..lib import listing
from ..lib import rows
from . import notice
from . import roles

uses: notice
uses: roles


@internal
@view
def _check_order(order: uint256):
    listed: uint256 = staticcall roles.market.asset_count()
    seen: uint256 = 0
    sold: uint256 = 0
    for k: uint256 in range(listed, bound=c.MAX_ASSETS):
        seen |= 1 << ((order >> (4 * k)) & 15)
        params: IMarket.AssetParams = staticcall roles.market.asset_params(k)
        if listing.has_asset(params):
            sold |= 1 << k
    err.check(seen == sold and order >> (4 * listed) == 0, err.ASSET_BAD_PARAMS)


@external
def announce_sale_order(order: uint256):
    """@notice Say which collateral will pay first in a day at the earliest."""
    roles._only_admin()
    self._check_order(order)
    notice._announce(notice.SALE_ORDER, 0, empty(address), rows.of_number(order))


@external
def set_sale_order(order: uint256):
    """@notice Which collateral pays first: every asset's id once, four bits each, lowest first; another's again in place of an unlisted one."""
    roles._only_admin()
    self._check_order(order)
    notice._use(notice.SALE_ORDER, 0, empty(address), rows.of_number(order))
    extcall roles.market.set_sale_order(order)
