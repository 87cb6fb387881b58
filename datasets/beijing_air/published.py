"""What was published of Beijing's air: stations, measurements, hours."""

import numpy as np

TITLE = "Beijing air"
HOMEPAGE = "https://archive.ics.uci.edu/dataset/501"
FIRST, LAST = "2013-03-01T00", "2017-02-28T23"
STATIONS = (
    "Aotizhongxin",
    "Changping",
    "Dingling",
    "Dongsi",
    "Guanyuan",
    "Gucheng",
    "Huairou",
    "Nongzhanguan",
    "Shunyi",
    "Tiantan",
    "Wanliu",
    "Wanshouxigong",
)
MEASUREMENTS = {
    "PM2.5": "ug/m3",
    "PM10": "ug/m3",
    "SO2": "ug/m3",
    "NO2": "ug/m3",
    "CO": "ug/m3",
    "O3": "ug/m3",
    "TEMP": "C",
    "PRES": "hPa",
    "DEWP": "C",
    "RAIN": "mm",
    "WSPM": "m/s",
}
"""Names and units, in the order of the files."""

HEADING = (
    *("No", "year", "month", "day", "hour"),
    *("PM2.5", "PM10", "SO2", "NO2", "CO", "O3"),
    *("TEMP", "PRES", "DEWP", "RAIN", "wd", "WSPM", "station"),
)


def file_name(station):
    """Name of the file of a station.

    >>> file_name("Dongsi")
    'PRSA_Data_Dongsi_20130301-20170228.csv'
    """
    return f"PRSA_Data_{station}_20130301-20170228.csv"


def hours(first=FIRST, last=LAST):
    """Timestamps from the first hour to the last, datetime64[s]."""
    step = np.timedelta64(1, "h")
    span = np.arange(np.datetime64(first), np.datetime64(last) + step)
    return span.astype("datetime64[s]")
