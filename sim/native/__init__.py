"""Vyper to machine code, exact to the last bit.

translator/   a contract's syntax tree to LLVM IR; what is not surely right is refused (refusal, lint)
kernel/       checked 256-bit integer operations as LLVM IR
types, layout, extents, context   how values, storage and the running state lie in memory
codegen       LLVM IR to object code; objects: what one offers, and its cache on disk; build: all ahead of time
runner        the loops that run batches of calls, and undo what is refused
world         contracts linked with each other at their addresses; storage: the same words on the EVM and here
chain         `NativeChain`; views: one function asked for arrays; coverage: lines and branches that calls reach
certificate/  the evidence that native code and bytecode agree
"""
