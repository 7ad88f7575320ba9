"""Sentences of the methods text that depend on the data say what is true of them, and nothing else."""

from __future__ import annotations

from typing import Any

import html_reader
import sample_metrics
from markdown_it import MarkdownIt

from stance.reports.methods.text import render_methods

SMALL, LARGE = sample_metrics.small(), sample_metrics.large()
_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def _read_with(base: dict[str, Any], **parts: Any) -> str:
    """Return the methods text of metrics of which some keys are replaced, as one line."""
    return html_reader.parse_html(_MARKDOWN.render(render_methods({**base, **parts})["md"])).line


def test_labels_that_agree_with_the_codebook_are_not_counted_one_by_one() -> None:
    versions = {"current": 4200, "other": 0, "not_recorded": 0}
    text = _read_with(LARGE, codebook={**LARGE["codebook"], "labels_by_version": versions})
    assert "All labels were given under the versions listed here." in text
    assert "; under others:" not in text
    versions = {"current": 0, "other": 0, "not_recorded": 4200}
    text = _read_with(LARGE, codebook={**LARGE["codebook"], "labels_by_version": versions})
    assert "Under which version of the codebook the labels were given is not recorded." in text


def test_the_text_says_whether_examples_were_used() -> None:
    text = _read_with(
        LARGE, labels={**LARGE["labels"], "examples": 40}, examples={"weight": 0.3, "low": 0.2, "high": 1}
    )
    assert "A classifier of 40 example texts of the codebook, which are not collected comments (C = 300," in text
    assert "times 0.30: the factor, from 0 to 1," in text
    assert "shrunk towards 1; 0.20 to 1.00 in the training folds." in text
    assert "For each stance, 3 texts without any term are added to the labels." in text
    assert "It was trained on labelled comments alone." in _read_with(LARGE)


def test_the_text_says_how_weighted_labels_count() -> None:
    text = _read_with(LARGE, labels={**LARGE["labels"], "weighted": True})
    assert "so that scores are estimates for all comments that were sampled from." in text
    assert "Weighted labels count as their effective number [@kish1965]." in text
    assert "weighted by inverse inclusion probability [@saerens2002]." in text
    assert "effective number" not in _read_with(LARGE)


def test_a_bias_of_stances_is_named_only_if_one_was_fitted() -> None:
    for bias, is_named in ((0.0, False), (0.25, True)):
        targets = [{"target": None, "temperature": 1.5, "bias": {"FAVOR": bias}}]
        text = _read_with(LARGE, calibration={**LARGE["calibration"], "targets": targets})
        assert ("a bias per stance" in text) == is_named
        assert "(1.50 in the final model)" in text


def test_the_rule_without_multipliers_is_named() -> None:
    assert "Decision rule: the model predicts the most probable stance." in _read_with(SMALL)
    assert "multiplier" not in _read_with(SMALL)


def test_every_scheme_says_what_its_intervals_are_for() -> None:
    schemes = {scheme["scheme"]: scheme for scheme in SMALL["schemes"]}
    text = _read_with(SMALL)
    assert "for the scores of the final model on further comments under these 2 articles, and on no others." in text
    assert "There are no intervals: the articles are too few." in text
    assert "Intervals are for the scores of this very model on further texts of this kind." in text
    with_interval = {**schemes["stratified k-fold"], "scheme": "leave one article out"}
    text = _read_with(SMALL, schemes=[schemes["stratified k-fold"], with_interval])
    assert "The interval of accuracy is for comments under further articles like these" in text


def test_comments_of_one_author_are_a_limitation_unless_all_are_kept_together() -> None:
    limitation = "comments of one author may be in training and test folds at once"
    for n_unknown, divided, is_limited in ((9, [], True), (0, ["author"], True), (0, [], False)):
        groups = {**LARGE["label_groups"], "labels_without_person": n_unknown, "divided": divided}
        text = _read_with(LARGE, label_groups=groups)
        assert (limitation in text) == is_limited
        assert ("are not known, or their comments were not kept in one fold, so" in text) == is_limited


def test_what_is_kept_in_one_fold_is_named() -> None:
    text = _read_with(LARGE)
    assert "; all comments with the same author name, unless it is a placeholder or very frequent." in text
    assert "The largest of these groups has 3 of 4,200 labels." in text
    divided = _read_with(LARGE, label_groups={**LARGE["label_groups"], "divided": ["author"]})
    assert "Not kept in one fold, since the largest group would exceed a fold: all comments with the same" in divided
    column = _read_with(LARGE, provenance={**LARGE["provenance"], "group_column": "thread"})
    assert "all comments with the same value in the column “thread”" in column


def test_the_factors_of_the_variances_are_named() -> None:
    text = _read_with(LARGE)
    assert "In cross-validation, variances are multiplied by 1.25, a value chosen in simulations" in text
    assert "The scores of baselines that are not trained on labels need no factor." in text
    by_article = "with Student's t [@cochran1977]; the variance is multiplied by 1.5, a value chosen in simulations."
    assert by_article in text
    schemes = [scheme for scheme in LARGE["schemes"] if scheme["scheme"] == "stratified k-fold"]
    assert by_article not in _read_with(LARGE, schemes=schemes)


def test_a_closed_test_set_that_was_opened_at_most_once_is_one() -> None:
    closed_test = {"n": 50, "left_out": 0, "unlabelled": 0, "openings": 1, "scored": True, "rows_sha256": "0" * 64}
    text = _read_with(LARGE, closed_test=closed_test)
    assert "nor used to choose settings. It was opened once. Stratified k-fold" in text
    assert "5,000 different comments, labelled or not, with those of the closed test set." in text
    assert "no longer that of a closed test" not in text
    assert "It has not been opened." in _read_with(LARGE, closed_test={**closed_test, "openings": 0, "scored": False})


def test_labels_for_several_targets_are_counted_by_comment_and_target() -> None:
    overall = {**LARGE["labelling"]["overall"], "annotators": ["A", "B", "C"], "n": 400, "comments": 200, "kappa": None}
    text = _read_with(LARGE, labelling={**LARGE["labelling"], "overall": overall})
    assert "were compared on 400 pairs of a comment and a target that at least two of them labelled" in text
    assert "76 pairs of a comment and a target have labels that differ." in text
    assert "n/a" not in text.split("were compared on")[1].split(".")[0]
    none = _read_with(LARGE, labelling={**LARGE["labelling"], "disagreements": 0})
    assert "No comment has labels that differ." in none
    one = _read_with(LARGE, targets=[], labelling={**LARGE["labelling"], "disagreements": 1, "adjudicated": 1})
    assert "1 comment has labels that differ. 1 comment was adjudicated, by Carla (76)." in one
