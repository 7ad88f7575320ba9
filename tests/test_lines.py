"""Lines are the same however the bytes come, and come when there is something to wait for."""

from __future__ import annotations

import io
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.io import line_reader
from stance.io.line_reader import LineReader

LETTERS = st.sampled_from(["a", "\r", "\n", "\r\n", "ф", "😀", "\x0c", "\u2028", "\x85", "\x1c"])


def _lines(data: bytes, encoding: str = "utf-8", *, old: bool = False, prompt: bool = False) -> LineReader:
    return LineReader(io.BufferedReader(io.BytesIO(data)), encoding, cr_line_ends=old, partial_batches=prompt)


@given(
    st.lists(LETTERS).map("".join), st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]), st.booleans(), st.integers(1, 5)
)
def test_lines_are_those_of_a_file(text: str, encoding: str, old: bool, block: int) -> None:
    data = text.encode(encoding)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(line_reader, "BLOCK_BYTES", block)
        found = list(_lines(data, encoding, old=old))
    whole = text.replace("\r", "\n") if old else text
    assert found == list(io.TextIOWrapper(io.BytesIO(whole.encode(encoding)), encoding=encoding, newline="\n"))


def test_bytes_that_are_cut_off_are_an_error() -> None:
    with pytest.raises(UnicodeDecodeError):
        list(_lines("ф".encode()[:1]))


@pytest.mark.parametrize(
    ("text", "most_rows", "most_bytes", "chunks"),
    [
        ("", 3, 100, [0]),
        ("a\n" * 7, 3, 100, [3, 3, 1]),
        ("a\n" * 6, 3, 100, [3, 3]),
        ("a\n" * 7, 100, 4, [2, 2, 2, 1]),
    ],
)
def test_chunks_have_a_bound(
    monkeypatch: pytest.MonkeyPatch, text: str, most_rows: int, most_bytes: int, chunks: list[int]
) -> None:
    monkeypatch.setattr(line_reader, "BLOCK_BYTES", 2)
    read = _lines(text.encode())
    assert [len(chunk) for chunk in read.split_batches(read, most_rows, most_bytes)] == chunks


@pytest.mark.skipif(sys.platform == "win32", reason="cannot tell there whether a pipe has more")
def test_a_pipe_is_not_waited_for() -> None:
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb") as stream, os.fdopen(write_end, "wb", buffering=0) as other:
        typed = LineReader(stream, "utf-8", cr_line_ends=False, partial_batches=True)
        chunks = typed.split_batches(typed, 100, 100)
        for text in ("one\ntwo\n", "three\n"):
            other.write(text.encode())
            assert next(chunks) == text.splitlines(keepends=True)
        other.write(b"four")
        other.close()
        assert list(chunks) == [["four"]]
        assert typed.fraction_read is None
