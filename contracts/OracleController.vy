# pragma version 0.4.3
# pragma nonreentrancy on
"""
@title Oracle controller
@notice The only address that an Oracle obeys. Until `seal` the admin sets venues and feeds up, freely. From then on every change is
        announced a day before, whole, lapses after a week, and moves by at most a step.

What a role can do to anybody, once sealed
    call              who    notice   pace                 at most
    set_venue         admin  a day    one venue a day      a quarter of all weight changes hands: no day moves a price further than
                                                           the other venues are apart, where none of them may have half of the weight
    set_feed          admin  a day    a feed once a day    a floor 10 bps, a redemption rate 1 %, most else double or half
                                                           (lib/feed_steps.vy); no collateral counts for 1 % more or less by it
    nominate_admin    admin  none     -                    a name; the new admin accepts
    announce_venue, announce_feed
                      admin  none     -                    words; what was announced before of the same is forgotten
There is no safety action: what a venue can do within the day's notice is what a minority of venues can do at any time, and the
guardian of the market can pause that. A dead feed keeps its last good numbers and is HALTED; its venues can be replaced one a day.

@dev The first setting of a venue or a feed after the seal is announced like any other.
"""

from .interfaces import IOracle
from .interfaces import IOracleSettings
from .lib import constants as c
from .lib import errors as err
from .lib import feed_rules as rules
from .lib import feed_steps as steps
from .lib import fixed_point as fp

DAY_S: constant(uint256) = 86_400
NOTICE_LAPSES_S: constant(uint256) = 7 * 86_400
COLLATERAL_STEP_WAD: constant(uint256) = 10**16

admin: public(address)
pending_admin: public(address)
oracle: public(IOracleSettings)
is_sealed: public(bool)

announced_venue: public(rules.Venue[c.MAX_VENUES])
announced_venue_at_s: public(uint256[c.MAX_VENUES])  # 0: nothing
announced_feed: public(rules.Feed[c.MAX_FEEDS])
announced_feed_at_s: public(uint256[c.MAX_FEEDS])
venues_changed_at_s: public(uint256)
feed_changed_at_s: public(uint256[c.MAX_FEEDS])


event AdminNominated:
    pending_admin: indexed(address)


event AdminChanged:
    admin: indexed(address)


event Sealed:
    time_s: uint256


event VenueAnnounced:
    venue: indexed(uint256)
    params: rules.Venue


event FeedAnnounced:
    feed: indexed(uint256)
    params: rules.Feed


@deploy
def __init__(admin: address):
    self.admin = admin
    log AdminChanged(admin=admin)


@internal
@view
def _only_admin():
    err.check(msg.sender == self.admin, err.ACCESS_NOT_ADMIN)


# ------------------------------------------------------------------ set-up and roles


@external
def bind(oracle: address):
    """@notice Say once which Oracle this controller controls."""
    self._only_admin()
    err.check(self.oracle.address == empty(address), err.ACCESS_ALREADY_BOUND)
    self.oracle = IOracleSettings(oracle)


@external
def seal():
    """@notice End the set-up: nothing is free any more."""
    self._only_admin()
    self.is_sealed = True
    log Sealed(time_s=block.timestamp)


@external
def nominate_admin(pending_admin: address):
    self._only_admin()
    self.pending_admin = pending_admin
    log AdminNominated(pending_admin=pending_admin)


@external
def accept_admin():
    err.check(msg.sender == self.pending_admin, err.ACCESS_NOT_PENDING_ADMIN)
    self.admin = msg.sender
    self.pending_admin = empty(address)
    log AdminChanged(admin=msg.sender)


@internal
@view
def _check_notice(announced_at_s: uint256, changed_at_s: uint256):
    """@notice A day's notice at least, which lapses after a week; and a day since the last change."""
    err.check(
        announced_at_s > 0
        and announced_at_s + DAY_S <= block.timestamp
        and block.timestamp <= announced_at_s + NOTICE_LAPSES_S
        and changed_at_s + DAY_S <= block.timestamp,
        err.ACCESS_TOO_SOON,
    )


# ------------------------------------------------------------------ venues


@external
def announce_venue(v: uint256, params: rules.Venue):
    """@notice Say which venue there will be, or on which terms, in a day at the earliest."""
    self._only_admin()
    err.check(v < c.MAX_VENUES and rules.is_venue(params), err.ORACLE_BAD_PARAMS)
    self.announced_venue[v] = params
    self.announced_venue_at_s[v] = block.timestamp
    log VenueAnnounced(venue=v, params=params)


@external
def set_venue(v: uint256, params: rules.Venue):
    """@notice Set a venue; after the seal, as it was announced."""
    self._only_admin()
    err.check(v < c.MAX_VENUES, err.ORACLE_BAD_PARAMS)
    if self.is_sealed:
        self._check_notice(self.announced_venue_at_s[v], self.venues_changed_at_s)
        err.check(steps.is_same_venue(self.announced_venue[v], params), err.ACCESS_TOO_SOON)
        old: rules.Venue = staticcall self.oracle.venues(v)
        total: uint256 = self._total_weight()
        err.check(steps.is_venue_step(old, params, total), err.ACCESS_STEP_TOO_LARGE)
        self.announced_venue_at_s[v] = 0
        self.venues_changed_at_s = block.timestamp
    extcall self.oracle.set_venue(v, params)


@internal
@view
def _total_weight() -> uint256:
    total: uint256 = 0
    for v: uint256 in range(c.MAX_VENUES):
        venue: rules.Venue = staticcall self.oracle.venues(v)
        total += venue.weight
    return total


# ------------------------------------------------------------------ feeds


@external
def announce_feed(f: uint256, params: rules.Feed):
    """@notice Say which feed will be listed, or on which terms a feed will be made, in a day at the earliest."""
    self._only_admin()
    err.check(f < c.MAX_FEEDS and rules.is_feed(params), err.ORACLE_BAD_PARAMS)
    self.announced_feed[f] = params
    self.announced_feed_at_s[f] = block.timestamp
    log FeedAnnounced(feed=f, params=params)


@external
def set_feed(f: uint256, params: rules.Feed):
    """@notice List (f = feed_count) or change a feed; after the seal, as it was announced."""
    self._only_admin()
    if not self.is_sealed:
        extcall self.oracle.set_feed(f, params)
        return
    err.check(f < c.MAX_FEEDS, err.ORACLE_BAD_PARAMS)
    self._check_notice(self.announced_feed_at_s[f], self.feed_changed_at_s[f])
    err.check(steps.is_same_feed(self.announced_feed[f], params), err.ACCESS_TOO_SOON)
    listed: uint256 = staticcall self.oracle.feed_count()
    if f < listed:
        old: rules.Feed = staticcall self.oracle.feeds(f)
        err.check(steps.is_feed_step(old, params), err.ACCESS_STEP_TOO_LARGE)
    before: IOracle.Price[c.MAX_FEEDS] = self._prices()
    extcall self.oracle.set_feed(f, params)
    after: IOracle.Price[c.MAX_FEEDS] = self._prices()
    for g: uint256 in range(listed, bound=c.MAX_FEEDS):  # what is redeemed in this feed's asset, too
        moved: uint256 = fp.distance(before[g].collateral, after[g].collateral)
        err.check(moved * c.WAD <= before[g].collateral * COLLATERAL_STEP_WAD, err.ACCESS_STEP_TOO_LARGE)
    self.announced_feed_at_s[f] = 0
    self.feed_changed_at_s[f] = block.timestamp


@internal
@view
def _prices() -> IOracle.Price[c.MAX_FEEDS]:
    return staticcall IOracle(self.oracle.address).prices()
