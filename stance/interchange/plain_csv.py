"""Plain CSV, for R, Stata, SPSS and Excel: a row a label, or a row a comment with the stance that holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import EmptyTableError, MissingColumnError
from stance.interchange import doccano, label_studio
from stance.interchange.row_records import ImportedRow, SheetItem
from stance.io.json_objects import JsonRecord
from stance.labels import resolution

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stance.labels.codebook import Codebook
    from stance.labels.sheets.sheet_file import Sheet

RESOLVED_COLUMNS = ("stance", "also", "target", "labels", "annotators", "adjudicated", "sampled", "seed", "probability")
"""What a settled comment is told of: how many labels it has, whose, and whether one of them is an adjudication."""


def resolve_labels_to_frame(
    sheets: Sequence[Sheet], codebook: Codebook | None, items: Sequence[SheetItem]
) -> pd.DataFrame:
    """Give one row a labelled comment (and target), with the stance that its labels agree on or that was adjudicated.

    Raises
    ------
    EmptyTableError
        No comment has a label.
    StanceError
        Labels that cannot be settled: see `labels.rows` and `labels.one_stance_each`.
    """
    found, _ = resolution.combine_labels(sheets, codebook)
    one_each = resolution.resolve_labels(found)
    if one_each.empty:
        raise EmptyTableError(sheets[0].path, "labels")
    given = found[found["stance"] != ""].groupby(["comment_id", "target"], sort=False)
    counts = {
        key: (
            str(int((rows["pass"] != resolution.ADJUDICATED).sum())),
            "; ".join(dict.fromkeys(rows["annotator"][rows["annotator"] != ""])),
            "yes" if (rows["pass"] == resolution.ADJUDICATED).any() else "",
        )
        for key, rows in given
    }
    known = {comment.cells.get("comment_id", "").strip(): comment.cells for comment in items}
    rows = []
    for row in one_each.to_dict("records"):
        told = dict(zip(("labels", "annotators", "adjudicated"), counts[row["comment_id"], row["target"]], strict=True))
        kept = {name: str(row[name]) for name in RESOLVED_COLUMNS if name not in told}
        rows.append(known.get(row["comment_id"], {}) | {"comment_id": row["comment_id"]} | kept | told)
    others = [name for cells in known.values() for name in cells if name not in tables.SHEET_COLUMNS]
    columns = dict.fromkeys([*tables.COMMENT_COLUMNS, *RESOLVED_COLUMNS, *others])
    frame = pd.DataFrame(rows, columns=list(columns), dtype="str").fillna("")
    return frame.loc[:, [name in RESOLVED_COLUMNS or frame[name].ne("").any() for name in frame.columns]]


def read_table_rows(sheet: Sheet, text_column: str, stance_column: str) -> Iterator[ImportedRow]:
    """Read a table with a row a label; the CSV exports of Label Studio and doccano as what they are.

    Raises
    ------
    MissingColumnError
        There is neither a column with texts nor one with ids.
    """
    columns = list(sheet.frame.columns)
    cells = sheet.frame.to_numpy(dtype=object).tolist()
    numbers = map(int, sheet.frame.index)
    rows = [(number, dict(zip(columns, row, strict=True))) for number, row in zip(numbers, cells, strict=True)]
    if label_studio.is_flat_export(columns):
        yield from label_studio.read_flat_export(rows, sheet.path, text_column, stance_column)
    elif "label" in columns and stance_column not in columns:
        entries = (JsonRecord(row | {"label": row["label"].split("#")}, number) for number, row in rows)
        yield from doccano.read_doccano_examples(entries, sheet.path, text_column, "label")
    else:
        if text_column not in columns and "comment_id" not in columns:
            raise MissingColumnError(text_column, columns, sheet.path, "name the column of the texts by --text-column")
        renamed = {text_column: "text", stance_column: "stance"}
        for number, row in rows:
            held = {renamed.get(name, name): cell for name, cell in row.items() if cell}
            yield ImportedRow(held, sheet.path, number, item_key=f"row {number}", from_table=True)
