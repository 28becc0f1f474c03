"""Stateful fuzzing of the contracts: random verbs, and the properties that hold after each of them."""
