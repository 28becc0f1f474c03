"""Price discovery: what flow has moved becomes what everybody believes, in part.

With m = sum w d, the depth-weighted displacement of the venues of a feed,

    d[v] -= (1 - e^(-dt/tau_follow)) m + (1 - e^(-dt/tau_own)) (d[v] - m)

and a share `believed` of the first part enters the consensus: `lasting` of it for good, the rest decays with tau_fade.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.kernels import kernel
from sim.world.endogenous.book import Books, BookTerms, Work


class DiscoveryTerms(NamedTuple):
    """What the scenario says."""

    follow_s: float  # in which books re-centre on what was traded
    own_s: float  # in which a venue's own deviation goes without arbitrage
    fade_s: float  # in which the transient part of the consensus goes
    believed_share: float  # of a displacement that becomes consensus
    lasting_share: float  # of that, for good


@kernel
def follow(books: Books, book_terms: BookTerms, terms: DiscoveryTerms, work: Work, span_s: float) -> None:
    """Let consensus follow the venues; needs `find_prices` for the weights, and displacements after trades."""
    venues, feeds = book_terms.depth_usd.shape
    followed = -math.expm1(-span_s / terms.follow_s)
    own = -math.expm1(-span_s / terms.own_s)
    kept = math.exp(-span_s / terms.fade_s)
    for f in range(feeds):
        mean = 0.0
        for v in range(venues):
            mean += work.weight[v, f] * books.displacement_log[v, f]
        for v in range(venues):
            if book_terms.depth_usd[v, f] > 0.0:
                d = books.displacement_log[v, f]
                books.displacement_log[v, f] = d - followed * mean - own * (d - mean)
        gained = terms.believed_share * followed * mean
        books.permanent_log[f] += terms.lasting_share * gained
        books.transient_log[f] = (books.transient_log[f] + (1.0 - terms.lasting_share) * gained) * kept
