"""Times as they are written."""

import datetime

import numpy as np
import pandas as pd
import pytest

from keras_stunet.data.readers.times.timestamps import local_times
from keras_stunet.data.readers.times.timestamps import read_times


@pytest.mark.parametrize(
    "text",
    [
        "2024-03-01 08:05",
        "2024-03-01T08:05:00",
        "2024/3/1 8:05",
        " 2024-03-01 08:05:00.000 ",
        "2024-03-01T08:05:00-07:00",
        "2024-03-01 08:05:00Z",
        "2024-03-01 08:05+0530",
        "2024.03.01 08:05",
        "2024-3-1 8:05 AM",
        "2024-03-01 08:05 UTC",
        "202403010805",
        "20240301T080500",
        "20240301 08:05",
        "1709280300",
        "1709280300.0",
        "1709280300000",
        "1709280300000000000",
    ],
)
@pytest.mark.filterwarnings("ignore:.* since 1970, in UTC")
def test_years_first_are_read_as_the_clock_there(text):
    got = local_times([text], "s.csv")
    assert got.tolist() == [pd.Timestamp("2024-03-01 08:05").to_pydatetime()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("03/04/2024 08:00", "which number is the day.*--date-format day-f"),
        ("13/05/24", "is no time.*--date-format"),
        ("13/14/2024", "the day comes first, and the month in .*line 7"),
        ("2024-03-01 13:05 PM", "no such day or hour"),
        ("20241301", "is no time"),
        ("1714521", "is no time"),
        ("", "the time is missing"),
        ("2024-02-30 08:00", "no such day or hour"),
        ("2024-03-01 24:00", "no such day or hour"),
        ("0024-03-01 08:00", "the year .* is 24"),
        ("2024-03-01 08:05+19:00", "UTC offset"),
        ("never", "'never' is no time"),
        ("2024-03/01", "is no time"),
        ("2024", "'2024' is no time"),
        ("2024-03", "is no time"),
        ("today", "is no time"),
        ("NaT", "is no time"),
        ("2024-03-01 -07:00", "is no time"),
        ("2300-03-01 08:00", "the year .* is 2300"),
        ("2024-03-01 08:05+00:60", "UTC offset"),
    ],
)
def test_other_times_are_refused_with_their_place(text, message):
    with pytest.raises(ValueError, match=f"line 7: .*{message}"):
        local_times([text], "s.csv", lambda i: f"s.csv, line {i + 7}")


def test_parts_of_seconds_and_offsets_are_those_that_datetime_reads():
    texts = [
        "1850-01-01 23:59:59.999999+05:45",
        "2024-02-29T00:00:01,25+0545",
        "2199-12-31 8:00:00.000001+05:45",
    ] * 2
    got, offset = read_times(texts, "s.csv")
    assert got.dtype == "datetime64[us]" and offset == 5.75
    for text, time in zip(texts, got, strict=True):
        text = text.replace(" 8:", " 08:").replace(",", ".")
        expected = datetime.datetime.fromisoformat(text).replace(tzinfo=None)
        assert time.item() == expected
    assert len(read_times([], "s.csv")[0]) == 0


def test_the_first_row_of_a_bad_time_is_named():
    times = ["2024-03-01", "2024-03-02", "never", "2024-03-02", "never", ""]
    with pytest.raises(ValueError, match="time 2: 'never' is no time"):
        read_times(times, "s.csv")


def test_offsets_in_some_rows_only_are_refused():
    times = ["2024-03-01 08:05Z", "2024-03-01 08:10"]
    with pytest.raises(ValueError, match="mixed.*time 0 has one.*time 1 has"):
        local_times(times, "s.csv")


def test_offsets_of_summer_time_become_utc_with_a_warning():
    times = ["2024-11-03 01:55-07:00", "2024-11-03 01:00-08:00"]
    with pytest.warns(UserWarning, match="-08:00 and -07:00.*UTC, not local"):
        got = local_times(times, "s.csv")
    expected = ["2024-11-03T08:55", "2024-11-03T09:00"]
    assert (got == np.array(expected, "datetime64[us]")).all()


@pytest.mark.parametrize("offset", ["+02:00", "-06:30"])
def test_other_offsets_are_refused(offset):
    times = ["2024-03-01 08:05+00:00", f"2024-03-01 08:10{offset}"]
    with pytest.raises(ValueError, match=f"offsets.*\\{offset}.*two an hour"):
        local_times(times, "s.csv")


def test_time_zones_of_pandas_are_treated_alike():
    year = pd.date_range("2024-01-01", periods=366, tz="Europe/Berlin")
    with pytest.warns(UserWarning, match="UTC, not local"):
        got, offset = read_times(year, "frame")
    assert (got == year.tz_convert(None).to_numpy()).all()
    assert offset == 0
    winter, offset = read_times(year[:30], "frame")
    assert offset == 1
    assert (winter == year[:30].tz_localize(None).to_numpy()).all()


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([1, 2], "'1' is no time"),
        (np.array([1.5]), "'1.5' is no time"),
        ([True, False], "'True' is no timestamp.*since 1970"),
        ([pd.Timestamp("2024-01-01"), "13/05/2024"], "is no timestamp"),
        (pd.DatetimeIndex(["2024-01-01", None]), "time 1: the time is missing"),
    ],
)
def test_what_is_no_time_is_refused(times, message):
    with pytest.raises(ValueError, match=message):
        local_times(times, "frame")


def minutes(texts, **options):
    got = read_times(texts, "s.csv", **options)[0]
    return [str(time)[:16] for time in got]


def test_noon_and_midnight_are_those_of_a_clock_of_twelve_hours():
    texts = ["2024-03-01 12:05 am", "2024-03-01 12:05 PM", "2024-03-01 1:00pm"]
    expected = ["2024-03-01T00:05", "2024-03-01T12:05", "2024-03-01T13:00"]
    assert minutes(texts) == expected


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03.04.2024 08:05", "16.04.2024 08:05"], "day first"),
        (["04/03/2024 08:05", "04/16/2024 08:05"], "month first"),
    ],
)
def test_a_file_that_shows_which_number_is_the_day_is_read_so(texts, order):
    with pytest.warns(UserWarning, match=f"{order}, as s.csv, time 1 shows"):
        got = minutes(texts)
    assert got == ["2024-04-03T08:05", "2024-04-16T08:05"]
    both = ["04/03/2024 08:05", "16/04/2024 08:05", "04/16/2024 08:05"]
    with pytest.raises(ValueError, match="time 1: the day .* month in .*e 2"):
        minutes(both)


def test_the_order_or_the_format_can_be_said(recwarn):
    texts = ["03/04/2024 08:05"]
    assert minutes(texts, date_format="day-first") == ["2024-04-03T08:05"]
    assert minutes(texts, date_format="month-first") == ["2024-03-04T08:05"]
    said = {"date_format": "%d-%b-%y %H.%M"}
    assert minutes(["03-Apr-24 08.05"], **said) == ["2024-04-03T08:05"]
    with pytest.raises(ValueError, match="time 1: '4 May' is no time in the f"):
        minutes(["03-Apr-24 08.05", "4 May"], **said)
    zoned = {"date_format": "%Y%m%d %H%M%z"}
    times, offset = read_times(["20240403 0805+0200"], "s.csv", **zoned)
    assert str(times[0])[:16] == "2024-04-03T08:05" and offset == 2
    assert not recwarn.list


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("form", [list, np.array, pd.Index, str])
def test_numbers_since_1970_are_utc(unit, form):
    times = pd.date_range("2024-03-01 08:05", periods=3, freq="5min")
    numbers = times.to_numpy().astype(f"datetime64[{unit}]").astype("int64")
    given = form(numbers.tolist()) if form is not str else numbers.astype(str)
    given = list(given) if form is str else given
    with pytest.warns(UserWarning, match="seconds since 1970, in UTC"):
        got, offset = read_times(given, "s.csv")
    assert (got == times.to_numpy()).all() and offset == 0


@pytest.mark.filterwarnings("ignore:.*since 1970")
def test_the_largest_numbers_are_times_too():
    for digits in (10, 13, 16, 19):
        assert minutes(["9" * digits]) == ["2286-11-20T17:46"]


def test_one_time_that_is_no_number_among_numbers_is_named():
    times = ["1709280300", "1709280600", "x", "1709281200"]
    with pytest.raises(ValueError, match="time 2: 'x' is no time in seconds"):
        read_times(times, "s.csv")
