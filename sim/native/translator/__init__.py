"""From the syntax tree of a contract to LLVM IR."""
