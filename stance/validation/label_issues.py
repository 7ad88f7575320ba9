"""Labels that models which had not learnt from them would have given otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance import tables
from stance.evaluation import label_issues, splits
from stance.evaluation.predictions import read_oof, select_model_rows
from stance.reports.text_format import pluralise
from stance.validation.context import ITEM_COLUMNS
from stance.validation.findings import Finding, locate_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from stance.validation.context import CheckContext


def find_suspect_labels(context: CheckContext, model_path: Path) -> Iterator[Finding]:
    """Find labels that may be wrong by the predictions beside a model, all made by models that did not see the label.

    What the model itself would answer is no evidence: it has learnt from these very labels. So a label that came after
    the model, or was only learnt from, is counted and not compared.
    """
    settled = context.resolved_labels
    if not len(settled):
        return
    if not model_path.is_file():
        yield Finding(
            "no-model", f"there is no model at {model_path}, so labels were not compared with what models answer"
        )
        return
    oof = _read_oof_if_valid(model_path.with_name("oof.csv"))
    if oof is None:
        yield Finding(
            "no-model", f"no oof.csv that can be read lies beside {model_path}, so labels were not compared with it"
        )
        return
    then = select_model_rows(oof).drop_duplicates(ITEM_COLUMNS)[[*ITEM_COLUMNS, "stance"]]
    tested = settled["sampled"].isin(splits.TEST_SAMPLING_METHODS)
    both = settled[tested].merge(then, on=ITEM_COLUMNS, suffixes=("", "_then"))
    kept = int((both["stance"] == both["stance_then"]).sum())
    if 2 * kept < len(both) or not kept:
        # Comments that are numbered from 1 have the ids of others.
        yield Finding(
            "other-labels", f"the model at {model_path} was made from other labels, so these were not compared"
        )
        return
    new, changed = int(tested.sum()) - len(both), len(both) - kept
    told = [f"{pluralise(new, 'label')} came after the model and {_was_or_were(new)} not compared"] if new else []
    told += [f"{pluralise(changed, 'label')} changed"] if changed else []
    if told:
        yield Finding("other-labels", "; ".join(told))
    if not tested.all():
        chosen = pluralise(int((~tested).sum()), "label")
        what = f"{chosen} of comments that a model chose: these are only learnt from, and were not compared"
        yield Finding("learnt-only", what)
    met = {column.removeprefix(tables.probability_column("")) for column in oof.columns}
    found = label_issues.rank_suspect_labels(oof, settled[tested & settled["stance"].isin(met)])
    if len(found):
        where = found.merge(settled[[*ITEM_COLUMNS, "path", "row"]], on=ITEM_COLUMNS)
        likelier = [
            f"{stance} ({probability:.0%}), {suggested} is likelier"
            for stance, probability, suggested in found[["stance", "probability", "suggested"]].to_numpy()
        ]
        what = "models that had not learnt from these labels find another stance more probable"
        most = (
            f"; the {len(found)} that they find least probable" if len(found) == label_issues.MAX_SUSPECT_LABELS else ""
        )
        yield Finding("suspect-label", what + most, locate_rows(where, likelier))


def _was_or_were(count: int) -> str:
    return "was" if count == 1 else "were"


def _read_oof_if_valid(path: Path) -> pd.DataFrame | None:
    """Read an out-of-fold table; none if there is none, or it is something else."""
    try:
        table = read_oof(path)
    except (OSError, ValueError):  # of which pandas makes its own
        return None
    return table if set(tables.OOF_COLUMNS) <= set(table.columns) else None
