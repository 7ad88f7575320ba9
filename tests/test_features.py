"""NgramVectorizer and LinearScorer give the features and margins of scikit-learn, for any texts."""

from __future__ import annotations

import pickle

import numpy as np
import pyarrow as pa
import pytest
import sklearn
from conftest import count_examples
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

# Characters whose lower case has another length or depends on neighbours, unusual white space, combining marks, digits
# of other scripts, joiners and lone surrogates; the strategies below add plain characters, so that n-grams repeat.
UNUSUAL_CHARACTERS = (
    "İΣςσßǅﬁıŁЁҢІӘ_'-.,!٣²ⅷ́️😀👍🏽\ud800\udfff\x00\U0010ffff\u200b\u200d\ufeff"
    " \t\n\x0b\x1c\x1f\x85\xa0\u1680\u2003\u2028\u3000"
)
TEXTS = st.lists(
    st.one_of(
        st.text(st.sampled_from("aab b Aк" + UNUSUAL_CHARACTERS), max_size=30),
        st.text(st.characters(), max_size=20),  # any code point, including lone surrogates
        st.sampled_from(["", "the cat, the hat", "hahaha haha", "ΟΔΟΣ ΟΔΟΣ.", "don't re-elect them", "a b c"]),
    ),
    min_size=1,
    max_size=8,
)
WORD_RANGES = st.sampled_from([(1, 1), (1, 2), (2, 2), (1, 3), (2, 3)])
CHAR_RANGES = st.sampled_from([(1, 1), (2, 5), (1, 3), (3, 3), (4, 6), (6, 7)])


@pytest.fixture(params=["split in Python", "split by Arrow", "without SciPy's private kernels"])
def implementation(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test with each of the implementations."""
    if request.param != "split in Python":
        monkeypatch.setattr(tokens, "PURE_PYTHON_MAX_TEXTS", 0)
    if request.param == "without SciPy's private kernels":
        monkeypatch.setattr(sparse_kernels, "_load_kernels", lambda: None)
    return str(request.param)


def sklearn_union(word_ngrams: Ngrams, char_ngrams: Ngrams, min_df: int) -> FeatureUnion:
    """Return the scikit-learn transformer whose output NgramVectorizer must equal."""
    chars = TfidfVectorizer(analyzer="char_wb", ngram_range=char_ngrams, min_df=min_df, sublinear_tf=True)
    return FeatureUnion(
        [("words", TfidfVectorizer(ngram_range=word_ngrams, min_df=min_df, sublinear_tf=True)), ("chars", chars)]
    )


@pytest.mark.slow
@pytest.mark.usefixtures("implementation")
@settings(max_examples=count_examples(40))
@given(TEXTS, TEXTS, WORD_RANGES, CHAR_RANGES, st.sampled_from([1, 1, 2]))
def test_features_equal_scikit_learns(
    texts: list[str], new: list[str], word_ngrams: Ngrams, char_ngrams: Ngrams, min_df: int
) -> None:
    texts = [*texts, "common words of two texts", "Common words of two texts!"]
    expected_union = sklearn_union(word_ngrams, char_ngrams, min_df)
    vectorizer = NgramVectorizer(word_ngrams=word_ngrams, char_ngrams=char_ngrams, min_df=min_df)
    expected = expected_union.fit_transform(texts)
    matrix = vectorizer.fit_transform(texts)
    assert list(vectorizer.get_feature_names_out()) == list(expected_union.get_feature_names_out())
    assert abs(matrix - expected).max() < 1e-12
    assert np.array_equal(matrix.sorted_indices().indices, expected.tocsr().sorted_indices().indices)
    assert abs(vectorizer.transform(texts) - expected).max() < 1e-12
    assert abs(vectorizer.transform(new) - expected_union.transform(new)).max() < 1e-12


@pytest.mark.slow
@pytest.mark.usefixtures("implementation")
@settings(max_examples=count_examples(40))
@given(TEXTS, TEXTS, WORD_RANGES, CHAR_RANGES, st.integers(1, 9))
def test_margins_equal_features_times_coefficients(
    texts: list[str], new: list[str], word_ngrams: Ngrams, char_ngrams: Ngrams, n_classes: int
) -> None:
    texts = [*texts, "common words of two texts"]
    vectorizer = NgramVectorizer(word_ngrams=word_ngrams, char_ngrams=char_ngrams).fit(texts)
    coef = np.random.default_rng(0).normal(size=(n_classes, len(vectorizer.vocabulary_.idf)))
    intercept = np.arange(float(n_classes))
    scorer = LinearScorer(vectorizer.vocabulary_, FeatureSettings(word_ngrams, char_ngrams, 1), coef, intercept)
    for batch in (new, texts, new[::-1]):  # whatever words are cached
        matrix = vectorizer.transform(batch)
        scores = scorer.score_texts(batch)
        assert np.abs(scores.margins - (matrix @ coef.T + intercept)).max() < 1e-12
        assert np.array_equal(scores.is_known, matrix @ vectorizer.vocabulary_.has_letters.astype(float) > 0)


def random_texts(n: int, seed: int) -> list[str]:
    """Return random texts of different lengths from a vocabulary of 400 words."""
    rng = np.random.default_rng(seed)
    vocabulary = ["".join(rng.choice(list("abcdeзийк"), rng.integers(1, 9))) for _ in range(400)]
    return [" ".join(rng.choice(vocabulary, rng.integers(0, 60))) for _ in range(n)]


def make_scorer(texts: list[str], n_classes: int = 6) -> LinearScorer:
    """Return a scorer with the vocabulary of the texts and random coefficients."""
    fitted = NgramVectorizer().fit(texts)
    coef = np.random.default_rng(1).normal(size=(n_classes, len(fitted.vocabulary_.idf)))
    return LinearScorer(fitted.vocabulary_, FeatureSettings((1, 2), (2, 5), 1), coef, np.zeros(n_classes))


@pytest.mark.slow
def test_margins_depend_bitwise_on_the_text_and_the_model_only(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{text}\u00a0{text} \t\n{text}\x1f" for text in random_texts(300, seed=1)]
    single_scorer = make_scorer(texts[:100])
    one_by_one = np.concatenate([single_scorer.score_texts([text]).margins for text in texts])

    def equals_one_by_one(margins: NDArray[np.float64]) -> bool:
        return margins.tobytes() == one_by_one.tobytes()

    assert equals_one_by_one(make_scorer(texts[:100]).score_texts(texts).margins)
    assert equals_one_by_one(make_scorer(texts[:100]).score_texts(texts[::-1]).margins[::-1].copy())
    small_limits = {
        "TEXTS_PER_BATCH": 7,
        "_NGRAMS_PER_BLOCK": 500,
        "RETAINED_WORDS": 20,
        "MAX_CACHED_WORDS": 50,
        "_MAX_CACHED_NGRAMS": 900,
    }
    for name, value in small_limits.items():
        monkeypatch.setattr(f"stance.features.ngram_counter.{name}", value)
        scorer = make_scorer(texts[:100])
        assert equals_one_by_one(scorer.score_texts(texts).margins), name
    assert scorer.counter.n_trims > 3


@pytest.mark.slow
def test_counts_beyond_16_bits() -> None:
    texts = ["ha " * 40_000 + "haha", "ho he ha", " ".join(random_texts(3_000, seed=2))]
    expected_union, vectorizer = sklearn_union((1, 2), (2, 5), 1), NgramVectorizer()
    assert abs(vectorizer.fit_transform(texts) - expected_union.fit_transform(texts)).max() < 1e-12
    assert abs(vectorizer.transform(texts) - expected_union.transform(texts)).max() < 1e-12


@pytest.mark.parametrize("n", [5, 300])
@pytest.mark.parametrize("arrow_type", [pa.string(), pa.large_string(), pa.string_view()])
def test_arrow_arrays_are_scored_like_lists(arrow_type: pa.DataType, n: int) -> None:
    texts = ["", "ʼn\u00a0привет, мир", *random_texts(n, seed=5)]
    scorer = make_scorer(texts)
    expected = scorer.score_texts(texts).margins.tobytes()
    array = pa.array(["sliced off", *texts, "sliced off"], arrow_type)
    assert scorer.score_texts(array[1:-1]).margins.tobytes() == expected
    assert scorer.score_texts(pa.array([None, *texts[1:]], arrow_type)).margins.tobytes() == expected


@pytest.mark.slow
def test_margins_of_texts_with_very_frequent_ngrams() -> None:
    texts = random_texts(200, seed=4)
    scorer, vectorizer = make_scorer(texts), NgramVectorizer().fit(texts)
    coef = np.random.default_rng(1).normal(size=(6, len(vectorizer.vocabulary_.idf)))
    long_texts = [f"{text} " * times for text, times in zip(texts, (2, 100, 255, 256, 1_000, 30_000), strict=False)]
    assert np.abs(scorer.score_texts(long_texts).margins - vectorizer.transform(long_texts) @ coef.T).max() < 1e-12


def test_an_alphabet_too_large_for_packed_ngrams() -> None:
    alphabet = [chr(0x4E00 + number) for number in range(6_000)]
    texts = ["".join(alphabet[start : start + 7]) for start in range(0, 6_000, 5)]
    expected_union, vectorizer = sklearn_union((1, 2), (2, 5), 1), NgramVectorizer()
    assert abs(vectorizer.fit_transform(texts) - expected_union.fit_transform(texts)).max() < 1e-12
    assert abs(vectorizer.transform(texts[:99]) - expected_union.transform(texts[:99])).max() < 1e-12


@pytest.mark.slow
def test_vectorizer_works_in_a_pipeline() -> None:
    texts, classes = random_texts(60, seed=3), [number % 3 for number in range(60)]
    expected = Pipeline([("features", sklearn_union((1, 2), (2, 5), 1)), ("classifier", LogisticRegression())])
    pipeline = Pipeline([("features", NgramVectorizer()), ("classifier", LogisticRegression())])
    assert pipeline.fit(texts, classes).predict_proba(texts) == pytest.approx(
        expected.fit(texts, classes).predict_proba(texts), abs=1e-12
    )
    assert np.array_equal(cross_val_score(pipeline, texts, classes), cross_val_score(expected, texts, classes))


def test_clone_set_params_and_pickle() -> None:
    fitted = NgramVectorizer(min_df=2).fit(["one text of some", "two texts of some"])
    assert clone(fitted).get_params() == {"word_ngrams": (1, 2), "char_ngrams": (2, 5), "min_df": 2}
    assert NgramVectorizer().set_params(word_ngrams=(1, 1)).word_ngrams == (1, 1)
    features = fitted.transform(["some text"])
    unpickled = pickle.loads(pickle.dumps(fitted))
    assert abs(unpickled.transform(["some text"]) - features).max() == 0
    assert "some text" not in repr(vars(unpickled))
    with sklearn.config_context(transform_output="pandas"):
        assert abs(fitted.transform(["some text"]) - features).max() == 0


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
        (["some text"], {"min_df": 0.5}, "min_df must be a whole number, not 0.5"),
        (["some text"], {"min_df": True}, "min_df must be a number of texts"),
        (["some text"], {"char_ngrams": (0, 2)}, "char_ngrams must be two whole numbers"),
        (["some text"], {"word_ngrams": (2, 1)}, "word_ngrams must be two whole numbers"),
    ],
)
def test_invalid_input_is_an_error(texts: list[str], options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        NgramVectorizer(**options).fit(texts)  # type: ignore[arg-type]  # wrong on purpose


def test_dataframe_output_is_an_error() -> None:
    with pytest.raises(ValueError, match="the features are sparse"):
        NgramVectorizer().set_output(transform="pandas")
    assert NgramVectorizer().set_output(transform="default").fit(["some text"]).transform([]).shape[0] == 0
