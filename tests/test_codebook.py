"""Reading codebooks, and the properties of the project's own codebook."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT, SMALL_CODEBOOK
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from stance.errors import CodebookError, MissingFileError
from stance.extraction.collection import collect, find_page_files
from stance.labels.codebook import Codebook, Stance, codebook_from_names, find_codebook, read_codebook

CODEBOOK = read_codebook(ROOT / "labels" / "codebook.toml")
COMMENTS = list(collect(find_page_files([ROOT / "seeds"])).comments["text"])

NGRAM_LENGTH = 7
MAX_COSINE = 0.45


def _words(text: str) -> list[str]:
    return re.findall(r"[\w'’-]+", text.lower())


def _word_ngrams(text: str) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[start : start + NGRAM_LENGTH]) for start in range(len(words) - NGRAM_LENGTH + 1)}


def _max_cosines(texts: list[str], other_texts: list[str]) -> np.ndarray:
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True).fit(texts + other_texts)
    return np.asarray((vectorizer.transform(texts) @ vectorizer.transform(other_texts).T).toarray().max(axis=1))


def test_project_codebook_has_the_required_stances_and_groups() -> None:
    assert CODEBOOK.stance_names == (
        "pro-ukraine",
        "anti-csto",
        "anti-russia",
        "pro-russia",
        "neutral",
        "other",
    )
    assert set(CODEBOOK.groups.values()) == {"pro-ukraine", "anti-csto", "neutral", "others"}


@pytest.mark.parametrize("stance", CODEBOOK.stances, ids=lambda stance: stance.name)
def test_every_stance_has_a_definition_and_examples(stance: object) -> None:
    assert stance.definition and stance.rules and stance.keywords  # type: ignore[attr-defined] # noqa: PT018
    assert len(set(stance.examples)) == len(stance.examples) >= 30  # type: ignore[attr-defined]


@pytest.mark.parametrize("topic", ["csto", "ukraine", "russia"])
def test_every_topic_occurs_in_examples_of_every_stance(topic: str) -> None:
    assert sum(any(topic in _words(text) for text in stance.examples) for stance in CODEBOOK.stances) == len(
        CODEBOOK.stances
    )


@pytest.mark.slow
def test_examples_contain_minimal_pairs() -> None:
    examples = [(words, stance) for text, stance in CODEBOOK.examples if len(words := _words(text)) >= 4]
    occurs = CountVectorizer(analyzer=set, dtype=np.int32).fit_transform([words for words, _ in examples])
    n_words = occurs.sum(axis=1).A1
    n_different = n_words[:, None] + n_words - 2 * (occurs @ occurs.T).toarray()
    pairs = [
        (one, other)
        for one, other in np.argwhere(np.triu(n_different <= 4, k=1)).tolist()
        if examples[one][1] != examples[other][1] and _word_distance(examples[one][0], examples[other][0]) <= 2
    ]
    assert len(pairs) >= 20


def _word_distance(one: list[str], other: list[str]) -> int:
    changes = SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
    return sum(max(i2 - i1, j2 - j1) for kind, i1, i2, j1, j2 in changes if kind != "equal")


@pytest.mark.slow
@pytest.mark.parametrize("texts", [[text for text, _ in CODEBOOK.examples], [text for text, _ in CODEBOOK.contrast]])
def test_no_synthetic_text_resembles_a_collected_comment(texts: list[str]) -> None:
    comment_ngrams = set().union(*map(_word_ngrams, COMMENTS))
    assert [text for text in texts if _word_ngrams(text) & comment_ngrams] == []
    cosines = _max_cosines(texts, COMMENTS)
    assert [text for text, cosine in zip(texts, cosines, strict=True) if cosine > MAX_COSINE] == []


@pytest.mark.slow
def test_contrast_texts_do_not_resemble_examples() -> None:
    examples = [text for text, _ in CODEBOOK.examples]
    contrast = [text for text, _ in CODEBOOK.contrast]
    assert len(contrast) >= 30
    assert {stance for _, stance in CODEBOOK.contrast} == set(CODEBOOK.stance_names)
    assert _max_cosines(contrast, examples).max() <= MAX_COSINE


def test_codebook_json_round_trip() -> None:
    assert Codebook.from_json(CODEBOOK.to_json()) == CODEBOOK


def test_stance_version_depends_on_definition_not_on_keywords(tmp_path: Path) -> None:
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
        ("", r"no table \[stances.NAME\]"),
        ("stances = 1", r"\[stances\] is not a table"),
        ("[stances.a]\n[example]\na = []", r"unknown table \[example\]"),
        ("[stances.a]\nrule = []", "unknown key 'rule'"),
        ("[stances.a]\nrules = 'x'", "rules of 'a' must be a list of strings"),
        ("[stances.a]\ndefinition = 1", "definition of 'a' must be a string"),
        ("[stances.a]\ndirection = 'pro'", "unknown direction 'pro' of 'a'"),
        ("[stances.a]\n[examples]\nb = ['x']", "names a stance that is not defined, 'b'"),
        ("[stances.cannot-tell]", "'cannot-tell' cannot be the name of a stance or group"),
        ("[stances.a]\ngroup = 'cannot-tell'", "'cannot-tell' cannot be the name of a stance or group"),
        ("[stances.group_a]", "'group_a' cannot be the name of a stance or group"),
        ("[stances.a]\n[stances.A]", "two stances differ only in upper and lower case"),
        ("[stances.a]\n[examples]\na = ['x']\n[contrast]\na = [' x']", "the text ' x' occurs twice"),
        ("[stances]\na = 1", r"\[stances.a\] is not a table"),
    ],
)
def test_malformed_codebook_raises_error(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "codebook.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CodebookError, match=f"codebook: .*{reason}.*codebook.toml\\): "):
        read_codebook(path)


def _stances(*pairs: tuple[str, str]) -> Codebook:
    """Make a codebook of stances called a, b, ... with a direction and a target each."""
    return Codebook(tuple(Stance(name, direction=pair[0], target=pair[1]) for name, pair in zip("abcd", pairs)))  # noqa: B905 - fewer pairs than names


@pytest.mark.parametrize(
    ("codebook", "directions"),
    [
        (_stances(("favour", "bus"), ("against", "bus"), ("", "tram")), {"a": "favour", "b": "against"}),
        (_stances(("against", ""), ("favour", ""), ("favour", "")), {"a": "against", "b": "favour", "c": "favour"}),
        (_stances(("favour", "bus"), ("against", "tram")), {}),
        (_stances(("favour", "bus"), ("against", "")), {}),
        (_stances(("favour", "bus"), ("", "bus")), {}),
        (CODEBOOK, {}),  # its stances have three targets
        (codebook_from_names(["for", "against"]), {}),
    ],
)
def test_directions_are_those_of_one_target(codebook: Codebook, directions: dict[str, str]) -> None:
    assert codebook.directions == directions


@pytest.mark.parametrize(
    ("groups", "directions"),
    [("xyz", {"x": "favour", "y": "against"}), ("xyy", {}), ("xxy", {})],
)
def test_a_group_has_the_direction_that_all_its_stances_have(groups: str, directions: dict[str, str]) -> None:
    parts = zip("abc", groups, ("favour", "against", ""), strict=True)
    codebook = Codebook(tuple(Stance(name, group=group, direction=direction) for name, group, direction in parts))
    assert codebook.group_directions == directions


def test_missing_codebook_raises_error(tmp_path: Path) -> None:
    with pytest.raises(MissingFileError, match=r"no such file"):
        read_codebook(tmp_path / "codebook.toml")


def test_find_codebook_in_the_folders_of_the_sheets(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    sheets = [tmp_path / name / "sheet.csv" for name in ("one", "two")]
    assert find_codebook(sheets) is None
    (tmp_path / "two" / "codebook.toml").write_text("[stances.a]", encoding="utf-8")
    assert find_codebook(sheets) == tmp_path / "two" / "codebook.toml"
    (tmp_path / "one" / "codebook.toml").write_text("[stances.b]", encoding="utf-8")
    with pytest.raises(CodebookError, match=r"have different codebooks .* choose one with --codebook"):
        find_codebook(sheets)


def test_codebook_from_names_is_sorted_and_unique() -> None:
    assert codebook_from_names(["no", "yes", "no"]).stance_names == ("no", "yes")
