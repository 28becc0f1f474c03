"""For a user's own actor: `from sim.actor import Actor`. What it may see and ask is in `View`."""

from sim.agents.actors.stage import Actor, View

__all__ = ["Actor", "View"]
