"""The same matrix, column for column, and the same scores as scikit-learn, whatever the texts are."""

from __future__ import annotations

import pickle

import numpy as np
import pyarrow as pa
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import FeatureUnion, Pipeline

from stance.features import sparse_kernels, tokens
from stance.features.linear_scorer import LinearScorer
from stance.features.ngrams import FeatureSettings
from stance.features.vectorizer import NgramVectorizer

Ngrams = tuple[int, int]

# Letters that change length or depend on their neighbours in lower case, white space that few splitters know, marks,
# digits of other scripts, joiners, halves of letters, and enough plain ones that n-grams come up again.
ODD = (
    "İΣςσßǅﬁıŁЁҢІӘ_'-.,!٣²ⅷ́️😀👍🏽\ud800\udfff\x00\U0010ffff\u200b\u200d\ufeff"
    " \t\n\x0b\x1c\x1f\x85\xa0\u1680\u2003\u2028\u3000"
)
TEXTS = st.lists(
    st.one_of(
        st.text(st.sampled_from("aab b Aк" + ODD), max_size=30),
        st.text(st.characters(), max_size=20),  # any code point, halves of letters too
        st.sampled_from(["", "the cat, the hat", "hahaha haha", "ΟΔΟΣ ΟΔΟΣ.", "don't re-elect them", "a b c"]),
    ),
    min_size=1,
    max_size=8,
)
RANGES = st.sampled_from([(1, 1), (1, 2), (2, 2), (1, 3), (2, 3)])
CHAR_RANGES = st.sampled_from([(1, 1), (2, 5), (1, 3), (3, 3), (4, 6), (6, 7)])


@pytest.fixture(params=["Python's split", "Arrow's", "without SciPy's private kernels"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every way in which the numbers can come about."""
    if request.param != "Python's split":
        monkeypatch.setattr(tokens, "PURE_PYTHON_MAX_TEXTS", 0)
    if request.param == "without SciPy's private kernels":
        monkeypatch.setattr(sparse_kernels, "_load_kernels", lambda: None)
    return str(request.param)


def union(word_ngrams: Ngrams, char_ngrams: Ngrams, min_df: int) -> FeatureUnion:
    """Build what we must equal."""
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=char_ngrams, min_df=min_df, sublinear_tf=True)
    return FeatureUnion(
        [("words", TfidfVectorizer(ngram_range=word_ngrams, min_df=min_df, sublinear_tf=True)), ("chars", chars)]
    )


@pytest.mark.usefixtures("way")
@settings(max_examples=60)
@given(TEXTS, TEXTS, RANGES, CHAR_RANGES, st.sampled_from([1, 1, 2]))
def test_the_matrix_is_that_of_scikit_learn(
    texts: list[str], new: list[str], word_ngrams: Ngrams, char_ngrams: Ngrams, min_df: int
) -> None:
    texts = [*texts, "common words of two texts", "Common words of two texts!"]
    theirs = union(word_ngrams, char_ngrams, min_df)
    ours = NgramVectorizer(word_ngrams=word_ngrams, char_ngrams=char_ngrams, min_df=min_df)
    expected = theirs.fit_transform(texts)
    matrix = ours.fit_transform(texts)
    assert list(ours.get_feature_names_out()) == list(theirs.get_feature_names_out())
    assert abs(matrix - expected).max() < 1e-12
    assert np.array_equal(matrix.sorted_indices().indices, expected.tocsr().sorted_indices().indices)
    assert abs(ours.transform(texts) - expected).max() < 1e-12
    assert abs(ours.transform(new) - theirs.transform(new)).max() < 1e-12


@pytest.mark.usefixtures("way")
@settings(max_examples=60)
@given(TEXTS, TEXTS, RANGES, CHAR_RANGES, st.integers(1, 9))
def test_the_margins_are_those_of_the_matrix(
    texts: list[str], new: list[str], word_ngrams: Ngrams, char_ngrams: Ngrams, n_classes: int
) -> None:
    texts = [*texts, "common words of two texts"]
    ours = NgramVectorizer(word_ngrams=word_ngrams, char_ngrams=char_ngrams).fit(texts)
    coef = np.random.default_rng(0).normal(size=(n_classes, len(ours.vocabulary_.idf)))
    intercept = np.arange(float(n_classes))
    scorer = LinearScorer(ours.vocabulary_, FeatureSettings(word_ngrams, char_ngrams, 1), coef, intercept)
    for batch in (new, texts, new[::-1]):  # whatever it has met before
        matrix = ours.transform(batch)
        scores = scorer.score_texts(batch)
        assert np.abs(scores.margins - (matrix @ coef.T + intercept)).max() < 1e-12
        assert np.array_equal(scores.is_known, matrix @ ours.vocabulary_.has_letters.astype(float) > 0)


def speeches(n: int, seed: int) -> list[str]:
    """Make texts of many lengths out of a few hundred words."""
    rng = np.random.default_rng(seed)
    drawn = ["".join(rng.choice(list("abcdeзийк"), rng.integers(1, 9))) for _ in range(400)]
    return [" ".join(rng.choice(drawn, rng.integers(0, 60))) for _ in range(n)]


def scorer_of(texts: list[str], n_classes: int = 6) -> LinearScorer:
    fitted = NgramVectorizer().fit(texts)
    coef = np.random.default_rng(1).normal(size=(n_classes, len(fitted.vocabulary_.idf)))
    return LinearScorer(fitted.vocabulary_, FeatureSettings((1, 2), (2, 5), 1), coef, np.zeros(n_classes))


def test_the_last_bit_hangs_on_the_text_and_the_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{text}\u00a0{text} \t\n{text}\x1f" for text in speeches(300, seed=1)]
    alone = scorer_of(texts[:100])
    one_by_one = np.concatenate([alone.score_texts([text]).margins for text in texts])

    def same(margins: NDArray[np.float64]) -> bool:
        return margins.tobytes() == one_by_one.tobytes()

    assert same(scorer_of(texts[:100]).score_texts(texts).margins)
    assert same(scorer_of(texts[:100]).score_texts(texts[::-1]).margins[::-1].copy())
    small = {"BATCH_TEXTS": 7, "_BLOCK_ENTRIES": 500, "LASTING_WORDS": 20, "MOST_WORDS": 50, "_MOST_ENTRIES": 900}
    for name, value in small.items():
        monkeypatch.setattr(f"stance.features.ngram_counter.{name}", value)
        scorer = scorer_of(texts[:100])
        assert same(scorer.score_texts(texts).margins), name
    assert scorer.counter.times_forgotten > 3


def test_counts_that_small_integers_cannot_hold() -> None:
    texts = ["ha " * 40_000 + "haha", "ho he ha", " ".join(speeches(3_000, seed=2))]
    theirs, ours = union((1, 2), (2, 5), 1), NgramVectorizer()
    assert abs(ours.fit_transform(texts) - theirs.fit_transform(texts)).max() < 1e-12
    assert abs(ours.transform(texts) - theirs.transform(texts)).max() < 1e-12


@pytest.mark.parametrize("n", [5, 300])
@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
def test_texts_may_come_as_arrow_arrays(kind: pa.DataType, n: int) -> None:
    texts = ["", "ʼn\u00a0привет, мир", *speeches(n, seed=5)]
    scorer = scorer_of(texts)
    expected = scorer.score_texts(texts).margins.tobytes()
    array = pa.array(["cut off", *texts, "cut off"], kind)
    assert scorer.score_texts(array[1:-1]).margins.tobytes() == expected
    assert scorer.score_texts(pa.array([None, *texts[1:]], kind)).margins.tobytes() == expected


def test_the_margins_of_texts_that_repeat_themselves() -> None:
    texts = speeches(200, seed=4)
    scorer, matrix = scorer_of(texts), NgramVectorizer().fit(texts)
    coef = np.random.default_rng(1).normal(size=(6, len(matrix.vocabulary_.idf)))
    long = [f"{text} " * times for text, times in zip(texts, (2, 100, 255, 256, 1_000, 30_000), strict=False)]
    assert np.abs(scorer.score_texts(long).margins - matrix.transform(long) @ coef.T).max() < 1e-12


def test_an_alphabet_of_more_letters_than_a_packed_ngram_could_hold() -> None:
    letters = [chr(0x4E00 + number) for number in range(6_000)]
    texts = ["".join(letters[start : start + 7]) for start in range(0, 6_000, 5)]
    theirs, ours = union((1, 2), (2, 5), 1), NgramVectorizer()
    assert abs(ours.fit_transform(texts) - theirs.fit_transform(texts)).max() < 1e-12
    assert abs(ours.transform(texts[:99]) - theirs.transform(texts[:99])).max() < 1e-12


def test_it_lives_in_a_pipeline() -> None:
    texts, classes = speeches(60, seed=3), [number % 3 for number in range(60)]
    plain = Pipeline([("features", union((1, 2), (2, 5), 1)), ("classifier", LogisticRegression())])
    ours = Pipeline([("features", NgramVectorizer()), ("classifier", LogisticRegression())])
    assert ours.fit(texts, classes).predict_proba(texts) == pytest.approx(
        plain.fit(texts, classes).predict_proba(texts), abs=1e-12
    )
    assert np.array_equal(cross_val_score(ours, texts, classes), cross_val_score(plain, texts, classes))


def test_it_is_cloned_set_and_pickled() -> None:
    fitted = NgramVectorizer(min_df=2).fit(["one text of some", "two texts of some"])
    assert clone(fitted).get_params() == {"word_ngrams": (1, 2), "char_ngrams": (2, 5), "min_df": 2}
    assert NgramVectorizer().set_params(word_ngrams=(1, 1)).word_ngrams == (1, 1)
    before = fitted.transform(["some text"])
    again = pickle.loads(pickle.dumps(fitted))
    assert abs(again.transform(["some text"]) - before).max() == 0
    assert "some text" not in repr(vars(again))
    with sklearn.config_context(transform_output="pandas"):
        assert abs(fitted.transform(["some text"]) - before).max() == 0


@pytest.mark.parametrize(
    ("texts", "options", "message"),
    [
        ("one text", {}, "not a single str"),
        ([b"bytes"], {}, r"texts\[0\] is of type bytes"),
        (["text", None], {}, r"texts\[1\] is missing"),
        (["text", float("nan")], {}, r"texts\[1\] is missing"),
        (["a b", "."], {}, "empty vocabulary"),
        ([], {}, "empty vocabulary"),
        (["some text", "other words"], {"min_df": 2}, "no terms remain"),
        (["some text"], {"min_df": 0.5}, "min_df must be whole, not 0.5"),
        (["some text"], {"min_df": True}, "min_df must be a number of texts"),
        (["some text"], {"char_ngrams": (0, 2)}, "char_ngrams must be two whole numbers"),
        (["some text"], {"word_ngrams": (2, 1)}, "word_ngrams must be two whole numbers"),
    ],
)
def test_what_it_cannot_do_it_refuses(texts: list[str], options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NgramVectorizer(**options).fit(texts)  # type: ignore[arg-type]  # wrong on purpose


def test_frames_are_refused() -> None:
    with pytest.raises(ValueError, match="the features are sparse"):
        NgramVectorizer().set_output(transform="pandas")
    assert NgramVectorizer().set_output(transform="default").fit(["some text"]).transform([]).shape[0] == 0
