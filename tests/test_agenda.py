"""Which comments an annotator sees, in which order, and how each label says it was chosen."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from desks import labels_in, opened, write_sheet
from hypothesis import given
from hypothesis import strategies as st

from stance.annotation import comment_order, session_setup
from stance.annotation.comment_order import CommentKey, CommentPool
from stance.annotation.session_setup import OpenSheet
from stance.errors import CodebookError, MissingColumnError, StanceError, TextMismatchError
from stance.labels.resolution import combine_labels, resolve_labels
from stance.labels.sheets.sheet_file import read_sheet


def _queue(opened_desk: OpenSheet) -> list[tuple[str, str]]:
    """Label all that there is, and tell which comments came, and how each was said to be chosen."""
    came = []
    while item := opened_desk.session.current_item:
        came.append((item.key.comment_id, item.sampling.sampled))
        opened_desk.session.label("for")
    return came


@given(
    ids=st.lists(st.text(min_size=1), unique=True, max_size=30),
    seed=st.integers(0, 2**40),
    data=st.data(),
)
def test_an_order_stands_where_comments_are_added(ids: list[str], seed: int, data: st.DataObject) -> None:
    abouts = [CommentKey(each, "") for each in ids]
    some = data.draw(st.lists(st.sampled_from(abouts), unique=True)) if abouts else []
    whole = comment_order.shuffle_keys(abouts, seed)
    assert sorted(whole) == sorted(abouts)
    assert comment_order.shuffle_keys(some, seed) == [about for about in whole if about in set(some)]


def test_lots_are_even() -> None:
    lots = pd.Series(comment_order.hash_to_uniform([CommentKey(f"c{number}", "") for number in range(4000)], 3))
    assert lots.between(0, 1, inclusive="left").all()
    assert pd.cut(lots, 10).value_counts().between(330, 470).all()


def test_seeds_and_purposes_draw_differently() -> None:
    abouts = [CommentKey(f"c{number}", "") for number in range(50)]
    orders = [comment_order.shuffle_keys(abouts, seed, purpose) for seed in (0, 1) for purpose in ("order", "second")]
    assert len({tuple(order) for order in orders}) == 4


def test_what_somebody_has_labelled_is_left_out(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 5, "c1,,,for,bek,1,random,", "c3,,,for,,,,")
    with opened(sheet) as found:
        assert sorted(comment for comment, _ in _queue(found)) == ["c0", "c2", "c4"]


def test_a_drawn_comment_stays_drawn_as_it_was(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 0)
    sheet.write_text(
        "comment_id,text,stance,sampled,seed,probability\nc0,a,,random,42,0.05\nc1,b,,given,,\nc2,c,,,,\n",
        encoding="utf-8",
    )
    with opened(sheet, seed=7) as found:
        _queue(found)
    frame = read_sheet(sheet).frame
    given_labels = frame[frame["stance"] == "for"].sort_values("comment_id")
    told = given_labels[["sampled", "seed", "probability"]].to_numpy().tolist()
    assert told == [["random", "42", "0.05"], ["given", "", ""], ["random", "7", ""]]


def _chosen_by_a_model(folder: Path, count: int = 20) -> Path:
    chosen = [f"c{number},,,against,aida,1,uncertain," for number in range(0, count, 2)]
    return write_sheet(folder, count, *chosen)


def _drawn(sheet: Path) -> tuple[list[str], list[str]]:
    """Give the comments that count as drawn at random, and those to which the lot has come."""
    labelled, _ = combine_labels([read_sheet(sheet)], None)
    settled = resolve_labels(labelled)
    drawn = settled.loc[settled["sampled"] == "random", "comment_id"].to_list()
    order = [
        about.comment_id
        for about in comment_order.shuffle_keys([CommentKey(f"c{number}", "") for number in range(20)], 0)
    ]
    last = max((order.index(comment) for comment in drawn), default=-1)
    return sorted(drawn), sorted(order[: last + 1])


def test_comments_that_a_model_chose_count_as_drawn_when_their_lot_comes(tmp_path: Path) -> None:
    sheet = _chosen_by_a_model(tmp_path)
    with opened(sheet) as found:
        for _ in range(5):
            found.session.label("for")
    drawn, reached = _drawn(sheet)
    assert len(drawn) > 5
    assert drawn == reached
    stances = {comment: stance for (comment, _, _), stance in labels_in(sheet).items()}
    assert {stances[f"c{number}"] for number in range(0, 20, 2)} == {"against"}


@pytest.mark.parametrize("steps", ["r22", "s", "z", "r2z", "zs"])
def test_whatever_one_does_to_them_they_stay_drawn_and_as_they_were_labelled_last(tmp_path: Path, steps: str) -> None:
    sheet = _chosen_by_a_model(tmp_path)
    text = sheet.read_text(encoding="utf-8").replace("uncertain,\n", "uncertain,yes\n")
    sheet.write_text(text, encoding="utf-8")
    last: dict[str, str] = {}
    for step in (*steps, *"3333"):
        with opened(sheet) as found:
            session = found.session
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
    drawn, reached = _drawn(sheet)
    labelled = {comment for comment, _, _ in labels_in(sheet)}
    assert drawn == sorted(labelled & set(reached))
    stances = {comment: stance for (comment, _, _), stance in labels_in(sheet).items()}
    assert {comment: stances[comment] for comment in last} == last


def test_a_sheet_of_which_all_is_labelled_is_all_drawn(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 4, *(f"c{number},,,against,aida,1,uncertain," for number in range(4)))
    for _ in range(2):
        with opened(sheet) as found:
            assert found.session.current_item is None
        assert len(_drawn(sheet)[0]) == 4
        assert len(read_sheet(sheet).frame) == 12


def test_a_second_annotator_sees_a_share_of_what_others_labelled_and_no_label(tmp_path: Path) -> None:
    labels = [f"c{number},,,against,bek,1,{'uncertain' if number % 2 else 'given'}," for number in range(20)]
    sheet = write_sheet(tmp_path, 30, *labels)
    with opened(sheet, second=0.25) as found:
        shown = []
        for _ in range(3):
            assert found.session.current_item
            assert found.session.previous_label is None
            assert found.session.current_item.other_labels == ()
            shown.append(found.session.current_item.key.comment_id)
            found.session.label("for")
    with opened(sheet, second=0.25) as found:
        shown += [comment for comment, _ in _queue(found)]
    assert len(shown) == len(set(shown)) == 5
    assert {int(comment[1:]) for comment in shown} <= set(range(20))
    frame = read_sheet(sheet).frame
    own = frame[frame["annotator"] == "aida"]
    assert own["sampled"].to_list() == [
        "uncertain" if int(comment[1:]) % 2 else "given" for comment in own["comment_id"]
    ]


def test_a_comment_on_which_one_disagrees_is_read_once_more(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 3, "c1,,,for,aida,1,random,", "c1,,,against,bek,1,random,", "c2,,,for,bek,1,random,")
    wish = session_setup.SessionOptions("aida", "disagree")
    for times in (2, 0):
        with session_setup.open_labelling_session(
            sheet, None, wish, lambda *_: [("c1", ""), ("c2", ""), ("gone", "")]
        ) as found:
            came = [
                (item.key.comment_id, item.pass_id)
                for item in (found.session.current_item, *found.session._queue)
                if item
            ]
            assert len(_queue(found)) == times
        if times:
            assert came == [("c1", "2"), ("c2", "1")]
    assert labels_in(sheet)["c1", "aida", "2"] == "for"


def test_an_adjudicator_sees_who_said_what_and_decides(tmp_path: Path) -> None:
    of_two = ("c1,,,for,aida,1,random,yes", "c1,,,against,bek,1,random,", "c2,,,for,aida,1,,", "c2,,,for,bek,1,,")
    sheet = write_sheet(tmp_path, 4, *of_two, "c3,,,for,aida,1,,", "c3,,,neutral,aida,2,,")
    with session_setup.open_adjudication_session([sheet], None, "dana") as found:
        shown = []
        while item := found.session.current_item:
            shown.append([(row["annotator"], row["pass"], row["stance"]) for row in item.other_labels])
            found.session.label("neutral")
    assert shown == [
        [("aida", "1", "for"), ("bek", "1", "against")],
        [("aida", "1", "for"), ("aida", "2", "neutral")],
    ]
    labelled, _ = combine_labels([read_sheet(sheet)], None)
    assert resolve_labels(labelled)["stance"].to_list() == ["neutral", "for", "neutral"]
    with session_setup.open_adjudication_session([sheet], None, "dana") as found:
        assert found.session.current_item is None
        assert found.session.undo()
        assert found.session.current_item


def test_an_adjudicator_brings_two_sheets_together(tmp_path: Path) -> None:
    first = write_sheet(tmp_path, 2, "c1,,,for,aida,1,,")
    second = tmp_path / "second.csv"
    second.write_text("comment_id,text,stance,annotator\nc1,comment number 1,against,bek\n", encoding="utf-8")
    before = second.read_bytes()
    with session_setup.open_adjudication_session([first, second], None, "dana") as found:
        assert found.session.current_item
        assert [row["annotator"] for row in found.session.current_item.other_labels] == ["aida", "bek"]
        found.session.label("against")
    assert labels_in(first)["c1", "dana", "adjudicated"] == "against"
    assert second.read_bytes() == before


def test_a_comment_is_shown_with_its_article_and_what_it_answers(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 0)
    sheet.write_text(
        "comment_id,article_title,reply_to,text,target,stance\n"
        "c0,The plan,,Yes,mayor,\nc1,The plan,c0,No,mayor,\nc1,,c0,,council,\n",
        encoding="utf-8",
    )
    with opened(sheet) as found:
        shown = {}
        while item := found.session.current_item:
            shown[item.key] = (item.article_title, item.parent_text, item.text)
            found.session.label("for")
    assert shown == {
        CommentKey("c0", "mayor"): ("The plan", "", "Yes"),
        CommentKey("c1", "mayor"): ("The plan", "Yes", "No"),
        CommentKey("c1", "council"): ("The plan", "Yes", "No"),
    }


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ("comment_id,stance\nc1,\n", MissingColumnError, "no column 'text'"),
        ("comment_id,text,stance\nc1,,\n", StanceError, "no comments in it"),
        ("comment_id,text,stance\nc1,a,fro\n", StanceError, "unknown stance 'fro'"),
        ("comment_id,text,stance\nc1,a,\nc1,b,\n", TextMismatchError, "comment 'c1' has another text here"),
        ("comment_id,text,target,stance\nc1,a,x,\nc2,b,,\n", StanceError, r"a comment without a target .*csv:3\)"),
    ],
)
def test_what_cannot_be_labelled_is_told(tmp_path: Path, content: str, error: type[Exception], message: str) -> None:
    sheet = write_sheet(tmp_path)
    sheet.write_text(content, encoding="utf-8")
    with pytest.raises(error, match=message), opened(sheet):
        pass


def test_stances_are_those_found_where_there_is_no_codebook(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path)
    (tmp_path / "codebook.toml").unlink()
    with pytest.raises(CodebookError, match="none beside the sheet"), opened(sheet):
        pass
    text = (
        sheet.read_text(encoding="utf-8").replace("number 0,,", "number 0,yes,").replace("number 1,,", "number 1,no,")
    )
    sheet.write_text(text, encoding="utf-8")
    with opened(sheet) as found:
        assert found.session.codebook.stance_names == ("no", "yes")
        found.session.label("no")
    assert read_sheet(sheet).frame.iloc[-1]["codebook"] == ""


def test_a_pool_has_no_row_without_a_text(tmp_path: Path) -> None:
    sheet = write_sheet(tmp_path, 1, "c9,,,,,,,")
    frame = read_sheet(sheet).frame
    pool: CommentPool = comment_order.build_pool(frame, combine_labels([read_sheet(sheet)], None)[0])
    assert list(pool.items) == [CommentKey("c0", "")]
