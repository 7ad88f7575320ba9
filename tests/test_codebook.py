"""The form of a codebook, and what the project's own codebook promises."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, SMALL_CODEBOOK
from sklearn.feature_extraction.text import TfidfVectorizer

from stance.errors import CodebookError, MissingFileError
from stance.extraction.collection import collect, find_page_files
from stance.labels.codebook import Codebook, codebook_from_names, find_codebook, read_codebook

OURS = read_codebook(ROOT / "labels" / "codebook.toml")
COMMENTS = list(collect(find_page_files([ROOT / "seeds"])).comments["text"])

RUN = 7
COSINE = 0.45


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'’-]+", text.lower())


def _runs(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[start : start + RUN]) for start in range(len(words) - RUN + 1)}


def _nearest(texts: list[str], others: list[str]) -> np.ndarray:
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True).fit(texts + others)
    return np.asarray((vectorizer.transform(texts) @ vectorizer.transform(others).T).toarray().max(axis=1))


def test_the_stances_are_the_users() -> None:
    assert OURS.stance_names == ("pro-ukraine", "anti-csto", "anti-russia", "pro-russia", "neutral", "other")
    assert set(OURS.groups.values()) == {"pro-ukraine", "anti-csto", "neutral", "others"}


@pytest.mark.parametrize("stance", OURS.stances, ids=lambda stance: stance.name)
def test_every_stance_is_defined_and_taught(stance: object) -> None:
    assert stance.definition and stance.rules and stance.keywords  # type: ignore[attr-defined] # noqa: PT018
    assert len(set(stance.examples)) == len(stance.examples) >= 30  # type: ignore[attr-defined]


@pytest.mark.parametrize("topic", ["csto", "ukraine", "russia"])
def test_examples_teach_stance_and_not_topic(topic: str) -> None:
    assert sum(any(topic in _words(text) for text in stance.examples) for stance in OURS.stances) == len(OURS.stances)


def test_there_are_minimal_pairs() -> None:
    examples = [(stance, _words(text)) for text, stance in OURS.examples]
    pairs = [
        (one, other)
        for (stance, one), (another, other) in combinations(examples, 2)
        if stance != another
        and min(len(one), len(other)) >= 4
        and len(set(one) ^ set(other)) <= 4
        and _apart(one, other) <= 2
    ]
    assert len(pairs) >= 20


def _apart(one: list[str], other: list[str]) -> int:
    changes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for kind, i1, i2, j1, j2 in changes if kind != "equal")


@pytest.mark.parametrize("texts", [[text for text, _ in OURS.examples], [text for text, _ in OURS.contrast]])
def test_no_invented_text_comes_near_a_comment(texts: list[str]) -> None:
    of_comments = set().union(*map(_runs, COMMENTS))
    assert [text for text in texts if _runs(text) & of_comments] == []
    near = _nearest(texts, COMMENTS)
    assert [text for text, cosine in zip(texts, near, strict=True) if cosine > COSINE] == []


def test_the_contrast_set_is_not_taught() -> None:
    examples = [text for text, _ in OURS.examples]
    contrast = [text for text, _ in OURS.contrast]
    assert len(contrast) >= 30
    assert {stance for _, stance in OURS.contrast} == set(OURS.stance_names)
    assert _nearest(contrast, examples).max() <= COSINE


def test_a_codebook_survives_a_model_file() -> None:
    assert Codebook.from_json(OURS.to_json()) == OURS


def test_the_version_of_a_stance_follows_its_meaning(tmp_path: Path) -> None:
    versions = []
    for number, text in enumerate(
        [SMALL_CODEBOOK, SMALL_CODEBOOK.replace("well done", "bravo"), SMALL_CODEBOOK.replace("Praise", "Applause")]
    ):
        path = tmp_path / f"{number}.toml"
        path.write_text(text, encoding="utf-8")
        versions.append(read_codebook(path).stance_version("for"))
    assert versions[0] == versions[1] != versions[2]
    assert re.fullmatch("[0-9a-f]{8}", versions[0])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[stances.a", "Expected"),
        ("", r"no \[stances.NAME\]"),
        ("stances = 1", r"\[stances\] is no table"),
        ("[stances.a]\n[example]\na = []", r"unknown table \[example\]"),
        ("[stances.a]\nrule = []", "unknown key 'rule'"),
        ("[stances.a]\nrules = 'x'", "rules of 'a' must be a list of texts"),
        ("[stances.a]\ndefinition = 1", "definition of 'a' is no text"),
        ("[stances.a]\n[examples]\nb = ['x']", "of a stance that is not defined, 'b'"),
        ("[stances.cannot-tell]", "a stance or group cannot be called 'cannot-tell'"),
        ("[stances.a]\ngroup = 'cannot-tell'", "a stance or group cannot be called 'cannot-tell'"),
        ("[stances.group_a]", "a stance or group cannot be called 'group_a'"),
        ("[stances.a]\n[stances.A]", "two stances differ in capital letters only"),
        ("[stances.a]\n[examples]\na = ['x']\n[contrast]\na = [' x']", "the text ' x' stands there twice"),
        ("[stances]\na = 1", r"\[stances.a\] is no table"),
    ],
)
def test_a_malformed_codebook_is_told(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CodebookError, match=f"codebook: .*{reason}.*codebook.toml\\): "):
        read_codebook(path)


def test_a_missing_codebook(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no such file"):
        read_codebook(tmp_path / "codebook.toml")


def test_the_codebook_beside_the_sheets(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    sheets = [tmp_path / name / "sheet.csv" for name in ("one", "two")]
    assert find_codebook(sheets) is None
    (tmp_path / "two" / "codebook.toml").write_text("[stances.a]", encoding="utf-8")
    assert find_codebook(sheets) == tmp_path / "two" / "codebook.toml"
    (tmp_path / "one" / "codebook.toml").write_text("[stances.b]", encoding="utf-8")
    with pytest.raises(CodebookError, match=r"another sheet has another codebook .* name one by --codebook"):
        find_codebook(sheets)


def test_a_table_without_a_codebook_has_its_stances() -> None:
    assert codebook_from_names(["no", "yes", "no"]).stance_names == ("no", "yes")
