"""LLVM modules to object code, and object code to functions that can be called."""

from __future__ import annotations

from functools import cache

import llvmlite
import llvmlite.binding as llvm

#: Optimisation level of the pipeline and of the code generator.
LEVEL = 2


@cache
def _machine(level: int) -> llvm.TargetMachine:
    """The machine that object code is made with."""
    return _new_machine(level)


def _new_machine(level: int = LEVEL) -> llvm.TargetMachine:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple().create_target_machine(
        opt=level,
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        jit=True,
    )


def fingerprint() -> str:
    """What object code depends on besides its source: processor, LLVM, level."""
    features = llvm.get_host_cpu_features().flatten()
    return f"{llvm.get_host_cpu_name()} {features} {llvmlite.__version__} {llvm.llvm_version_info} {LEVEL}"


def object_code(text: str, level: int = LEVEL) -> bytes:
    """Optimise a module and generate its code."""
    machine = _machine(level)
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=level)
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return bytes(machine.emit_object(module))


class Code:
    """Object code in memory; `address` finds its functions and arrays."""

    def __init__(self, code: bytes) -> None:
        # An engine takes its machine along when it is dropped: each needs one of its own.
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _new_machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def address(self, symbol: str) -> int:
        """Where a symbol lies; 0 for one that does not exist."""
        return int(self._engine.get_function_address(symbol))
