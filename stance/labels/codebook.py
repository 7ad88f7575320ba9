"""The codebook: which stances there are, how to tell them apart, and what they sound like."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stance.errors import CodebookError, MissingFileError
from stance.io.csv_rows import refusing_conflicts, split_lines
from stance.io.decoding import decode
from stance.tables import CANNOT_TELL, normalised

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FILE_NAME = "codebook.toml"

_RESERVED = "group_"  # how the columns of groups begin

_TEXTS = ("definition", "target", "direction", "group")
_LISTS = ("rules", "keywords")


@dataclass(frozen=True)
class Stance:
    """One stance of a codebook; everything but its name may be empty."""

    name: str
    definition: str = ""
    rules: tuple[str, ...] = ()
    target: str = ""
    direction: str = ""
    group: str = ""
    keywords: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    contrast: tuple[str, ...] = ()


@dataclass(frozen=True)
class Codebook:
    """The stances in their order, and the rules that hold for all of them."""

    stances: tuple[Stance, ...]
    title: str = ""
    rules: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the stances, in the codebook's order."""
        return tuple(stance.name for stance in self.stances)

    @property
    def groups(self) -> dict[str, str]:
        """The group of each stance; empty where no stance belongs to a group of another name."""
        groups = {stance.name: stance.group or stance.name for stance in self.stances}
        return groups if any(name != group for name, group in groups.items()) else {}

    @property
    def examples(self) -> list[tuple[str, str]]:
        """All (text, stance) that teach the model."""
        return [(text, stance.name) for stance in self.stances for text in stance.examples]

    @property
    def contrast(self) -> list[tuple[str, str]]:
        """All (text, stance) that test the model and never train it."""
        return [(text, stance.name) for stance in self.stances for text in stance.contrast]

    def version(self, name: str) -> str:
        """Identify what a stance means now by 8 hex digits of its definition and the rules that bear on it.

        Raises
        ------
        KeyError
            The codebook has no such stance.
        """
        stance = {stance.name: stance for stance in self.stances}[name]
        meaning = json.dumps([stance.definition, stance.rules, self.rules], ensure_ascii=False)
        return hashlib.sha256(meaning.encode()).hexdigest()[:8]

    def to_json(self) -> str:
        """Write the codebook as one string, for a model file."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Codebook:
        """Read what `to_json` wrote."""
        fields = json.loads(text)
        stances = tuple(
            Stance(**{key: _frozen(value) for key, value in stance.items()}) for stance in fields["stances"]
        )
        if not all(isinstance(each, str) for stance in stances for each in (stance.name, stance.group)):
            raise TypeError("a stance or group is not called by a text")
        return cls(stances, fields["title"], tuple(fields["rules"]))


def from_names(names: Iterable[str]) -> Codebook:
    """Make the codebook of a table that has none: its stances as they are found, in alphabetical order."""
    return Codebook(tuple(Stance(name) for name in sorted(set(names))))


def read_codebook(path: Path) -> Codebook:
    """Read a codebook from a TOML file.

    Raises
    ------
    MissingFileError
        There is no such file.
    CodebookError
        It is no TOML, or not the form of a codebook.
    """
    if not path.is_file():
        raise MissingFileError(path)
    try:
        text = decode(path.read_bytes()).text
        fields = tomllib.loads("".join(refusing_conflicts(split_lines(text), path)))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CodebookError(path, str(error), "correct the file at that place") from None
    return _parse(fields, path)


def codebook_beside(sheets: Sequence[Path]) -> Path | None:
    """Find the codebook that lies beside the sheets.

    Raises
    ------
    CodebookError
        The sheets lie beside different codebooks.
    """
    found = {path.parent / FILE_NAME for path in sheets if (path.parent / FILE_NAME).is_file()}
    if len({path.read_bytes() for path in found}) > 1:
        raise CodebookError(min(found), "another sheet has another codebook beside it", "name one by --codebook")
    return min(found, default=None)


def _parse(fields: dict[str, Any], path: Path) -> Codebook:
    if unknown := fields.keys() - {"codebook", "stances", "examples", "contrast"}:
        raise CodebookError(path, f"unknown table [{min(unknown)}]")
    tables = {key: fields.get(key, {}) for key in ("codebook", "stances", "examples", "contrast")}
    for key, table in tables.items():
        if not isinstance(table, dict):
            raise CodebookError(path, f"[{key}] is no table")
    if not tables["stances"]:
        raise CodebookError(path, "no [stances.NAME] in it")
    for key in ("examples", "contrast"):
        if unknown := tables[key].keys() - tables["stances"].keys():
            raise CodebookError(path, f"[{key}] of a stance that is not defined, {min(unknown)!r}")
    folded = [name.casefold() for name in tables["stances"]]
    if len(set(folded)) < len(folded):
        raise CodebookError(path, "two stances differ in capital letters only", "give one another name")
    stances = tuple(
        _stance(name, entry, tables["examples"].get(name, []), tables["contrast"].get(name, []), path)
        for name, entry in tables["stances"].items()
    )
    _refuse_doubles(stances, path)
    title = tables["codebook"].get("title", "")
    return Codebook(stances, str(title), _strings(tables["codebook"].get("rules", []), "rules", path))


def _refuse_doubles(stances: Sequence[Stance], path: Path) -> None:
    """No text may be taught twice, tested twice, or taught and tested."""
    seen = set()
    for text in (text for stance in stances for text in (*stance.examples, *stance.contrast)):
        if (key := normalised(text)) in seen:
            raise CodebookError(path, f"the text {text[:60]!r} stands there twice", "remove one of them")
        seen.add(key)


def _stance(name: str, entry: Any, examples: Any, contrast: Any, path: Path) -> Stance:
    if not isinstance(entry, dict):
        raise CodebookError(path, f"[stances.{name}] is no table")
    for called in (name, entry.get("group", "")):
        if called == CANNOT_TELL or str(called).startswith(_RESERVED) or called != str(called).strip():
            raise CodebookError(path, f"a stance or group cannot be called {called!r}", "give it another name")
    if not name:
        raise CodebookError(path, "a stance has no name", "give it one")
    if unknown := entry.keys() - {*_TEXTS, *_LISTS}:
        raise CodebookError(path, f"unknown key {min(unknown)!r} in [stances.{name}]")
    for key in _TEXTS:
        if not isinstance(entry.get(key, ""), str):
            raise CodebookError(path, f"{key} of {name!r} is no text")
    return Stance(
        name=name,
        definition=entry.get("definition", ""),
        target=entry.get("target", ""),
        direction=entry.get("direction", ""),
        group=entry.get("group", ""),
        rules=_strings(entry.get("rules", []), f"rules of {name!r}", path),
        keywords=_strings(entry.get("keywords", []), f"keywords of {name!r}", path),
        examples=_strings(examples, f"examples of {name!r}", path),
        contrast=_strings(contrast, f"contrast of {name!r}", path),
    )


def _strings(value: Any, what: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise CodebookError(path, f"{what} must be a list of texts")
    return tuple(value)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
