"""Plain CSV for R, Stata, SPSS and Excel: one row per label, or one row per comment with its resolved stance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.errors import EmptyTableError, MissingColumnError
from stance.interchange import doccano, label_studio_flat
from stance.interchange.row_records import ImportedRow, SheetItem
from stance.io.json_objects import JsonRecord
from stance.labels import resolution

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stance.labels.codebook import Codebook
    from stance.labels.sheets.sheet_file import Sheet

RESOLVED_COLUMNS = ("stance", "also", "target", "labels", "annotators", "adjudicated", "sampled", "seed", "probability")
"""Columns of a resolved comment; `labels` is the number of its labels, `adjudicated` whether it was adjudicated."""


def resolve_labels_to_frame(
    sheets: Sequence[Sheet], codebook: Codebook | None, items: Sequence[SheetItem]
) -> pd.DataFrame:
    """Return one row per labelled comment and target, with the stance that its labels agree on or the adjudicated one.

    Raises
    ------
    EmptyTableError
        No comment has a label.
    StanceError
        The labels of a comment disagree and are not adjudicated, or a label is not valid; see
        `resolution.combine_labels` and `resolution.resolve_labels`.
    """
    labels, _ = resolution.combine_labels(sheets, codebook)
    resolved = resolution.resolve_labels(labels)
    if resolved.empty:
        raise EmptyTableError(sheets[0].path, "labels")
    labels_by_item = labels[labels["stance"] != ""].groupby(["comment_id", "target"], sort=False)
    label_info = {
        item: {
            "labels": str(int((rows["pass"] != resolution.ADJUDICATED).sum())),
            "annotators": "; ".join(dict.fromkeys(rows["annotator"][rows["annotator"] != ""])),
            "adjudicated": "yes" if (rows["pass"] == resolution.ADJUDICATED).any() else "",
        }
        for item, rows in labels_by_item
    }
    comment_cells = {item.cells.get("comment_id", "").strip(): item.cells for item in items}
    rows = []
    for row in resolved.to_dict("records"):
        comment_id = row["comment_id"]
        info = label_info[comment_id, row["target"]]
        resolved_cells = {name: str(row[name]) for name in RESOLVED_COLUMNS if name not in info}
        rows.append(comment_cells.get(comment_id, {}) | {"comment_id": comment_id} | resolved_cells | info)
    other_names = [name for cells in comment_cells.values() for name in cells if name not in tables.SHEET_COLUMNS]
    columns = dict.fromkeys([*tables.COMMENT_COLUMNS, *RESOLVED_COLUMNS, *other_names])
    frame = pd.DataFrame(rows, columns=list(columns), dtype="str").fillna("")
    return frame.loc[:, [name in RESOLVED_COLUMNS or frame[name].ne("").any() for name in frame.columns]]


def read_table_rows(sheet: Sheet, text_column: str, stance_column: str) -> Iterator[ImportedRow]:
    """Yield the rows of a table with one row per label; CSV exports of Label Studio and doccano are recognised.

    Raises
    ------
    MissingColumnError
        The table has neither a text column nor ids.
    """
    columns = list(sheet.frame.columns)
    cells = sheet.frame.to_numpy(dtype=object).tolist()
    row_numbers = map(int, sheet.frame.index)
    rows = [(number, dict(zip(columns, row, strict=True))) for number, row in zip(row_numbers, cells, strict=True)]
    if label_studio_flat.is_flat_export(columns):
        yield from label_studio_flat.read_flat_export(rows, sheet.path, text_column, stance_column)
    elif "label" in columns and stance_column not in columns:
        records = (JsonRecord(row | {"label": row["label"].split("#")}, number) for number, row in rows)
        yield from doccano.read_doccano_examples(records, sheet.path, text_column, "label")
    else:
        is_own_sheet = text_column == "text" and "comment_id" in columns  # it may add labels to comments by their ids
        if text_column not in columns and not is_own_sheet:
            raise MissingColumnError(text_column, columns, sheet.path, "name the text column with --text-column")
        new_names = {text_column: "text", stance_column: "stance"}
        for number, row in rows:
            renamed = {new_names.get(name, name): cell for name, cell in row.items() if cell}
            yield ImportedRow(renamed, sheet.path, number, item_key=f"row {number}", from_table=True)
