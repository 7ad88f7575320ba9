"""What can be found in labels: how bad each kind is, and what to do about it; docs/checks.md says what each means."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class CheckRule:
    """A kind of finding: how bad it is, and what to do about it in one sentence."""

    severity: Severity
    remedy: str


_ADJUDICATE_REMEDY = (
    "Settle each with 'stance adjudicate', or add a row with its comment_id, the right stance and pass adjudicated."
)

_ERROR_REMEDIES = {
    "unreadable-sheet": "Mend the file there and check again; nothing else in it was checked.",
    "unreadable-codebook": "Mend the codebook there and check again; stances were not compared with it.",
    "missing-column": "Rename the column that holds it, or name that column by --text-column or --stance-column.",
    "unknown-stance": "Correct the stance, or add it to the codebook, or take stances as they are by --no-codebook.",
    "removed-stance": "Label these comments again by the codebook as it is, or give the stance its old name back.",
    "unknown-pass": "Write 1, 2, ... or adjudicated, or leave the cell empty, which means 1.",
    "unknown-sampled": "Write given, random, uncertain or disagree, or leave the cell empty.",
    "unknown-probability": "Write a number above 0 and up to 1 with a point, such as 0.05, or leave the cell empty.",
    "missing-target": "Write into the column target what the stance is toward, as other labels do.",
    "conflict": _ADJUDICATE_REMEDY,
    "conflict-with-oneself": _ADJUDICATE_REMEDY,
    "two-texts": "Give each comment an id of its own, or correct the text that is wrong.",
    "missing-text": "Name the sheet that holds the text as well, or write the text into the column text.",
    "no-labels": "Label some comments with 'stance label'.",
    "one-stance": "Label comments of at least two stances.",
    "one-text": "Label comments that say other things.",
    "nothing-to-test-by": "Label some comments that are drawn at random, and write random into their column sampled.",
}

_WARNING_REMEDIES = {
    "rows-in-a-cell": "Close the quote in the first of these lines, unless its text does go on over them.",
    "labels-in-journal": "Run 'stance label' on the sheet, or delete the journal beside it if they are not meant.",
    "guessed-encoding": "Look at the letters; if they are wrong, save the sheet anew as CSV UTF-8.",
    "equal-texts-differ": "Read them side by side and correct the wrong one, unless their place makes the difference.",
    "similar-texts-differ": "Read them side by side and correct the wrong one, unless they do say different things.",
    "sheets-differ": "Write into each sheet's column annotator who labelled, or remove the row that is wrong.",
    "older-label-counts": "If the sheet was sorted, put its rows back in the order of labelled_at.",
    "changed-without-a-name": "If two people labelled, write their names into the column annotator; if not, nothing.",
    "withdrawn-by-empty-row": "Remove the empty row if the label is still meant.",
    "adjudications-differ": "Remove all but the one that holds.",
    "missing-annotator": "Write into the column annotator who gave these labels.",
    "old-codebook": "Read the stance's definition and rules again, and label these comments again where they changed.",
    "unknown-date": "Write dates as 2026-11-22 or 2026-11-22T10:15:03+00:00, and format such columns as text.",
    "unknown-seed": "Write the whole number that the draw was made with, or leave the cell empty.",
    "unknown-draw": "Correct it before the comment is labelled, since its labels take it over.",
    "suspect-label": "Read these comments again, and keep the label where you still think it right: models often err.",
    "stance-without-labels": "Find and label 10 or more comments of this stance, or remove it from the codebook.",
    "few-labels-of-stance": "Label more comments of this stance, 10 or more in all.",
    "partial-probabilities": "Write the probability of each comment that was drawn at random, or of none.",
    "unfinished-draw": "Label the rest, or say in what you publish how many are missing and why.",
    "error-for-a-cell": "Copy the cell from where it is still right, and format its column as text.",
    "damaged-id": "Copy the ids from where they are still right, and format their column as text.",
    "damaged-codebook-version": "Copy the cells from where they are still right, and format their column as text.",
    "cut-text": "Copy the rest of the text from where it is still whole.",
    "garbled-text": "Copy the text from where it is still right, and save the sheet as CSV UTF-8.",
    "control-characters": "Delete what cannot be seen, or type the cell anew.",
    "apostrophe": "Delete the apostrophe, which a spreadsheet put there and which is no part of the cell.",
    "equal-rows": "Remove those that were pasted twice; give those that are comments of their own an id each.",
    "misspelt-column": "Rename the column if that is what is meant; until then nothing in it is used.",
    "similar-ids": "Write the id of one comment in one way.",
    "similar-names": "Write one name in one way; until then they count as different ones.",
}

_NOTE_REMEDIES = {
    "changed-label": "Nothing, if that is what was meant.",
    "withdrawn-label": "Nothing, if that is what was meant.",
    "missing-codebook-version": "Nothing, or label them again by the codebook as it is.",
    "few-labels-of-target": "Label more comments toward it, 20 or more in all.",
    "nothing-chosen": "Label more comments; until then the fixed settings serve.",
    "no-model": "Make one by 'stance train', and check again.",
    "other-labels": "Run 'stance train' on these sheets, and check again.",
    "learnt-only": "Nothing; labels of comments drawn at random can be compared.",
    "formula": "When a spreadsheet opens the sheet, import these columns as text, and do not save it otherwise.",
    "columns-differ": "Nothing, if the sheet has nothing to write there.",
}

CHECK_RULES = {
    name: CheckRule(severity, remedy)
    for severity, kinds in (
        (Severity.ERROR, _ERROR_REMEDIES),
        (Severity.WARNING, _WARNING_REMEDIES),
        (Severity.NOTE, _NOTE_REMEDIES),
    )
    for name, remedy in kinds.items()
}
"""Every kind by its name. An error: training, agreement or labelling refuses the sheets, or figures would be wrong."""
