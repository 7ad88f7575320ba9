"""The registry of tabular formats: each format can do what its entry says."""

from __future__ import annotations

import io
from contextlib import closing

import pyarrow as pa
import pytest

from stance.errors import StanceError
from stance.io import formats
from stance.io.formats import FORMATS, READABLE_FORMATS, WRITABLE_FORMATS
from stance.io.row_batches import ColumnSelection, batch_from_table

TEXTS = ["a good idea", 'Плохо,\n"дело"', "", " tab\t; end"]
OWN = pa.table({"n": ["1", "2", "3", ""], "text": TEXTS})
ADDED = pa.table({"predicted": ["for", "against", "cannot-tell", "for"], "confidence": [0.5, 0.25, None, 1.0]})


@pytest.mark.parametrize("name", WRITABLE_FORMATS)
def test_rows_that_are_written_can_be_read_back(name: str) -> None:
    module = FORMATS[name].load_module()
    stream = io.BytesIO()
    with closing(module.open_writer(stream, "in", write_bom=True)) as writer:
        writer.write_batch(batch_from_table(OWN, (1, None), range(1, 5)), module.format_columns(ADDED))
    stream.seek(0)
    batches = list(formats.read_batches(stream, name, "in", ColumnSelection()))
    table = pa.concat_tables([batch.make_table() for batch in batches])
    assert table.column_names == ["n", "text", "predicted", "confidence"]
    assert table.column("text").to_pylist() == TEXTS
    assert [float(value) if value else None for value in table.column("confidence").to_pylist()] == [0.5, 0.25, None, 1]


@pytest.mark.parametrize("name", READABLE_FORMATS)
def test_readable_formats_have_a_reader_and_suffixes(name: str) -> None:
    assert callable(FORMATS[name].load_module().read_batches)
    assert {formats.resolve_input_format(f"comments{suffix.upper()}").name for suffix in FORMATS[name].suffixes} == {
        name
    }


def test_no_suffix_belongs_to_two_formats() -> None:
    suffixes = [suffix for table_format in FORMATS.values() for suffix in table_format.suffixes]
    assert len(set(suffixes)) == len(suffixes)


@pytest.mark.parametrize(
    ("path", "requested", "expected"),
    [("a.ndjson", None, "jsonl"), ("a.PQ", None, "parquet"), ("a.odd", None, "csv"), ("a.csv", "jsonl", "jsonl")],
)
def test_the_output_format(path: str, requested: str | None, expected: str) -> None:
    assert formats.resolve_output_format(path, requested).name == expected


def test_unknown_formats_are_errors() -> None:
    with pytest.raises(StanceError, match=r"a workbook, not a CSV file \(a.XLSX\): save it .* as CSV"):
        formats.resolve_input_format("a.XLSX")
    with pytest.raises(StanceError, match=r"unknown input format 'xlsx' \(a.csv\): add --input-format csv\|tsv\|"):
        formats.resolve_input_format("a.csv", "xlsx")
    with pytest.raises(StanceError, match=r"unknown output format 'text' \(a.csv\): add --format csv\|jsonl\|parquet"):
        formats.resolve_output_format("a.csv", "text")
