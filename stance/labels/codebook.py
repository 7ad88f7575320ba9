"""Read a codebook: the stances, their definitions and rules, and example texts."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from stance.errors import CodebookError
from stance.io.csv_rows import reject_merge_conflicts, split_lines
from stance.io.decoding import decode_bytes
from stance.io.paths import check_input_path
from stance.tables import CANNOT_TELL, normalise_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

CODEBOOK_FILE_NAME = "codebook.toml"

_RESERVED_PREFIX = "group_"  # of the probability columns of stance groups

FAVOUR, AGAINST = "favour", "against"
DIRECTIONS = (FAVOUR, AGAINST)
"""The values of `direction`: a stance is for or against its target."""

_DIRECTION_OF_NAME = {"favor": FAVOUR, "favour": FAVOUR, "for": FAVOUR, "against": AGAINST}

_STRING_KEYS = ("definition", "target", "direction", "group")
_LIST_KEYS = ("rules", "keywords")


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
    """The stances in their order, and the rules that apply to all of them."""

    stances: tuple[Stance, ...]
    title: str = ""
    rules: tuple[str, ...] = ()

    @property
    def stance_names(self) -> tuple[str, ...]:
        """The names of the stances, in the codebook's order."""
        return tuple(stance.name for stance in self.stances)

    @property
    def groups(self) -> dict[str, str]:
        """The group of each stance; empty if no stance belongs to a group with another name."""
        groups = {stance.name: stance.group or stance.name for stance in self.stances}
        return groups if any(name != group for name, group in groups.items()) else {}

    @property
    def directions(self) -> dict[str, str]:
        """Whether each stance is for or against the target of all; empty unless some stance is for and some against it.

        Stances without a direction are left out. Where stances with a direction have different targets, no figure can
        tell favour from opposition, and the dict is empty.
        """
        directed = [stance for stance in self.stances if stance.direction]
        has_both = {stance.direction for stance in directed} == set(DIRECTIONS)
        has_one_target = len({stance.target for stance in directed}) == 1
        return {stance.name: stance.direction for stance in directed} if has_both and has_one_target else {}

    @property
    def group_directions(self) -> dict[str, str]:
        """The direction of each group, as `directions`; empty if stances of one group have different directions."""
        of_group: dict[str, set[str]] = {}
        for stance, group in self.groups.items():
            of_group.setdefault(group, set()).add(self.directions.get(stance, ""))
        if any(len(directions) > 1 for directions in of_group.values()):
            return {}
        return {group: direction for group, (direction,) in of_group.items() if direction}

    @property
    def examples(self) -> list[tuple[str, str]]:
        """All example texts as (text, stance); the model is trained on them."""
        return [(text, stance.name) for stance in self.stances for text in stance.examples]

    @property
    def contrast(self) -> list[tuple[str, str]]:
        """All contrast texts as (text, stance); the model is tested on them and never trained on them."""
        return [(text, stance.name) for stance in self.stances for text in stance.contrast]

    def stance_version(self, name: str) -> str:
        """Return 8 hex digits of a hash of a stance's definition, its rules and the general rules.

        Labels record it, so that labels given under an older definition can be recognised.

        Raises
        ------
        KeyError
            The codebook has no such stance.
        """
        stance = {stance.name: stance for stance in self.stances}[name]
        meaning = json.dumps([stance.definition, stance.rules, self.rules], ensure_ascii=False)
        return hashlib.sha256(meaning.encode()).hexdigest()[:8]

    def to_json(self) -> str:
        """Return the codebook as a JSON string, for the model file."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Codebook:
        """Return the codebook that `to_json` has written."""
        fields = json.loads(text)
        stances = tuple(
            Stance(**{key: _list_to_tuple(value) for key, value in stance.items()}) for stance in fields["stances"]
        )
        if not all(isinstance(name, str) for stance in stances for name in (stance.name, stance.group)):
            raise TypeError("the name of a stance or group is not a string")
        return cls(stances, fields["title"], tuple(fields["rules"]))


def codebook_from_names(names: Iterable[str], *, with_directions: bool = False) -> Codebook:
    """Return a codebook of stances without definitions, in alphabetical order, for labels that have none.

    Parameters
    ----------
    names
        The stances.
    with_directions
        Whether stances called favor, favour, for and against, in any case, have a direction, as in SemEval-2016 Task 6.

    Examples
    --------
    >>> codebook_from_names(["for", "against", "for"]).stance_names
    ('against', 'for')
    >>> codebook_from_names(["FAVOR", "AGAINST", "NONE"], with_directions=True).directions
    {'AGAINST': 'against', 'FAVOR': 'favour'}
    """
    direction_of_name = _DIRECTION_OF_NAME if with_directions else {}
    return Codebook(
        tuple(Stance(name, direction=direction_of_name.get(name.casefold(), "")) for name in sorted(set(names)))
    )


def read_codebook(path: Path) -> Codebook:
    """Read a codebook from a TOML file.

    Raises
    ------
    MissingFileError, UnreadableFileError
        The file does not exist, or is a folder.
    CodebookError
        The file is not valid TOML, or does not have the form of a codebook.
    """
    check_input_path(path)
    try:
        text = decode_bytes(path.read_bytes()).text
        fields = tomllib.loads("".join(reject_merge_conflicts(split_lines(text), path)))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CodebookError(path, str(error), "fix the file at this place") from None
    return _parse_codebook(fields, path)


def find_codebook(sheet_paths: Sequence[Path]) -> Path | None:
    """Return the path of the `codebook.toml` in the folder of the sheets, or None.

    Raises
    ------
    CodebookError
        The folders of the sheets have different codebooks.
    """
    candidates = {path.parent / CODEBOOK_FILE_NAME for path in sheet_paths}
    codebooks = {path for path in candidates if path.is_file()}
    if len({path.read_bytes() for path in codebooks}) > 1:
        raise CodebookError(
            min(codebooks), "the folders of the sheets have different codebooks", "choose one with --codebook"
        )
    return min(codebooks, default=None)


def _parse_codebook(fields: dict[str, Any], path: Path) -> Codebook:
    if unknown := fields.keys() - {"codebook", "stances", "examples", "contrast"}:
        raise CodebookError(path, f"unknown table [{min(unknown)}]")
    tables = {key: fields.get(key, {}) for key in ("codebook", "stances", "examples", "contrast")}
    for key, table in tables.items():
        if not isinstance(table, dict):
            raise CodebookError(path, f"[{key}] is not a table")
    if not tables["stances"]:
        raise CodebookError(path, "it has no table [stances.NAME]")
    for key in ("examples", "contrast"):
        if unknown := tables[key].keys() - tables["stances"].keys():
            raise CodebookError(path, f"[{key}] names a stance that is not defined, {min(unknown)!r}")
    lower_case_names = {name.casefold() for name in tables["stances"]}
    if len(lower_case_names) < len(tables["stances"]):
        raise CodebookError(path, "two stances differ only in upper and lower case", "rename one of them")
    stances = tuple(
        _parse_stance(name, table, tables["examples"].get(name, []), tables["contrast"].get(name, []), path)
        for name, table in tables["stances"].items()
    )
    _check_texts_are_distinct(stances, path)
    title = tables["codebook"].get("title", "")
    return Codebook(stances, str(title), _parse_string_list(tables["codebook"].get("rules", []), "rules", path))


def _check_texts_are_distinct(stances: Sequence[Stance], path: Path) -> None:
    """Raise CodebookError if a text occurs twice among the examples and the contrast texts."""
    seen = set()
    for text in (text for stance in stances for text in (*stance.examples, *stance.contrast)):
        if (key := normalise_text(text)) in seen:
            raise CodebookError(path, f"the text {text[:60]!r} occurs twice", "remove one of them")
        seen.add(key)


def _parse_stance(name: str, table: Any, examples: Any, contrast: Any, path: Path) -> Stance:
    if not isinstance(table, dict):
        raise CodebookError(path, f"[stances.{name}] is not a table")
    for identifier in (name, table.get("group", "")):
        text = str(identifier)
        if identifier == CANNOT_TELL or text.startswith(_RESERVED_PREFIX) or identifier != text.strip():
            raise CodebookError(path, f"{identifier!r} cannot be the name of a stance or group", "choose another name")
    if not name:
        raise CodebookError(path, "a stance has an empty name", "choose a name for it")
    if unknown := table.keys() - {*_STRING_KEYS, *_LIST_KEYS}:
        raise CodebookError(path, f"unknown key {min(unknown)!r} in [stances.{name}]")
    for key in _STRING_KEYS:
        if not isinstance(table.get(key, ""), str):
            raise CodebookError(path, f"{key} of {name!r} must be a string")
    if table.get("direction", "") not in {"", *DIRECTIONS}:
        remedy = f"use {FAVOUR!r} or {AGAINST!r}, or leave it out"
        raise CodebookError(path, f"unknown direction {table['direction']!r} of {name!r}", remedy)
    return Stance(
        name=name,
        definition=table.get("definition", ""),
        target=table.get("target", ""),
        direction=table.get("direction", ""),
        group=table.get("group", ""),
        rules=_parse_string_list(table.get("rules", []), f"rules of {name!r}", path),
        keywords=_parse_string_list(table.get("keywords", []), f"keywords of {name!r}", path),
        examples=_parse_string_list(examples, f"examples of {name!r}", path),
        contrast=_parse_string_list(contrast, f"contrast of {name!r}", path),
    )


def _parse_string_list(value: Any, description: str, path: Path) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise CodebookError(path, f"{description} must be a list of strings")
    return tuple(value)


def _list_to_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
