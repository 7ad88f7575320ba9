"""The rules of `stance check`: how severe a finding of each is, and what to do (docs/reference/checks.md)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How severe a finding is, the most severe first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class CheckRule:
    """The severity of a rule's findings, and what to do about them in one sentence."""

    severity: Severity
    remedy: str


_ADJUDICATE_REMEDY = (
    "Adjudicate with 'stance adjudicate', or add a row with the comment_id, the right stance and pass adjudicated."
)

_ERROR_REMEDIES = {
    "unreadable-sheet": "Fix the file at this place and check again; the rest of it was not checked.",
    "unreadable-codebook": "Fix the codebook at this place and check again; stances were not checked against it.",
    "missing-column": "Rename the column that holds it, or name that column with --text-column or --stance-column.",
    "unknown-stance": "Correct the stance, add it to the codebook, or ignore the codebook with --no-codebook.",
    "removed-stance": "Label these comments again with the current codebook, or give the stance its old name back.",
    "unknown-pass": "Write 1, 2, ... or adjudicated, or leave the cell empty, which means 1.",
    "unknown-sampled": "Write given, random, uncertain or disagree, or leave the cell empty.",
    "unknown-probability": "Write a number above 0 and up to 1 with a point, such as 0.05, or leave the cell empty.",
    "unknown-split": "Write test or train, or leave the cell empty, which means train.",
    "unreadable-openings": "Restore the file: without it nobody knows how often the test set was opened.",
    "missing-target": "Write the target of the stance into the column target, as in the other labels.",
    "conflict": _ADJUDICATE_REMEDY,
    "conflict-with-oneself": _ADJUDICATE_REMEDY,
    "two-texts": "Give each comment its own comment_id, or correct the text that is wrong.",
    "missing-text": "Add the sheet with the text to the command, or write the text into the column text.",
    "no-labels": "Label some comments with 'stance label'.",
    "one-stance": "Label comments of at least two stances.",
    "one-text": "Label comments with different texts.",
    "nothing-to-test-by": "Label some comments chosen at random, and write random into their column sampled.",
}

_WARNING_REMEDIES = {
    "rows-in-a-cell": "Close the quote in the first of these lines, unless its text does continue over them.",
    "labels-in-journal": "Run 'stance label' on the sheet, or delete the journal beside it if they are not wanted.",
    "guessed-encoding": "Look at the characters; if they are wrong, save the sheet again as CSV UTF-8.",
    "equal-texts-differ": "Compare them and correct the wrong one, unless their context makes the difference.",
    "similar-texts-differ": "Compare them and correct the wrong one, unless they do say different things.",
    "sheets-differ": "Write the annotator into each sheet's column annotator, or remove the row that is wrong.",
    "older-label-counts": "If the sheet was sorted, put its rows back in the order of labelled_at.",
    "changed-without-a-name": "If two people labelled, write their names into the column annotator; if not, nothing.",
    "withdrawn-by-empty-row": "Remove the empty row if the label should still count.",
    "adjudications-differ": "Remove all but the right one.",
    "missing-annotator": "Write the name of the annotator of these labels into the column annotator.",
    "old-codebook": "Read the stance's definition and rules again, and relabel these comments where they changed.",
    "unknown-date": "Write dates as 2026-11-22 or 2026-11-22T10:15:03+00:00, and format such columns as text.",
    "unknown-seed": "Write the whole number that was used as random seed, or leave the cell empty.",
    "unknown-draw": "Correct it before the comment is labelled, since its labels copy it.",
    "suspect-label": "Read these comments again, and keep the label if you still think it right: models often err.",
    "stance-without-labels": "Find and label 10 or more comments of this stance, or remove it from the codebook.",
    "few-labels-of-stance": "Label more comments of this stance, 10 or more in all.",
    "large-group": "Label comments by other authors and with other texts; until then, doubt the scores.",
    "partial-probabilities": "Write the inclusion probability of every randomly chosen comment, or of none.",
    "unfinished-draw": "Label the rest, or report in publications how many are missing and why.",
    "error-for-a-cell": "Copy the cell from an undamaged version of the sheet, and format its column as text.",
    "damaged-id": "Copy the ids from an undamaged version of the sheet, and format their column as text.",
    "damaged-codebook-version": "Copy the cells from an undamaged version of the sheet, and format them as text.",
    "cut-text": "Copy the rest of the text from a version of the sheet that still has it.",
    "garbled-text": "Copy the text from an undamaged version of the sheet, and save the sheet as CSV UTF-8.",
    "control-characters": "Delete the invisible characters, or type the cell again.",
    "apostrophe": "Delete the apostrophe: a spreadsheet added it, and it is not part of the cell.",
    "equal-rows": "Remove rows that were pasted twice; give different comments a comment_id each.",
    "misspelt-column": "Rename the column if that is what is meant; until then it is ignored.",
    "similar-ids": "Write the id of one comment in one way.",
    "similar-names": "Write each name in one way; until then they count as different names.",
}

_NOTE_REMEDIES = {
    "changed-label": "Nothing, if this was intended.",
    "withdrawn-label": "Nothing, if this was intended.",
    "missing-codebook-version": "Nothing, or label them again with the current codebook.",
    "few-labels-of-target": "Label more comments with this target, 20 or more in all.",
    "repeated-text": "Nothing: they are kept in one fold, so that no text is tested that was trained on.",
    "several-by-author": "Nothing: the comments of one author are kept in one fold.",
    "not-one-author": "Nothing, or train with '--group-column author' if each of these names is one person's.",
    "example-repeats-label": "Nothing: it is not trained on. Other examples would teach the model more.",
    "no-model": "Train one with 'stance train', and check again.",
    "no-skill": "Label more comments, train again, and read the verdict of 'stance train'.",
    "other-labels": "Run 'stance train' on these sheets, and check again.",
    "learnt-only": "Nothing; labels of comments chosen at random can be compared.",
    "formula": "When opening the sheet in a spreadsheet, import these columns as text, or do not save it.",
    "columns-differ": "Nothing, if the sheet has nothing to say in these columns.",
}

CHECK_RULES = {
    rule_id: CheckRule(severity, remedy)
    for severity, remedies in (
        (Severity.ERROR, _ERROR_REMEDIES),
        (Severity.WARNING, _WARNING_REMEDIES),
        (Severity.NOTE, _NOTE_REMEDIES),
    )
    for rule_id, remedy in remedies.items()
}
"""Every rule by its id. An error means that training, agreement or labelling refuses the sheets or would be wrong."""
