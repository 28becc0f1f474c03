"""Checked 256-bit integer operations, as Vyper means them, in LLVM IR."""
