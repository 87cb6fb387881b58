"""A `Series` of the record that a built-in data set gives.

A record has the fields that its reader describes, such as
`keras_stunet.datasets.pemsd7.PeMSD7`.
"""

import numpy as np

from keras_stunet.data.series import Series
from keras_stunet.datasets.beijing_air.published import MEASUREMENTS
from keras_stunet.graph import gaussian_adjacency


def freeway_series(record, name="freeway"):
    """The simulated freeway, with the graph of the shorter directions."""
    return Series(
        values=record.speed,
        mask=np.isfinite(record.speed),
        adjacency=gaussian_adjacency(
            np.minimum(record.distances, record.distances.T)
        ),
        timestamps=record.timestamps,
        node_ids=record.sensor_ids,
        coordinates=record.coordinates,
        distances=record.distances,
        name=name,
    )


def pemsd7_series(record, name):
    """PeMSD7, with the graph of STGCN and of the paper."""
    return Series(
        values=record.speed,
        adjacency=gaussian_adjacency(record.distances),
        timestamps=record.timestamps,
        node_ids=record.station_ids,
        coordinates=record.coordinates,
        distances=record.distances,
        name=name,
    )


def metr_la_series(record, name):
    """METR-LA, with DCRNN's directed graph."""
    # As published it has self-loops; DCRNN's builder adds its own.
    loops = np.eye(len(record.adjacency), dtype=bool)
    return Series(
        values=record.speed,
        mask=record.mask,
        adjacency=np.where(loops, 0, record.adjacency),
        timestamps=record.timestamps,
        node_ids=record.sensor_ids,
        coordinates=record.coordinates,
        name=name,
    )


def beijing_air_series(record, name):
    """Beijing's air, without edges: the files have no coordinates."""
    n = len(record.station_names)
    return Series(
        values=record.values,
        mask=np.isfinite(record.values),
        adjacency=np.zeros((n, n)),
        timestamps=record.timestamps,
        node_ids=record.station_names,
        measurements=list(MEASUREMENTS),
        units=list(MEASUREMENTS.values()),
        name=name,
    )
