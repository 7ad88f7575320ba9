"""The publications that a methods text cites, as a list for readers and as BibTeX."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLACES = ("journal", "booktitle", "publisher", "institution", "howpublished")
_BIBTEX_CHARACTERS = str.maketrans({"ü": r"{\"u}", "&": r"\&"})


@dataclass(frozen=True)
class Reference:
    """A publication.

    Attributes
    ----------
    key
        The key by which it is cited.
    type
        The type of its BibTeX entry.
    authors
        Surname, comma and given names; in braces if the name of a group.
    title
        The title.
    year
        The year of publication.
    fields
        The other fields of its BibTeX entry.
    """

    key: str
    type: str
    authors: tuple[str, ...]
    title: str
    year: int
    fields: dict[str, str]

    @property
    def line(self) -> str:
        """The reference as one line of a list."""
        authors = "; ".join(author.strip("{}") for author in self.authors)
        edition = f" ({self.fields['edition']} edition)" if "edition" in self.fields else ""
        place = " ".join(self.fields[name] for name in (*_PLACES, "volume") if name in self.fields)
        number = f"({self.fields['number']})" if "number" in self.fields else ""
        pages = f", {self.fields['pages']}" if "pages" in self.fields else ""
        doi = f" doi:{self.fields['doi']}" if "doi" in self.fields else ""
        return f"{authors} ({self.year}). {self.title}{edition}. {place}{number}{pages}.{doi}"

    @property
    def bibtex(self) -> str:
        """The reference as a BibTeX entry in ASCII."""
        fields = {
            "author": " and ".join(self.authors),
            "title": f"{{{self.title}}}",  # braces keep capitals
            "year": str(self.year),
            **self.fields,
        }
        if "pages" in fields:
            fields["pages"] = fields["pages"].replace("-", "--")
        lines = [f"  {name} = {{{value.translate(_BIBTEX_CHARACTERS)}}},\n" for name, value in fields.items()]
        return f"@{self.type}{{{self.key},\n{''.join(lines)}}}\n"


@cache
def read_references() -> dict[str, Reference]:
    """Return all publications that a methods text may cite, by key."""
    text = (files("stance.reports.methods") / "references.toml").read_text(encoding="utf-8")
    references = {}
    for key, entry in tomllib.loads(text).items():
        known = {name: entry.pop(name) for name in ("type", "title", "year")}
        references[key] = Reference(key=key, authors=tuple(entry.pop("authors")), fields=entry, **known)
    return references


def format_bibliography(keys: Iterable[str]) -> str:
    """Return a BibTeX file with the cited publications."""
    return "\n".join(read_references()[key].bibtex for key in keys)
