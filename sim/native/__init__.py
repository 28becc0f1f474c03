"""Vyper to machine code, exact to the last bit.

kernel/       checked 256-bit integer operations as LLVM IR
translator/   a contract's syntax tree to LLVM IR; what is not surely right is refused
codegen       LLVM IR to object code; objects: what an object offers, and its cache on disk
types, layout, extents, context   how values, storage and the running state lie in memory
runner        the loops that run batches of calls; world: contracts linked with each other
storage       the same storage on the EVM and here; chain: `NativeChain`; views: arrays of questions
coverage      which statements and branches were reached
certificate/  the evidence that native code and bytecode agree
"""
