"""Reads ids and coordinates of stations."""

import csv
import io

import numpy as np

from keras_stunet.datasets.table import open_unpacked


def read_places(path, num_stations, columns=("ID", "Latitude", "Longitude")):
    """Reads the ids and coordinates of stations from a csv with a header.

    Args:
        path: Path with an `open` method; plain or gzipped text.
        num_stations: Number of rows N below the header.
        columns: Headings of the ids, of the latitudes and of the longitudes.
            Other columns are passed over.

    Returns:
        The ids, str `(N,)`, and the coordinates, float64 `(N, 2)`, latitude
        and longitude in degrees.

    Raises:
        ValueError: If the file is anything else, or an id is there twice.
    """
    with open_unpacked(path) as stream:
        content = stream.read()
    try:
        text = content.decode("utf-8")
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(
            f"{path}: no comma-separated UTF-8 text ({error}). Get the file "
            "again or remove it: then ids and coordinates are unknown."
        ) from error
    if len(rows) != num_stations:
        raise ValueError(
            f"{path}: expected a header line and {num_stations} stations, "
            f"found {len(rows)}. Get the file again or remove it: then ids "
            "and coordinates are unknown."
        )
    name, latitude, longitude = columns
    ids, coordinates = [], []
    for line, row in enumerate(rows, 2):
        try:
            place = float(row[latitude]), float(row[longitude])
            if not (abs(place[0]) <= 90 and abs(place[1]) <= 180):
                raise ValueError(f"latitude, longitude {place}")
            ids.append(row[name].strip())
            coordinates.append(place)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(
                f"{path}, line {line}: expected columns {name}, {latitude} "
                f"and {longitude} with an id and two numbers of degrees "
                f"({error}). Mend the line or get the file again."
            ) from error
    if len(set(ids)) != num_stations or "" in ids:
        raise ValueError(
            f"{path}: the ids are not distinct. Mend the column {name} or get "
            "the file again."
        )
    return np.array(ids), np.array(coordinates, np.float64)
