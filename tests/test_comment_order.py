"""Which comments are selected for an annotator, their order, and the sampling metadata of each label."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sheet_helpers import open_session, read_labels, write_sheet

from stance.annotation import comment_order, session_setup
from stance.annotation.comment_order import CommentKey, CommentPool
from stance.annotation.session_setup import OpenSheet
from stance.errors import CodebookError, MissingColumnError, StanceError, TextMismatchError
from stance.labels.resolution import combine_labels, resolve_labels
from stance.labels.sheets.sheet_file import read_sheet


def _label_all(sheet: OpenSheet) -> list[tuple[str, str]]:
    """Label all comments, and return the id and the selection method of each."""
    labelled = []
    while item := sheet.session.current_item:
        labelled.append((item.key.comment_id, item.sampling.sampled))
        sheet.session.label("for")
    return labelled


@given(
    ids=st.lists(st.text(min_size=1), unique=True, max_size=30),
    seed=st.integers(0, 2**40),
    data=st.data(),
)
def test_the_order_does_not_change_when_comments_are_added(ids: list[str], seed: int, data: st.DataObject) -> None:
    keys = [CommentKey(comment_id, "") for comment_id in ids]
    subset = data.draw(st.lists(st.sampled_from(keys), unique=True)) if keys else []
    shuffled = comment_order.shuffle_keys(keys, seed)
    assert sorted(shuffled) == sorted(keys)
    assert comment_order.shuffle_keys(subset, seed) == [key for key in shuffled if key in set(subset)]


def test_hashed_numbers_are_uniform() -> None:
    numbers = pd.Series(comment_order.hash_to_uniform([CommentKey(f"c{number}", "") for number in range(4000)], 3))
    assert numbers.between(0, 1, inclusive="left").all()
    assert pd.cut(numbers, 10).value_counts().between(330, 470).all()


def test_seeds_and_purposes_shuffle_differently() -> None:
    keys = [CommentKey(f"c{number}", "") for number in range(50)]
    orders = [comment_order.shuffle_keys(keys, seed, purpose) for seed in (0, 1) for purpose in ("order", "second")]
    assert len({tuple(order) for order in orders}) == 4


def test_labelled_comments_are_left_out(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 5, "c1,,,for,bek,1,random,", "c3,,,for,,,,")
    with open_session(sheet) as opened_sheet:
        assert sorted(comment for comment, _ in _label_all(opened_sheet)) == ["c0", "c2", "c4"]


def test_sampling_metadata_of_the_sheet_is_kept(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 0)
    sheet.write_text(
        "comment_id,text,stance,sampled,seed,probability\nc0,a,,random,42,0.05\nc1,b,,given,,\nc2,c,,,,\n",
        encoding="utf-8",
    )
    with open_session(sheet, seed=7) as opened_sheet:
        _label_all(opened_sheet)
    frame = read_sheet(sheet).frame
    labels = frame[frame["stance"] == "for"].sort_values("comment_id")
    sampling = labels[["sampled", "seed", "probability"]].to_numpy().tolist()
    assert sampling == [["random", "42", "0.05"], ["given", "", ""], ["random", "7", ""]]


def _write_model_selected(folder: Path, count: int = 20) -> Path:
    """Write a sheet in which every second comment was selected by a model and labelled."""
    labels = [f"c{number},,,against,aida,1,uncertain," for number in range(0, count, 2)]
    return write_sheet(folder, count, *labels)


def _random_and_reached(sheet: Path) -> tuple[list[str], list[str]]:
    """Return the comments recorded as random, and those that the random order has reached."""
    labelled, _ = combine_labels([read_sheet(sheet)], None)
    resolved = resolve_labels(labelled)
    recorded = resolved.loc[resolved["sampled"] == "random", "comment_id"].to_list()
    keys = [CommentKey(f"c{number}", "") for number in range(20)]
    shuffled = [key.comment_id for key in comment_order.shuffle_keys(keys, 0)]
    last = max((shuffled.index(comment_id) for comment_id in recorded), default=-1)
    return sorted(recorded), sorted(shuffled[: last + 1])


def test_model_selected_labels_are_reclassified_when_the_random_order_reaches_them(tmp_path: Path) -> None:
    sheet = _write_model_selected(tmp_path)
    with open_session(sheet) as opened_sheet:
        for _ in range(5):
            opened_sheet.session.label("for")
    recorded, reached = _random_and_reached(sheet)
    assert len(recorded) > 5
    assert recorded == reached
    stances = {comment: stance for (comment, _, _), stance in read_labels(sheet).items()}
    assert {stances[f"c{number}"] for number in range(0, 20, 2)} == {"against"}


@pytest.mark.slow
@pytest.mark.parametrize("steps", ["r22", "s", "z", "r2z", "zs"])
def test_reclassified_labels_keep_the_last_stance_whatever_the_annotator_does(tmp_path: Path, steps: str) -> None:
    sheet = _write_model_selected(tmp_path)
    text = sheet.read_text(encoding="utf-8").replace("uncertain,\n", "uncertain,yes\n")
    sheet.write_text(text, encoding="utf-8")
    last: dict[str, str] = {}
    for step in (*steps, *"3333"):
        with open_session(sheet) as opened_sheet:
            session = opened_sheet.session
            shown = session.current_item.key.comment_id if session.current_item else ""
            if step == "r":
                session.revisit_unsure()
                for _ in range(2):
                    assert session.current_item
                    last[session.current_item.key.comment_id] = "neutral"
                    session.label("neutral")
            elif step == "s":
                session.skip()
            elif step == "z":
                assert session.undo()
                assert session.current_item
                last[session.current_item.key.comment_id] = "for"
                session.label("for")
            else:
                last[shown] = "for"
                session.label("for")
    recorded, reached = _random_and_reached(sheet)
    labelled = {comment for comment, _, _ in read_labels(sheet)}
    assert recorded == sorted(labelled & set(reached))
    stances = {comment: stance for (comment, _, _), stance in read_labels(sheet).items()}
    assert {comment: stances[comment] for comment in last} == last


def test_all_labels_of_a_fully_labelled_sheet_are_reclassified(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 4, *(f"c{number},,,against,aida,1,uncertain," for number in range(4)))
    for _ in range(2):
        with open_session(sheet) as opened_sheet:
            assert opened_sheet.session.current_item is None
        assert len(_random_and_reached(sheet)[0]) == 4
        assert len(read_sheet(sheet).frame) == 12


def test_a_second_annotator_sees_a_share_of_the_labelled_comments_without_labels(tmp_path: Path) -> None:
    labels = [f"c{number},,,against,bek,1,{'uncertain' if number % 2 else 'given'}," for number in range(20)]
    sheet = write_sheet(tmp_path, 30, *labels)
    with open_session(sheet, second_share=0.25) as opened_sheet:
        shown = []
        for _ in range(3):
            assert opened_sheet.session.current_item
            assert opened_sheet.session.previous_label is None
            assert opened_sheet.session.current_item.other_labels == ()
            shown.append(opened_sheet.session.current_item.key.comment_id)
            opened_sheet.session.label("for")
    with open_session(sheet, second_share=0.25) as opened_sheet:
        shown += [comment for comment, _ in _label_all(opened_sheet)]
    assert len(shown) == len(set(shown)) == 5
    assert {int(comment[1:]) for comment in shown} <= set(range(20))
    frame = read_sheet(sheet).frame
    own_labels = frame[frame["annotator"] == "aida"]
    assert own_labels["sampled"].to_list() == [
        "uncertain" if int(comment[1:]) % 2 else "given" for comment in own_labels["comment_id"]
    ]


def test_a_disputed_comment_is_labelled_once_more_by_the_same_annotator(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3, "c1,,,for,aida,1,random,", "c1,,,against,bek,1,random,", "c2,,,for,bek,1,random,")
    options = session_setup.SessionOptions("aida", "disagree")
    for n_expected in (2, 0):
        with session_setup.open_labelling_session(
            sheet, None, options, lambda *_: [("c1", ""), ("c2", ""), ("gone", "")]
        ) as opened_sheet:
            queue = [
                (item.key.comment_id, item.pass_id)
                for item in (opened_sheet.session.current_item, *opened_sheet.session._queue)
                if item
            ]
            assert len(_label_all(opened_sheet)) == n_expected
        if n_expected:
            assert queue == [("c1", "2"), ("c2", "1")]
    assert read_labels(sheet)["c1", "aida", "2"] == "for"


def test_an_adjudicator_sees_the_labels_of_all_annotators_and_decides(tmp_path: Path) -> None:
    two_annotators = (
        "c1,,,for,aida,1,random,yes",
        "c1,,,against,bek,1,random,",
        "c2,,,for,aida,1,,",
        "c2,,,for,bek,1,,",
    )
    sheet = write_sheet(tmp_path, 4, *two_annotators, "c3,,,for,aida,1,,", "c3,,,neutral,aida,2,,")
    with session_setup.open_adjudication_session([sheet], None, "dana") as opened_sheet:
        shown = []
        while item := opened_sheet.session.current_item:
            shown.append([(row["annotator"], row["pass"], row["stance"]) for row in item.other_labels])
            opened_sheet.session.label("neutral")
    assert shown == [
        [("aida", "1", "for"), ("bek", "1", "against")],
        [("aida", "1", "for"), ("aida", "2", "neutral")],
    ]
    labelled, _ = combine_labels([read_sheet(sheet)], None)
    assert resolve_labels(labelled)["stance"].to_list() == ["neutral", "for", "neutral"]
    with session_setup.open_adjudication_session([sheet], None, "dana") as opened_sheet:
        assert opened_sheet.session.current_item is None
        assert opened_sheet.session.undo()
        assert opened_sheet.session.current_item


def test_an_adjudication_combines_two_sheets(tmp_path: Path) -> None:
    first = write_sheet(tmp_path, 2, "c1,,,for,aida,1,,")
    second = tmp_path / "second.csv"
    second.write_text("comment_id,text,stance,annotator\nc1,comment number 1,against,bek\n", encoding="utf-8")
    before = second.read_bytes()
    with session_setup.open_adjudication_session([first, second], None, "dana") as opened_sheet:
        assert opened_sheet.session.current_item
        assert [row["annotator"] for row in opened_sheet.session.current_item.other_labels] == ["aida", "bek"]
        opened_sheet.session.label("against")
    assert read_labels(first)["c1", "dana", "adjudicated"] == "against"
    assert second.read_bytes() == before


def test_an_adjudication_finds_the_texts_in_another_sheet(tmp_path: Path) -> None:
    with_texts = write_sheet(tmp_path, 2)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    first.write_text("comment_id,stance,annotator\nc1,for,aida\n", encoding="utf-8")
    second.write_text("comment_id,stance,annotator\nc1,against,bek\n", encoding="utf-8")
    with session_setup.open_adjudication_session([first, second, with_texts], None, "dana") as opened_sheet:
        assert opened_sheet.session.current_item
        assert opened_sheet.session.current_item.text == "comment number 1"
        opened_sheet.session.label("against")
    assert "text" not in read_sheet(first).frame.columns
    assert read_labels(first)["c1", "dana", "adjudicated"] == "against"
    with pytest.raises(StanceError, match=r"no column 'text'.*first\.csv"):
        session_setup.open_adjudication_session([first, second], None, "dana").__enter__()


def test_a_comment_is_shown_with_its_article_and_the_comment_it_replies_to(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 0)
    sheet.write_text(
        "comment_id,article_title,reply_to,text,target,stance\n"
        "c0,The plan,,Yes,mayor,\nc1,The plan,c0,No,mayor,\nc1,,c0,,council,\n",
        encoding="utf-8",
    )
    with open_session(sheet) as opened_sheet:
        shown = {}
        while item := opened_sheet.session.current_item:
            shown[item.key] = (item.article_title, item.parent_text, item.text)
            opened_sheet.session.label("for")
    assert shown == {
        CommentKey("c0", "mayor"): ("The plan", "", "Yes"),
        CommentKey("c1", "mayor"): ("The plan", "Yes", "No"),
        CommentKey("c1", "council"): ("The plan", "Yes", "No"),
    }


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("comment_id,stance\nc1,\n", MissingColumnError, "no column 'text'"),
        ("comment_id,text,stance\nc1,,\n", StanceError, "no comments in the sheet"),
        ("comment_id,text,stance\nc1,a,fro\n", StanceError, "unknown stance 'fro'"),
        ("comment_id,text,stance\nc1,a,\nc1,b,\n", TextMismatchError, "comment 'c1' has another text here"),
        ("comment_id,text,target,stance\nc1,a,x,\nc2,b,,\n", StanceError, r"a comment without a target .*csv:3\)"),
    ],
)
def test_a_sheet_that_cannot_be_labelled_is_refused(
    tmp_path: Path, content: str, error: type[Exception], message: str
) -> None:
    sheet = write_sheet(tmp_path)
    sheet.write_text(content, encoding="utf-8")
    with pytest.raises(error, match=message), open_session(sheet):
        pass


def test_without_a_codebook_the_stances_are_those_of_the_labels(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    (tmp_path / "codebook.toml").unlink()
    with pytest.raises(CodebookError, match="none beside the sheet"), open_session(sheet):
        pass
    text = (
        sheet.read_text(encoding="utf-8").replace("number 0,,", "number 0,yes,").replace("number 1,,", "number 1,no,")
    )
    sheet.write_text(text, encoding="utf-8")
    with open_session(sheet) as opened_sheet:
        assert opened_sheet.session.codebook.stance_names == ("no", "yes")
        opened_sheet.session.label("no")
    assert read_sheet(sheet).frame.iloc[-1]["codebook"] == ""


def test_the_pool_has_no_comment_without_a_text(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 1, "c9,,,,,,,")
    frame = read_sheet(sheet).frame
    pool: CommentPool = comment_order.build_pool(frame, combine_labels([read_sheet(sheet)], None)[0])
    assert list(pool.items) == [CommentKey("c0", "")]
