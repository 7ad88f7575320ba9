"""Lines are the same however the bytes are split into blocks, and a pipe is not waited for."""

from __future__ import annotations

import io
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.io import line_reader
from stance.io.line_reader import LineReader

CHARACTERS = st.sampled_from(["a", "\r", "\n", "\r\n", "ф", "😀", "\x0c", "\u2028", "\x85", "\x1c"])


def _reader(data: bytes, encoding: str = "utf-8", *, cr: bool = False) -> LineReader:
    return LineReader(io.BufferedReader(io.BytesIO(data)), encoding, cr_line_ends=cr, partial_batches=False)


@given(
    st.lists(CHARACTERS).map("".join),
    st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]),
    st.booleans(),
    st.integers(1, 5),
)
def test_lines_equal_those_of_a_text_file(text: str, encoding: str, cr: bool, block_bytes: int) -> None:
    data = text.encode(encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_reader, "BLOCK_BYTES", block_bytes)
        lines = list(_reader(data, encoding, cr=cr))
    expected = text.replace("\r", "\n") if cr else text
    assert lines == list(io.TextIOWrapper(io.BytesIO(expected.encode(encoding)), encoding=encoding, newline="\n"))


def test_an_incomplete_character_is_an_error() -> None:
    with pytest.raises(UnicodeDecodeError):
        list(_reader("ф".encode()[:1]))


@pytest.mark.parametrize(
    ("text", "max_rows", "max_bytes", "sizes"),
    [
        ("", 3, 100, [0]),
        ("a\n" * 7, 3, 100, [3, 3, 1]),
        ("a\n" * 6, 3, 100, [3, 3]),
        ("a\n" * 7, 100, 4, [2, 2, 2, 1]),
    ],
)
def test_batches_are_bounded(
    monkeypatch: pytest.MonkeyPatch, text: str, max_rows: int, max_bytes: int, sizes: list[int]
) -> None:
    monkeypatch.setattr(line_reader, "BLOCK_BYTES", 2)
    reader = _reader(text.encode())
    assert [len(batch) for batch in reader.split_batches(reader, max_rows, max_bytes)] == sizes


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot poll a pipe")
def test_a_pipe_is_not_waited_for() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stream, os.fdopen(write_end, "wb", buffering=0) as pipe:
        reader = LineReader(stream, "utf-8", cr_line_ends=False, partial_batches=True)
        batches = reader.split_batches(reader, 100, 100)
        for text in ("one\ntwo\n", "three\n"):
            pipe.write(text.encode())
            assert next(batches) == text.splitlines(keepends=True)
        pipe.write(b"four")
        pipe.close()
        assert list(batches) == [["four"]]
        assert reader.fraction_read is None
