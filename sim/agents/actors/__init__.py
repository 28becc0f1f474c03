"""Actors that a scenario names: one file each, all of what a user's own may see and ask (`sim.agents.actors.stage`)."""
