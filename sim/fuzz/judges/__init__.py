"""One file per subject: what must hold of a step, and what never changes."""
