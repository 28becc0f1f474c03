"""The accounts of a run: what observations and outcomes come to, per path. Sums: no rule of a design stands here."""

from sim.engine.ledger.ledger import Ledger

__all__ = ["Ledger"]
