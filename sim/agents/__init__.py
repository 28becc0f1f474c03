"""Who acts: a file per kind of actor, each for all paths at once; `sim.engine.agent` says what the loop asks of it."""
