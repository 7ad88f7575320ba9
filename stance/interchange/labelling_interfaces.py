"""Make the labelling interface of each tool from a codebook."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from stance.interchange.text_repair import repair_text
from stance.io.json_objects import format_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stance.labels.codebook import Codebook

_LABEL_COLOURS = ("#209cee", "#d33e3e", "#7c7c7c", "#23a55a", "#9b59b6", "#e67e22", "#16a2a2", "#8d6e63")
_MAX_HOTKEY = 9  # hotkeys are the digits from 1


def format_label_studio_config(codebook: Codebook, columns: Sequence[str]) -> str:
    """Return the labelling interface as XML (https://labelstud.io/tags/choices).

    Parameters
    ----------
    codebook
        Its stances become the choices.
    columns
        The columns of the exported sheets.
    """
    header_columns = [name for name in ("article_title", "target") if name in columns]
    choices = "".join(
        f"    <Choice value={_quote_attribute(stance.name)}"
        + (f' hotkey="{number}"' if number <= _MAX_HOTKEY else "")
        + (f" hint={_quote_attribute(stance.definition)}" if stance.definition else "")
        + "/>\n"
        for number, stance in enumerate(codebook.stances, start=1)
    )
    also_choices = "".join(f"    <Choice value={_quote_attribute(name)}/>\n" for name in codebook.stance_names)
    return (
        "<View>\n"
        + "".join(f'  <Header value="${name}" size="5"/>\n' for name in header_columns)
        + '  <Text name="text" value="$text"/>\n'
        + f'  <Choices name="stance" toName="text" choice="single-radio" required="true">\n{choices}  </Choices>\n'
        + '  <Header value="also" size="6"/>\n'
        + f'  <Choices name="also" toName="text" choice="multiple" layout="inline">\n{also_choices}  </Choices>\n'
        + '  <Header value="unsure" size="6"/>\n'
        + '  <Choices name="unsure" toName="text" choice="multiple">\n    <Choice value="yes"/>\n  </Choices>\n'
        + '  <TextArea name="note" toName="text" placeholder="note" maxSubmissions="1" editable="true"/>\n'
        + "</View>\n"
    )


def format_doccano_config(codebook: Codebook) -> str:
    """Return the label types as JSON, with the fields of `label_types/models.py` of doccano's backend."""
    hotkeys = "123456789" + string.ascii_lowercase
    label_types = [
        {
            "text": stance.name,
            "suffix_key": hotkeys[index] if index < len(hotkeys) else None,
            "background_color": _LABEL_COLOURS[index % len(_LABEL_COLOURS)],
            "text_color": "#ffffff",
        }
        for index, stance in enumerate(codebook.stances)
    ]
    return format_json(label_types, ascii_only=True) + "\n"


def format_prodigy_config() -> str:
    """Return settings for recipes with the view `choice` (https://prodi.gy/docs/api-interfaces#choice)."""
    return format_json({"choice_style": "single", "buttons": ["accept", "ignore", "undo"], "show_flag": True}) + "\n"


def _quote_attribute(text: str) -> str:
    return quoteattr(repair_text(text))
