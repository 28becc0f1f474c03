"""A deployed pool that is driven on a node."""
