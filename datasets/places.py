"""Reads ids and coordinates of stations."""

from keras_stunet.data.readers.csv_files import read_csv
from keras_stunet.data.readers.graphs.place_lists import read_places


def read_stations(path, num_stations):
    """Reads the ids and coordinates of stations from a csv with a header.

    Args:
        path: Path with an `open` method; plain or gzipped text.
        num_stations: Number of stations N.

    Returns:
        The ids, str `(N,)`, and the coordinates, float64 `(N, 2)`, latitude
        and longitude in degrees.

    Raises:
        ValueError: If the file is anything else, or an id is there twice.
    """
    try:
        ids, coordinates = read_places(read_csv(path))
        if not len(set(ids)) == len(ids) == num_stations:
            raise ValueError(
                f"{path}: {len(ids)} stations, {len(set(ids))} of them with "
                f"an id of their own; expected {num_stations}."
            )
    except ValueError as error:
        raise ValueError(
            f"{error} Or get the file again. It may also be left out: then ids "
            "and coordinates are unknown."
        ) from error
    return ids, coordinates
