"""Evidence that native code computes what Vyper computes."""
