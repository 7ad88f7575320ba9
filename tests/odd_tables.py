"""Odd inputs in every format, and predictions that depend on no trained model, for the golden files."""

from __future__ import annotations

import datetime as dt
import decimal
import hashlib
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

STANCES = ("for", "a,gainst", 'so-"so"', "лишь бы")

TEXTS = [
    "a plain one", "", "comma, and more", 'a "quoted" word', '"', "two\nlines", "Windows\r\nlines", "old\rMac",
    "=SUM(A1:A9)", "+1", "-1", "@here", "'", "\t tab", " blanks  ", "ёж, қазақ, ңөү", "😀 \u2028 sep \x0b \x1c \x85",
    "NUL \0 in it", "back\\slash", "\x01\x1f\x7f", "a;b|c", "},{", "null", "NaN", "\ufeffmark", "ends with \r", "\n",
]  # fmt: skip


def table() -> pa.Table:
    """Return a table with columns of every Parquet type, some with nulls, and a column of texts."""
    n = len(TEXTS)
    number = np.arange(n)
    gaps = number % 5 == 3
    moments = [dt.datetime(2024, 1, 2, 3, 4, 5, 600 * k, tzinfo=dt.UTC) for k in range(n)]
    return pa.table(
        {
            "id": pa.array(number - 3, pa.int64(), mask=gaps),
            "small": pa.array(number.astype(np.uint8)),
            "float": pa.array(np.where(number % 7 == 2, np.nan, 1.5 * 10.0 ** (number - 13)), mask=gaps),
            "half": pa.array((number / 3).astype(np.float32)),
            "inf": pa.array(np.where(number % 2 == 0, np.inf, -np.inf)),
            "true": pa.array(number % 2 == 0, mask=gaps),
            "text": pa.array([*TEXTS[:-1], None], pa.large_string()),
            "kind": pa.array([f"kind, {k % 3}" for k in number]).dictionary_encode(),
            "bytes": pa.array([bytes([65 + k, 200]) for k in number], mask=gaps),
            "day": pa.array([moment.date() for moment in moments], mask=gaps),
            "time": pa.array(moments, pa.timestamp("us", tz="UTC"), mask=gaps),
            "second": pa.array(number, pa.timestamp("s")),
            "price": pa.array([decimal.Decimal(int(k)) / 4 for k in number], pa.decimal128(9, 2)),
            "list": pa.array([[int(k), None] if k % 4 else None for k in number]),
            "deep": pa.array([{"a": text, "b": [1.5, None]} for text in TEXTS]),
            "nothing": pa.nulls(n),
            'odd "name", \n': pa.array(TEXTS),
        }
    )


def inputs() -> dict[str, bytes]:
    """Return the same rows, or as many of their columns as a format allows, in every input format."""
    columns = ("id", "small", "kind", "text", "day", 'odd "name", \n')
    cells = [["" if cell is None else str(cell) for cell in table()[name].to_pylist()] for name in columns]
    quoted = ["".join(f'"{cell.replace(chr(34), chr(34) * 2)}",' for cell in row)[:-1] for row in zip(*cells)]  # noqa: B905 - all of equal length
    header = ",".join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in columns)
    parquet = io.BytesIO()
    pq.write_table(table(), parquet, row_group_size=7)
    records = [
        {"id": 1, "text": text, "n": 1.50, "deep": {"a": [1e3, None]}, "ф": True, "note": note}
        for text, note in zip(TEXTS, [*TEXTS[1:], None], strict=True)
    ]
    lines = [json.dumps(record, ensure_ascii=bool(number % 2)) for number, record in enumerate(records)]
    lines[3:3] = [
        "",
        '{ "text" : "a \\u0444",  "n": 1.50 , "more": {} }  ',
        '{"text": 5}',
        "{}",
        '{"text": "\\ud800 half"}\t',
    ]
    return {
        "csv": "\r\n".join(["\ufeff" + header, *quoted[:9], "", *quoted[9:], ""]).encode(),
        "tsv": b'text\tn\none\t1\ntwo\n\na "q" b\t2\nthree\t3\t\t',
        "jsonl": "\n".join(lines).encode(),
        "parquet": parquet.getvalue(),
        "text": 'one\r\n\r\nдва, три\n "four"\nfive\r\nsix'.encode(),
    }


def probabilities(text: str) -> list[float] | None:
    """Return made-up probabilities, edge cases among them; None for an empty text, which is cannot-tell."""
    if not text.strip():
        return None
    digest = hashlib.sha256(text.replace("\ud800", "\N{REPLACEMENT CHARACTER}").encode()).digest()
    edges = [
        0.0,
        1.0,
        0.5,
        1e-6,
        4.9e-7,
        5e-7,
        1.5e-6,
        2.5e-6,
        0.1,
        0.9999995,
        0.9999994,
        1e-5,
        1.2e-5,
        0.3 - 1e-17,
        1 / 3,
    ]
    return [edges[digest[k] % len(edges)] if digest[k + 4] % 2 else digest[k + 8] / 256 / 3 for k in range(4)]


def terms(text: str) -> str:
    """Return made-up terms that contain characters of the text."""
    return f'{text.encode("ascii", "ignore").decode()[:5]} +0.12; "x", y -1.00'
