"""Coordinates of sensors in tables."""

import numpy as np
import pytest

from keras_stunet.data import read_graph
from tests.data.readers.graphs.three_places import IDS
from tests.data.readers.graphs.three_places import PLACES
from tests.data.readers.graphs.three_places import write


@pytest.mark.parametrize(
    "headings",
    ["sensor,latitude,longitude", ",ID,Fwy,Lat,Lng", "lon,lat,station_id"],
)
def test_coordinates_by_their_headings(tmp_path, headings):
    cells = {"lat": 0, "latitude": 0, "lon": 1, "lng": 1, "longitude": 1}
    lines = [headings]
    for name, place in reversed(list(zip(IDS, PLACES, strict=True))):
        row = {key: str(place[at]) for key, at in cells.items()}
        row |= dict.fromkeys(["sensor", "id", "station_id"], name)
        words = headings.lower().split(",")
        lines.append(",".join(row.get(word, "5") for word in words))
    graph = read_graph(write(tmp_path, "\n".join(lines)), IDS)
    assert graph[:2] == ("coordinates", "coordinates")
    np.testing.assert_array_equal(graph.content, PLACES)


def test_a_place_far_from_all_others_is_asked_about(tmp_path):
    ids = [f"s{at}" for at in range(9)]
    lines = [f"{name},52.{at},13.{at}" for at, name in enumerate(ids)]
    path = write(tmp_path, "id,lat,lon\n" + "\n".join(lines))
    assert read_graph(path, ids).kind == "coordinates"
    lines[4] = "s4,0,0"
    path.write_text("id,lat,lon\n" + "\n".join(lines))
    with pytest.warns(UserWarning, match="1 sensor far .*: s4, .* at 0, 0"):
        read_graph(path, ids)


def test_points_of_geopandas_are_places(tmp_path):
    text = "osmid,y,x,geometry\n"
    for name, (latitude, longitude) in zip(IDS, PLACES, strict=True):
        point = f"POINT ({longitude} {latitude})"
        text += f"{name},{latitude},{longitude},{point}\n"
    graph = read_graph(write(tmp_path, text), IDS)
    np.testing.assert_array_equal(graph.content, PLACES)
    path = write(tmp_path, text.replace("POINT (-118.0", "LINE (-118.0"))
    with pytest.raises(ValueError, match="line 2: the geometry is 'LINE"):
        read_graph(path, IDS)
