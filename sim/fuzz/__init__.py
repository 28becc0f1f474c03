"""Stateful fuzzing of the contracts: a machine of random verbs, and the properties that have to hold after each of them."""
