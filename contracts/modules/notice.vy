# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Notice
@notice Nothing that a role sets is sudden: it is announced whole, and may be set as announced from a day to a week later, once (a market's
        winding up from the 28th day to the 34th). One
        announcement stands per subject, so that two changes of it are a day apart. Before the seal nobody but the deployer has
        anything here, and settings are free.
@dev A subject is a kind of setting and an id: which slot, asset or market.
"""

from ..lib import errors as err
from ..lib import rows

NOTICE_S: constant(uint256) = 86_400
WIND_UP_NOTICE_S: constant(uint256) = 28 * 86_400  # whoever is in a market has so long to leave it as he likes
LAPSES_S: constant(uint256) = 6 * 86_400  # after the notice

# Kinds of settings.
POLICY: constant(uint256) = 0
ASSET: constant(uint256) = 1
MARKET: constant(uint256) = 2
POOL: constant(uint256) = 3
PROTOCOL_FEE: constant(uint256) = 4
SALE_ORDER: constant(uint256) = 5
MODE: constant(uint256) = 6
UNLIST_MARKET: constant(uint256) = 7
UNLIST_ASSET: constant(uint256) = 8
SETTLE_MARKET: constant(uint256) = 9
WIND_UP_MARKET: constant(uint256) = 10
IDS: constant(uint256) = 16  # of each kind


# What was announced: an address (a policy, an asset's token), and the parameters in the order of their struct.
struct Notice:
    at_s: uint256  # 0: nothing
    named: address
    row: uint256[rows.WIDTH]


is_sealed: public(bool)
notices: public(HashMap[uint256, Notice])  # kind * 16 + id


event Announced:
    kind: indexed(uint256)
    id: indexed(uint256)
    named: address
    row: uint256[rows.WIDTH]
    from_s: uint256
    until_s: uint256


event Sealed:
    time_s: uint256


@internal
def _seal():
    err.check(not self.is_sealed, err.ACCESS_SEALED)
    self.is_sealed = True
    log Sealed(time_s=block.timestamp)


@internal
@view
def _check_sealed():
    err.check(self.is_sealed, err.ACCESS_NOT_SEALED)


@internal
@pure
def _notice_s(kind: uint256) -> uint256:
    return WIND_UP_NOTICE_S if kind == WIND_UP_MARKET else NOTICE_S


@internal
def _announce(kind: uint256, id: uint256, named: address, row: uint256[rows.WIDTH]):
    """@notice What was announced before of this subject is forgotten."""
    self.notices[kind * IDS + id] = Notice(at_s=block.timestamp, named=named, row=row)
    log Announced(
        kind=kind,
        id=id,
        named=named,
        row=row,
        from_s=block.timestamp + self._notice_s(kind),
        until_s=block.timestamp + self._notice_s(kind) + LAPSES_S,
    )


@internal
@view
def _is_due(kind: uint256, id: uint256) -> bool:
    at_s: uint256 = self.notices[kind * IDS + id].at_s
    from_s: uint256 = at_s + self._notice_s(kind)
    return at_s > 0 and from_s <= block.timestamp and block.timestamp <= from_s + LAPSES_S


@internal
def _use(kind: uint256, id: uint256, named: address, row: uint256[rows.WIDTH]):
    """@notice Refuse what was not announced just so in time; an announcement is good for one use."""
    if not self.is_sealed:
        return
    err.check(self._is_due(kind, id), err.ACCESS_TOO_SOON)
    notice: Notice = self.notices[kind * IDS + id]
    is_same: bool = notice.named == named
    for i: uint256 in range(rows.WIDTH):
        is_same = is_same and notice.row[i] == row[i]
    err.check(is_same, err.ACCESS_NOT_ANNOUNCED)
    self.notices[kind * IDS + id].at_s = 0
