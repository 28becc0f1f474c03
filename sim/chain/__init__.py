"""Chains that run the contracts: one protocol, several machines."""
