"""Read joblib files of one dict of strings, numbers and plain arrays without running any code.

Python's own unpickler calls whatever a file names, and joblib reads arrays of objects from a nested pickle. This reader
implements only the opcodes that such a dict is written with. It never imports or calls a name from the file; everything
else is an error.
"""

from __future__ import annotations

import io
import math
import pickletools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_PUSH_OPCODES = {
    "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT",
    "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8",
}  # fmt: skip
_CONSTANT_OPCODES: dict[str, Any] = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLE_OPCODES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_IGNORED_OPCODES = {"PROTO", "FRAME"}

_DTYPE_NAME = "numpy.dtype"
_ALLOWED_NAMES = {_DTYPE_NAME, "numpy.ndarray", "joblib.numpy_pickle.NumpyArrayWrapper"}
_NUMERIC_DTYPE = re.compile("b1|[iu][1248]|f[248]")
_BYTE_ORDERS = ("<", ">", "|", "=")
_MAX_CHARACTERS_SHOWN = 60


class UnpickleError(Exception):
    """The file contains something other than a dict of strings, numbers and plain arrays."""


@dataclass(frozen=True)
class _GlobalName:
    """A name of a class in the file; it is only compared, never imported."""

    path: str


@dataclass
class _ObjectDescription:
    """An object in the file that is not built: the name of its class and its arguments."""

    path: str
    arguments: tuple[Any, ...] = ()


@dataclass
class _PickleMachine:
    """The stack, marks and memo of the pickle protocol, with one method per opcode."""

    data: io.BytesIO
    size: int
    stack: list[Any] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    memo: list[Any] = field(default_factory=list)

    def execute(self, name: str, argument: Any) -> None:
        if name in _PUSH_OPCODES:
            self.stack.append(argument)
        elif name in _CONSTANT_OPCODES:
            self.stack.append(_CONSTANT_OPCODES[name])
        elif name in _TUPLE_OPCODES:
            self._push_tuple(len(self.stack) - _TUPLE_OPCODES[name])
        elif name not in _IGNORED_OPCODES:
            try:
                instruction = _OPCODE_HANDLERS[name]
            except KeyError:
                raise UnpickleError(f"it contains the pickle opcode {name}") from None
            instruction(self, argument)

    def mark(self, _: None) -> None:
        self.marks.append(len(self.stack))

    def memoize(self, _: None) -> None:
        self.memo.append(self.stack[-1])

    def push_from_memo(self, index: int) -> None:
        self.stack.append(self.memo[index])

    def push_empty_dict(self, _: None) -> None:
        self.stack.append({})

    def push_tuple_from_mark(self, _: None) -> None:
        self._push_tuple(self.marks.pop())

    def set_item(self, _: None) -> None:
        self._update_dict(len(self.stack) - 2)

    def set_items(self, _: None) -> None:
        self._update_dict(self.marks.pop())

    def push_name(self, _: None) -> None:
        attribute, module = self.stack.pop(), self.stack.pop()
        if not isinstance(module, str) or not isinstance(attribute, str):
            raise UnpickleError("it contains a malformed name")
        path = f"{module}.{attribute}"
        if path not in _ALLOWED_NAMES:
            raise UnpickleError(f"it refers to {path[:_MAX_CHARACTERS_SHOWN]!r}")
        self.stack.append(_GlobalName(path))

    def push_object(self, _: None) -> None:
        arguments, cls = self.stack.pop(), self.stack.pop()
        if not isinstance(cls, _GlobalName) or not isinstance(arguments, tuple):
            raise UnpickleError("it creates an object of something other than a class")
        self.stack.append(_ObjectDescription(cls.path, arguments))

    def build_object(self, _: None) -> None:
        state, target = self.stack.pop(), self.stack.pop()
        if not isinstance(target, _ObjectDescription):
            raise UnpickleError("it sets the state of something other than an object")
        if target.path != _DTYPE_NAME:
            self.stack.append(self._read_array(state))
            return
        # The second item of a dtype's state is its byte order. The object is changed in place, since it is in the memo.
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else None
        if not isinstance(order, str) or order not in _BYTE_ORDERS:
            raise UnpickleError("it contains a malformed dtype")
        target.arguments = (target.arguments[0], order)
        self.stack.append(target)

    def _push_tuple(self, start: int) -> None:
        items = tuple(self.stack[start:])
        del self.stack[start:]
        self.stack.append(items)

    def _update_dict(self, start: int) -> None:
        items = self.stack[start:]
        del self.stack[start:]
        # Only strings are allowed as keys: deeply nested tuples take exponential time to hash.
        if not all(isinstance(key, str) for key in items[::2]):
            raise UnpickleError("it contains a key that is not a string")
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def _read_array(self, state: Any) -> np.ndarray[Any, Any]:
        """Read the raw bytes of an array, which joblib writes directly after its description."""
        shape, dtype = state["shape"], _parse_dtype(state["dtype"])
        if not all(isinstance(length, int) and length >= 0 for length in shape):
            raise UnpickleError("it contains an array of invalid shape")
        if state.get("numpy_array_alignment_bytes") is not None:
            self.data.seek(self.data.read(1)[0], io.SEEK_CUR)
        count = math.prod(shape)
        if count * dtype.itemsize > self.size - self.data.tell():
            raise UnpickleError("it is truncated")
        array = np.frombuffer(self.data.read(count * dtype.itemsize), dtype=dtype, count=count)
        native = array.astype(dtype.newbyteorder("="), copy=False)
        return native.reshape(shape, order="F" if state["order"] == "F" else "C")


_OPCODE_HANDLERS: dict[str, Callable[[_PickleMachine, Any], None]] = {
    "MARK": _PickleMachine.mark,
    "MEMOIZE": _PickleMachine.memoize,
    "BINGET": _PickleMachine.push_from_memo,
    "LONG_BINGET": _PickleMachine.push_from_memo,
    "EMPTY_DICT": _PickleMachine.push_empty_dict,
    "TUPLE": _PickleMachine.push_tuple_from_mark,
    "SETITEM": _PickleMachine.set_item,
    "SETITEMS": _PickleMachine.set_items,
    "STACK_GLOBAL": _PickleMachine.push_name,
    "NEWOBJ": _PickleMachine.push_object,
    "REDUCE": _PickleMachine.push_object,
    "BUILD": _PickleMachine.build_object,
}


def _parse_dtype(description: Any) -> np.dtype[Any]:
    """Return a numeric dtype from its description, such as ('f8', '<')."""
    if not isinstance(description, _ObjectDescription) or description.path != _DTYPE_NAME:
        raise UnpickleError("it contains an array of unknown type")
    code, *rest = description.arguments
    order = rest[0] if len(rest) == 1 else "="
    if not isinstance(code, str) or not _NUMERIC_DTYPE.fullmatch(code):
        raise UnpickleError("it contains an array of something other than numbers")
    return np.dtype(f"{order}{code}")


def load_plain_dict(data: bytes) -> dict[str, Any]:
    """Return the dict of strings, numbers and numeric arrays in the bytes of an uncompressed joblib file.

    Raises
    ------
    UnpickleError
        The bytes are anything else.
    """
    if data[:1] != b"\x80":
        raise UnpickleError("it is not a joblib file, or a compressed one")
    machine = _PickleMachine(io.BytesIO(data), len(data))
    try:
        for opcode, argument, _ in pickletools.genops(machine.data):
            if opcode.name == "STOP":
                break
            machine.execute(opcode.name, argument)
        (loaded,) = machine.stack
    except UnpickleError:
        raise
    except Exception as error:  # noqa: BLE001 - a malformed file can raise any error
        raise UnpickleError(f"it is malformed ({type(error).__name__})") from None
    if not isinstance(loaded, dict) or not all(map(_is_plain_value, loaded.values())):
        raise UnpickleError("it contains something other than strings, numbers and arrays")
    return loaded


def _is_plain_value(value: Any) -> bool:
    return isinstance(value, (str, int, float, np.ndarray))
