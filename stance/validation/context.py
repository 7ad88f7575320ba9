"""Sheets -> what checks look at: every row as it stands, the labels that count, and what can be settled of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.labels import resolution
from stance.labels.codebook import codebook_from_names
from stance.metrics.near_duplicates import group_near_duplicates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from stance.labels.codebook import Codebook
    from stance.labels.sheets.sheet_file import Sheet

ITEM_COLUMNS = ["comment_id", "target"]
"""What has one stance in the end."""


@dataclass(frozen=True, eq=False)
class CheckContext:
    """What checks look at.

    Attributes
    ----------
    sheets
        The sheets as they were read.
    codebook
        The codebook, None where stances are taken as they are found.
    rows
        All rows of all sheets, as `labels.as_written` gives them.
    last_rows
        Those of them that count.
    """

    sheets: tuple[Sheet, ...]
    codebook: Codebook | None
    rows: pd.DataFrame
    last_rows: pd.DataFrame

    def iter_sheets(self) -> Iterator[tuple[Sheet, pd.DataFrame]]:
        """Give each sheet with its rows among all rows."""
        start = 0
        for sheet in self.sheets:
            end = start + len(sheet.frame)
            yield sheet, self.rows.iloc[start:end]
            start = end

    @cached_property
    def stance_names(self) -> tuple[str, ...]:
        """The stances that there are."""
        return (self.codebook or codebook_from_names(self.last_rows["stance"])).stance_names

    @cached_property
    def spell_stance(self) -> Callable[[str], str | None]:
        """What spells a stance as the codebook does."""
        return resolution.make_stance_normaliser(self.codebook or codebook_from_names(self.last_rows["stance"]))

    @cached_property
    def texts(self) -> dict[str, str]:
        """The text of each comment that has one, the first if it has several."""
        told = self.rows[self.rows["text"].str.strip() != ""].drop_duplicates("comment_id")
        return dict(zip(told["comment_id"], told["text"], strict=True))

    @cached_property
    def conflicting_text_rows(self) -> pd.DataFrame:
        """The rows whose comment has another text in an earlier row, whose place is in first_path and first_row."""
        told = self.rows[self.rows["text"].str.strip() != ""]
        several = told[told.duplicated("comment_id", keep=False)]
        same = several["text"].map(tables.normalise_text)
        first = same.groupby(several["comment_id"]).transform("first")
        where = several.groupby("comment_id")[["path", "row"]].transform("first")
        return several.assign(first_path=where["path"], first_row=where["row"])[same != first]

    @cached_property
    def labels_without_target(self) -> pd.DataFrame:
        """The labels without a target where others have one."""
        without = self.last_rows[self.last_rows["target"] == ""]
        return without if len(without) < len(self.last_rows) else without.iloc[:0]

    @cached_property
    def valid_labels(self) -> pd.DataFrame:
        """The labels that count and hold nothing unknown, `stance` as the codebook spells it."""
        last = self.last_rows
        spelled = pd.Series(
            [self.spell_stance(stance) or "" for stance in last["stance"]], index=last.index, dtype="str"
        )
        sound = (
            (spelled != "")
            & resolution.compute_mask(last["pass"], resolution.is_valid_pass)
            & (last["comment_id"] != "")
        )
        return last.assign(stance=spelled)[sound & ~last.index.isin(self.labels_without_target.index)]

    @cached_property
    def effective_labels(self) -> pd.DataFrame:
        """The readable labels that no adjudication has overruled: of an adjudicated comment only the last of these."""
        adjudicated = self.valid_labels["pass"] == resolution.ADJUDICATED
        settling = self.valid_labels[adjudicated].drop_duplicates(ITEM_COLUMNS, keep="last")
        overruled = _index_items(self.valid_labels).isin(_index_items(settling))
        return self.valid_labels[~overruled | self.valid_labels.index.isin(settling.index)]

    @cached_property
    def conflicting_labels(self) -> pd.DataFrame:
        """The standing labels of comments that these labels differ on."""
        stances = self.effective_labels.groupby(ITEM_COLUMNS)["stance"].transform("nunique")
        return self.effective_labels[stances > 1]

    @cached_property
    def resolved_labels(self) -> pd.DataFrame:
        """One stance a comment and target as `labels.one_stance_each` gives it, of all that can be settled.

        The columns path and row say where the label stands that settles it.
        """
        known = self.valid_labels[
            ~_index_items(self.valid_labels).isin(_index_items(self.conflicting_labels))
            & ~self.valid_labels["comment_id"].isin(self.conflicting_text_rows["comment_id"])
            & self.valid_labels["comment_id"].isin(self.texts)
        ]
        stance = known["stance"].reindex(self.rows.index, fill_value="")
        clean = self.rows.assign(
            stance=stance,
            sampled=self.rows["sampled"].where(self.rows["sampled"].isin(resolution.SAMPLING_METHODS), ""),
            probability=self.rows["probability"].where(
                resolution.compute_mask(self.rows["probability"], resolution.is_valid_probability), ""
            ),
        )
        settled = resolution.resolve_labels(clean[~clean["comment_id"].isin(self.conflicting_text_rows["comment_id"])])
        where = self.effective_labels.drop_duplicates(ITEM_COLUMNS, keep="last")[[*ITEM_COLUMNS, "path", "row"]]
        return settled.merge(where, on=ITEM_COLUMNS)

    @cached_property
    def duplicate_groups(self) -> NDArray[np.int64]:
        """The group of each settled label, of those whose texts say nearly the same."""
        return group_near_duplicates(self.resolved_labels["text"].to_list())

    @cached_property
    def has_unresolved(self) -> bool:
        """Whether some label could not be settled."""
        return len(self.resolved_labels) < len(self.last_rows[ITEM_COLUMNS].drop_duplicates())


def build_check_context(sheets: Sequence[Sheet], codebook: Codebook | None) -> CheckContext:
    """Bring together what checks look at."""
    rows = resolution.concatenate_sheets(sheets)
    return CheckContext(tuple(sheets), codebook, rows, resolution.select_latest_labels(rows))


def _index_items(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[ITEM_COLUMNS])
