"""What the checks look at: all rows of the sheets, the labels that count, and those that can be resolved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from stance import tables
from stance.evaluation.closed_test import find_training_rows
from stance.evaluation.label_groups import group_repeated_texts
from stance.labels import resolution
from stance.labels.codebook import codebook_from_names
from stance.labels.sheets import cell_values
from stance.metrics.near_duplicates import group_near_duplicates

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from stance.labels.codebook import Codebook
    from stance.labels.sheets.sheet_file import Sheet

ITEM_COLUMNS = ["comment_id", "target"]
"""The key of an item, which gets one stance in the end."""


@dataclass(frozen=True, eq=False)
class CheckContext:
    """What the checks look at.

    Attributes
    ----------
    sheets
        The sheets as they were read.
    codebook
        The codebook; None if any stance is accepted.
    rows
        All rows of all sheets, as returned by `resolution.concatenate_sheets`.
    last_rows
        Those of them that count, as returned by `resolution.select_latest_labels`.
    """

    sheets: tuple[Sheet, ...]
    codebook: Codebook | None
    rows: pd.DataFrame
    last_rows: pd.DataFrame

    def iter_sheets(self) -> Iterator[tuple[Sheet, pd.DataFrame]]:
        """Yield each sheet with its part of `rows`."""
        start = 0
        for sheet in self.sheets:
            end = start + len(sheet.frame)
            yield sheet, self.rows.iloc[start:end]
            start = end

    @cached_property
    def stance_names(self) -> tuple[str, ...]:
        """The stances of the codebook, or of the labels if there is none."""
        return self._codebook_or_names.stance_names

    @cached_property
    def spell_stance(self) -> Callable[[str], str | None]:
        """A function that returns a stance as the codebook spells it, or None for an unknown one."""
        return resolution.make_stance_normaliser(self._codebook_or_names)

    @cached_property
    def texts(self) -> dict[str, str]:
        """The first text of each comment, by comment_id."""
        rows = self.rows[self.rows["text"].str.strip() != ""].drop_duplicates("comment_id")
        return dict(zip(rows["comment_id"], rows["text"], strict=True))

    @cached_property
    def conflicting_text_rows(self) -> pd.DataFrame:
        """The rows with another text than the first row of their comment, located by first_path and first_row."""
        with_text = self.rows[self.rows["text"].str.strip() != ""]
        repeated = with_text[with_text.duplicated("comment_id", keep=False)]
        text = repeated["text"].map(tables.normalise_text)
        first_text = text.groupby(repeated["comment_id"]).transform("first")
        first = repeated.groupby("comment_id")[["path", "row"]].transform("first")
        return repeated.assign(first_path=first["path"], first_row=first["row"])[text != first_text]

    @cached_property
    def labels_without_target(self) -> pd.DataFrame:
        """The labels without a target, if others have one."""
        without = self.last_rows[self.last_rows["target"] == ""]
        return without if len(without) < len(self.last_rows) else without.iloc[:0]

    @cached_property
    def valid_labels(self) -> pd.DataFrame:
        """The labels that count and have no unknown value; `stance` is spelled as in the codebook."""
        rows = self.last_rows
        stances = pd.Series(
            [self.spell_stance(stance) or "" for stance in rows["stance"]], index=rows.index, dtype="str"
        )
        has_valid_pass = resolution.compute_mask(rows["pass"], cell_values.is_valid_pass)
        is_valid = (stances != "") & has_valid_pass & (rows["comment_id"] != "")
        return rows.assign(stance=stances)[is_valid & ~rows.index.isin(self.labels_without_target.index)]

    @cached_property
    def effective_labels(self) -> pd.DataFrame:
        """The valid labels that no adjudication overrules; of an adjudicated item only the last adjudication."""
        is_adjudication = self.valid_labels["pass"] == resolution.ADJUDICATED
        adjudications = self.valid_labels[is_adjudication].drop_duplicates(ITEM_COLUMNS, keep="last")
        is_adjudicated = _index_items(self.valid_labels).isin(_index_items(adjudications))
        return self.valid_labels[~is_adjudicated | self.valid_labels.index.isin(adjudications.index)]

    @cached_property
    def conflicting_labels(self) -> pd.DataFrame:
        """The effective labels of items that have several stances."""
        n_stances = self.effective_labels.groupby(ITEM_COLUMNS)["stance"].transform("nunique")
        return self.effective_labels[n_stances > 1]

    @cached_property
    def resolved_labels(self) -> pd.DataFrame:
        """One stance per comment and target as returned by `resolution.resolve_labels`, of all that can be resolved.

        The columns path and row locate the label that decides.
        """
        ids_with_two_texts = self.conflicting_text_rows["comment_id"]
        resolvable = self.valid_labels[
            ~_index_items(self.valid_labels).isin(_index_items(self.conflicting_labels))
            & ~self.valid_labels["comment_id"].isin(ids_with_two_texts)
            & self.valid_labels["comment_id"].isin(self.texts)
        ]
        has_valid_sampling = self.rows["sampled"].isin(resolution.SAMPLING_METHODS)
        has_valid_probability = resolution.compute_mask(self.rows["probability"], cell_values.is_valid_probability)
        rows = self.rows.assign(
            stance=resolvable["stance"].reindex(self.rows.index, fill_value=""),
            sampled=self.rows["sampled"].where(has_valid_sampling, ""),
            probability=self.rows["probability"].where(has_valid_probability, ""),
        )
        resolved = resolution.resolve_labels(rows[~rows["comment_id"].isin(ids_with_two_texts)])
        locations = self.effective_labels.drop_duplicates(ITEM_COLUMNS, keep="last")[[*ITEM_COLUMNS, "path", "row"]]
        return resolved.merge(locations, on=ITEM_COLUMNS)

    @cached_property
    def duplicate_groups(self) -> NDArray[np.int64]:
        """The near-duplicate group of each resolved label, of shape (n_resolved,)."""
        return group_near_duplicates(self.resolved_labels["text"].to_list())

    @cached_property
    def is_trained_on(self) -> NDArray[np.bool_]:
        """Whether each resolved label may be trained on: it neither is in the closed test set nor repeats one in it."""
        groups = group_repeated_texts(self.resolved_labels["text"].to_list())
        return find_training_rows(self.resolved_labels[tables.SPLIT_COLUMN].to_numpy(object), groups)

    @cached_property
    def training_labels(self) -> pd.DataFrame:
        """The resolved labels that may be trained on."""
        return self.resolved_labels[self.is_trained_on]

    @cached_property
    def has_unresolved(self) -> bool:
        """Whether some labelled item could not be resolved."""
        return len(self.resolved_labels) < len(self.last_rows[ITEM_COLUMNS].drop_duplicates())

    @cached_property
    def _codebook_or_names(self) -> Codebook:
        return self.codebook or codebook_from_names(self.last_rows["stance"])


def build_check_context(sheets: Sequence[Sheet], codebook: Codebook | None) -> CheckContext:
    """Collect what the checks look at."""
    rows = resolution.concatenate_sheets(sheets)
    return CheckContext(tuple(sheets), codebook, rows, resolution.select_latest_labels(rows))


def _index_items(rows: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(rows[ITEM_COLUMNS])
