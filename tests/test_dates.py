from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.extraction import dates

DATES = {
    "November 29, 2010 at 8:03 am.": ("November 29, 2010 at 8:03 am.", "2010-11-29T08:03"),
    "Posted by: Jim | September 26, 2012 at 05:47 PM": ("September 26, 2012 at 05:47 PM", "2012-09-26T17:47"),
    "Jul 23 2012": ("Jul 23 2012", "2012-07-23"),
    "7 Aug 12 at 11:21 pm": ("7 Aug 12 at 11:21 pm", "2012-08-07T23:21"),
    "12 марта 2022 в 14:05": ("12 марта 2022 в 14:05", "2022-03-12T14:05"),
    "14:05, 12.03.2022": ("14:05, 12.03.2022", "2022-03-12T14:05"),
    "07.21.12 at 17:46": ("07.21.12 at 17:46", "2012-07-21T17:46"),
    "10/28/12 5:33 PM": ("10/28/12 5:33 PM", "2012-10-28T17:33"),
    "11/09/12 at 11:18 am": ("11/09/12 at 11:18 am", ""),
    "on Aug 8, 2012 | 11:10 AM": ("Aug 8, 2012 | 11:10 AM", "2012-08-08T11:10"),
    "8:12 am on March 3, 2012": ("8:12 am on March 3, 2012", "2012-03-03T08:12"),
    "October 12th, 2012": ("October 12th, 2012", "2012-10-12"),
    "Monday July 23, @09:58PM (#4)": ("Monday July 23, @09:58PM", ""),
    "Sat, 12 May 2012 10:00:05 GMT": ("Sat, 12 May 2012 10:00:05 GMT", "2012-05-12T10:00:05Z"),
    "2012-10-28T05:33:00+02:00": ("2012-10-28T05:33:00+02:00", "2012-10-28T05:33:00+02:00"),
    "2022-03-12 14:05:11 +0600": ("2022-03-12 14:05:11 +0600", "2022-03-12T14:05:11+06:00"),
    "8 août 2012 à 10h23": ("8 août 2012 à 10h23", "2012-08-08T10:23"),
    "12 наурыз 2022 ж.": ("12 наурыз 2022 ж.", "2022-03-12"),
    "31 February 2012": ("31 February 2012", ""),
    "3 years ago": ("3 years ago", ""),
    "2 часа назад": ("2 часа назад", ""),
    "3 күн бұрын": ("3 күн бұрын", ""),
    "vor 3 Stunden": ("vor 3 Stunden", ""),
    "Jan 12. března 2022 v 14:05": ("12. března 2022 v 14:05", "2022-03-12T14:05"),
    "José 12 de marzo de 2022 a las 14:05": ("12 de marzo de 2022 a las 14:05", "2022-03-12T14:05"),
    "3 out 2012": ("3 out 2012", "2012-10-03"),
    "2022年3月12日 14:05": ("2022年3月12日 14:05", "2022-03-12T14:05"),
    "2 saat önce": ("2 saat önce", ""),
    "há 2 horas": ("há 2 horas", ""),
    "2 godziny temu": ("2 godziny temu", ""),
    "för 2 timmar sedan": ("för 2 timmar sedan", ""),
    "2小时前": ("2小时前", ""),
    "Gisteren om 10:20": ("Gisteren om 10:20", ""),
    "Вчера в 12:30": ("Вчера в 12:30", ""),
}
NO_DATES = [
    "May the force be with you",
    "yesterday was fun",
    "version 1.2.3",
    "in 2012",
    "24/7",
    "12:30",
    "",
    "march on!",
    "10 out of 10",
    "they ran out 10 minutes later",
    "Omar 5",
]


@pytest.mark.parametrize(("line", "expected"), DATES.items())
def test_find_date(line: str, expected: tuple[str, str]) -> None:
    match = dates.find_date(line)
    assert match is not None
    assert (match.raw, match.iso) == expected
    assert line[match.start : match.end] == match.raw


@pytest.mark.parametrize("line", NO_DATES)
def test_lines_without_a_date(line: str) -> None:
    assert dates.find_date(line) is None


@pytest.mark.parametrize(
    ("dates_on_page", "day_first"),
    [
        (["05/06/2022", "25/06/2022"], True),
        (["05/06/2022", "06/25/2022"], False),
        (["05/06/2022"], None),
        (["25/06/2022", "06/25/2022"], None),
        (["3 hours ago", ""], None),
    ],
)
def test_infer_day_first(dates_on_page: list[str], day_first: bool | None) -> None:
    assert dates.infer_day_first(dates_on_page) is day_first


def test_day_first_resolves_ambiguous_dates() -> None:
    matches = {day_first: dates.find_date("05/06/2022", day_first=day_first) for day_first in (True, False, None)}
    assert {day_first: match and match.iso for day_first, match in matches.items()} == {
        True: "2022-06-05", False: "2022-05-06", None: "",
    }  # fmt: skip


DATETIMES = st.builds(dt.datetime.combine, st.dates(dt.date(1970, 1, 1), dt.date(2069, 12, 31)), st.times())


@given(
    DATETIMES,
    st.sampled_from(["%B %d, %Y at %I:%M %p", "%d %b %Y %H:%M", "%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M", "%b %d %Y, %H:%M"]),
)
def test_formatted_datetimes_are_parsed_back(moment: dt.datetime, date_format: str) -> None:
    match = dates.find_date(f"by Ann on {moment.strftime(date_format)} |")
    assert match is not None
    assert match.iso == moment.strftime("%Y-%m-%dT%H:%M")


@given(st.text(max_size=80))
def test_arbitrary_lines_do_not_fail(line: str) -> None:
    match = dates.find_date(line)
    assert match is None or line[match.start : match.end] == match.raw
