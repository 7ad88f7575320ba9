from __future__ import annotations

import datetime as dt

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.extraction.html import machine_dates

STATED = {
    '<time datetime="2021-05-03T16:05:00Z">2 years ago</time>': "2021-05-03T16:05:00Z",
    '<time datetime="2021-05-03T16:05:00+03:00">2 years ago</time>': "2021-05-03T16:05:00+03:00",
    '<time datetime="2021-05-03T16:05:00.123+0000">2 years ago</time>': "2021-05-03T16:05:00Z",
    '<time datetime="2021-05-03 16:05">2 years ago</time>': "2021-05-03T16:05:00",
    '<time datetime="2021-05-03">2 years ago</time>': "2021-05-03",
    '<time datetime="2021-05-03Tsoon">2 years ago</time>': "2021-05-03",
    '<time datetime="2021-13-45T99:99">2 years ago</time>': "",
    '<span content="2021-05-03T16:05:00Z">2 years ago</span>': "2021-05-03T16:05:00Z",
    '<a title="Monday, May 3, 2021 4:05 PM">2 years ago</a>': "2021-05-03T16:05",
    '<a title="Link to comment by Reader One">2 years ago</a>': "",
    '<abbr data-utime="1620057900" title="some day">2 years ago</abbr>': "2021-05-03T16:05:00Z",
    '<span data-time="1620057900000">2 years ago</span>': "2021-05-03T16:05:00Z",
    '<i style="display:none">2021-05-03T16:05:00</i>': "2021-05-03T16:05:00",
    "<i>May 3, 2021</i>": "",
    '<time datetime="">2 years ago</time>': "",
}


@pytest.mark.parametrize("html", STATED)
def test_dates_that_markup_states(html: str) -> None:
    assert machine_dates.read_machine_date(lxml.html.fragment_fromstring(html)) == STATED[html]


@pytest.mark.parametrize(
    ("read", "stated", "better"),
    [
        ("", "", ""),
        ("", "2021-05-03T16:05:00Z", "2021-05-03T16:05:00Z"),
        ("2021-05-03T16:05", "", "2021-05-03T16:05"),
        ("2021-05-03", "2021-05-03T16:05:00Z", "2021-05-03T16:05:00Z"),
        ("2021-05-03T16:05", "2021-05-03T14:05:00Z", "2021-05-03T14:05:00Z"),
        ("2021-05-03T16:05", "2021-05-03", "2021-05-03T16:05"),
        ("2021-05-03T16:05", "2009-01-01T00:00:00Z", "2021-05-03T16:05"),
    ],
)
def test_the_better_of_two_dates(read: str, stated: str, better: str) -> None:
    assert machine_dates.choose_more_precise_date(read, stated) == better


@given(st.text(max_size=40))
def test_what_is_read_is_a_date(value: str) -> None:
    element = lxml.html.Element("time")
    try:
        element.set("datetime", value)
    except ValueError:  # no character of XML
        return
    if stamp := machine_dates.read_machine_date(element):
        dt.datetime.fromisoformat(stamp)
