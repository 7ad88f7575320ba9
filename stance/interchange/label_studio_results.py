"""Read the results of Label Studio annotations: choices, texts and annotators, in any of its export formats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stance.interchange.row_records import LabelContent
from stance.io.json_objects import JsonNumber, json_to_cell

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMN_PREFIX = "label_studio"
CONTROL_NAMES = ("also", "unsure", "note")
"""Names of the controls for the parts of a label beside its stance."""


def parse_choices(value: Any) -> list[str] | None:
    """Return the choices or texts in a value, None if it has neither.

    The value is a string, a list of strings, or an object with the key `choices` or `text`.
    """
    if isinstance(value, dict):
        value = value.get("choices", value.get("text"))
    if isinstance(value, str) and not isinstance(value, JsonNumber):
        return [value]
    return [json_to_cell(choice) for choice in value] if isinstance(value, list) else None


def label_from_choices(
    choices_by_control: Mapping[str, list[str]], stance_control: str, *, skipped: bool
) -> LabelContent:
    """Return the label that the choices of an annotation make up; the first of several stances is the main one."""
    stances = [choice.strip() for choice in choices_by_control.get(stance_control, []) if choice.strip()]
    also = [choice.strip() for choice in choices_by_control.get("also", []) if choice.strip()]
    note = "\n".join(choices_by_control.get("note", [])).strip()
    unsure = any(map(str.strip, choices_by_control.get("unsure", [])))
    stance = stances[0] if stances else ""
    return LabelContent(stance, (*stances[1:], *also), unsure and bool(stance), skipped and not stance, note)


def get_annotator_name(user: Any, emails: Mapping[str, str]) -> str:
    """Return the name of an annotator in a sheet.

    Parameters
    ----------
    user
        The user in the file: an object, an address or a user number.
    emails
        Known addresses by user number; a number without address becomes "label-studio:NUMBER".
    """
    if isinstance(user, dict):
        email = json_to_cell(user.get("email"))
        full_name = " ".join(filter(None, (json_to_cell(user.get("first_name")), json_to_cell(user.get("last_name")))))
        return email or full_name or get_annotator_name(user.get("id"), emails)
    name = json_to_cell(user)
    return emails.get(name, f"label-studio:{name}" if name.isdecimal() else name)


def prefix_extra_cells(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """Return values that a sheet has no column for as cells with prefixed names.

    Parameters
    ----------
    values
        A task or an annotation.
    names
        The keys to keep, and the names that get the prefix.
    """
    return {f"{COLUMN_PREFIX}_{name}": json_to_cell(values[key]) for key, name in names.items() if values.get(key)}
