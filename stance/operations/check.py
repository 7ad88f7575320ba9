"""Everything that can be wrong with labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.operations.arguments import (
    DEFAULT_MODEL,
    PathInput,
    PathInputs,
    as_path,
    as_paths,
    check_exclusive,
    find_sheets,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.validation.check import CheckResult


def check(
    sheets: PathInputs | None = None,
    *,
    model: PathInput = DEFAULT_MODEL,
    codebook: PathInput | None = None,
    no_codebook: bool = False,
    columns: Sequence[str] | None = None,
    text_column: str = "text",
    stance_column: str = "stance",
    target_column: str = "target",
) -> CheckResult:
    """Find everything that may be wrong with labels, each with what to do about it.

    Parameters
    ----------
    sheets
        Labelling sheets; by default those in `labels/`.
    model
        A model; the out-of-fold predictions beside it point to labels that may be wrong.
    codebook
        The codebook; by default `codebook.toml` beside a sheet.
    no_codebook
        Use no codebook; take whatever stances the labels contain.
    columns
        The names of the columns of sheets without a header.
    text_column
        The column that holds the texts.
    stance_column
        The column that holds the stances.
    target_column
        The column that holds each row's target.

    Raises
    ------
    UsageError
        `codebook` and `no_codebook` are both given.
    StanceError
        There is no sheet, or the codebook is not valid.

    Examples
    --------
    >>> import stance
    >>> result = stance.check("labels/csto.csv")
    >>> result.n_labels
    48
    >>> [finding.rule_id for finding in result.findings if finding.severity.name == "ERROR"]
    []
    """
    from stance.validation.check import CheckOptions
    from stance.validation.check import check as check_labels

    check_exclusive("--codebook", "--no-codebook", both=codebook is not None and no_codebook)
    return check_labels(
        CheckOptions(
            sheets=tuple(find_sheets(sheets)),
            model_path=as_paths(model)[0],
            codebook_path=as_path(codebook),
            use_codebook=not no_codebook,
            columns=None if columns is None else tuple(columns),
            column_names={"text": text_column, "stance": stance_column, "target": target_column},
        )
    )
