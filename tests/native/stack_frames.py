"""What a compiled module really takes of the stack, read from its assembly."""

from __future__ import annotations

import re

import llvmlite.binding as llvm

from sim.native.codegen import LEVEL, _machine

_FRAME = re.compile(r"\s(?:subq\s+\$(-?\d+), %rsp|sub\s+sp, sp, #(\d+)(, lsl #12)?)")
_PUSH = re.compile(r"\s(pushq\s|stp\s.*\[sp, #-(\d+)\]!)")
#: A function by its name: called, or its address taken to be called a line later.
_CALL = re.compile(r'\s(?:callq?|jmp|bl|b|movabsq|adrp)\s+\$?(?:"([^"]+)"|([A-Za-z_][^\s,@]*))')
_LABEL = re.compile(r'^"?([^".\s][^"]*?)"?:')
_WORD_BYTES = 8


def assembly(text: str) -> str:
    """A module optimised as ever, as text."""
    machine = _machine(LEVEL)
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=LEVEL)
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(module, builder)
    return str(machine.emit_assembly(module))


def deepest(text: str) -> dict[str, int]:
    """Bytes of the deepest chain of calls from each function of a module, as compiled."""
    own: dict[str, int] = {}
    called: dict[str, set[str]] = {}
    name = ""
    for line in assembly(text).splitlines():
        if label := _LABEL.match(line):
            name = label.group(1)
            own[name], called[name] = _WORD_BYTES, set()
        if not name:
            continue
        if frame := _FRAME.search(line):
            size = int(frame.group(1) or frame.group(2))
            own[name] += max(0, size) * (4096 if frame.group(3) else 1)
        elif push := _PUSH.search(line):
            own[name] += int(push.group(2) or _WORD_BYTES)
        elif call := _CALL.search(line):
            called[name].add(call.group(1) or call.group(2))
    found: dict[str, int] = {}

    def depth(each: str) -> int:
        if each not in found:
            inner = [depth(other) for other in called.get(each, ()) if other in own and other != each]
            found[each] = own[each] + max(inner, default=0)
        return found[each]

    return {each: depth(each) for each in own}
