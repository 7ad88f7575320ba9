from __future__ import annotations

import datetime as dt

import lxml.html
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.extraction.html import machine_dates

DATES = {
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


@pytest.mark.parametrize("html", DATES)
def test_machine_dates(html: str) -> None:
    assert machine_dates.read_machine_date(lxml.html.fragment_fromstring(html)) == DATES[html]


@pytest.mark.parametrize(
    ("visible_date", "machine_date", "expected"),
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
def test_the_more_precise_of_two_dates(visible_date: str, machine_date: str, expected: str) -> None:
    assert machine_dates.choose_more_precise_date(visible_date, machine_date) == expected


@given(st.text(max_size=40))
def test_any_result_is_a_date(value: str) -> None:
    element = lxml.html.Element("time")
    try:
        element.set("datetime", value)
    except ValueError:  # not allowed in XML
        return
    if date := machine_dates.read_machine_date(element):
        dt.datetime.fromisoformat(date)
