"""The sensor network, with its partition and an error for each sensor."""

import networkx as nx
import numpy as np
from scipy.spatial import ConvexHull
from scipy.spatial import QhullError

from keras_stunet.messages import with_unit
from keras_stunet.plotting import figure as shared
from keras_stunet.plotting.layout import edges_of
from keras_stunet.plotting.layout import node_positions

EDGES_IN_SVG = 5000  # more would make the file slow to open
WORST = 3  # sensors that are named
TINTS = ("0.93", "0.85", "0.77")  # of patches: neighbours differ


def plot_network(
    adjacency,
    errors,
    *,
    coordinates=None,
    labels=None,
    node_ids=None,
    unit=None,
    width=shared.COLUMN,
):
    """Draw sensors at their places, with the error of each as its colour.

    Colours reach from the least error to the largest. Edges are thin lines;
    the members of a super node share one outlined patch. The three sensors
    with the largest errors are named. Sensors without an error (NaN) are
    crosses. Those without coordinates are left out and counted in the title;
    if no sensor has any, the places are a layout of the graph and mean
    nothing.

    Args:
        adjacency: `(N, N)` edge weights, dense or `scipy.sparse`.
        errors: `(N,)` error of each sensor, e.g. `ErrorProfile.by_node`.
        coordinates: `(N, 2)` latitude and longitude in degrees, NaN where
            unknown; or `None`.
        labels: `(N,)` super node of each sensor, e.g. `Partition.labels`; or
            `None`.
        node_ids: `(N,)` names of the sensors, by default their numbers.
        unit: Unit of the readings, e.g. `"mph"`.
        width: Width in inches; text has 8 points at any width.

    Returns:
        The matplotlib figure.

    Raises:
        ValueError: If the arrays are not of the same number of sensors.
        ImportError: If matplotlib is not installed.
    """
    num_nodes = adjacency.shape[0]
    errors = _checked("errors", errors, (num_nodes,))
    if coordinates is not None:
        coordinates = _checked("coordinates", coordinates, (num_nodes, 2))
    if labels is not None:
        labels = _checked("labels", labels, (num_nodes,)).astype(int)
    places = node_positions(adjacency, coordinates)
    known = coordinates is not None and np.isfinite(coordinates).all(1).any()
    with shared.print_style():
        from matplotlib.collections import LineCollection

        # A degree of longitude is shorter than one of latitude.
        stretch = 1 / np.cos(np.radians(np.nanmean(places[:, 1]) * known))
        edges = edges_of(adjacency)
        figure = shared.new_figure(width, _height(places, stretch, width))
        axes = figure.subplots()
        if labels is not None:
            _draw_groups(axes, places, labels, edges)
        edges = edges[np.isfinite(places[edges]).all(axis=(1, 2))]
        axes.add_collection(
            LineCollection(
                places[edges],
                colors="0.55",
                linewidths=0.4,
                zorder=1.5,
                rasterized=len(edges) > EDGES_IN_SVG,
            )
        )
        missing = np.isnan(errors)
        axes.scatter(
            *places[missing].T, s=12, c="black", marker="x", lw=0.7, zorder=4
        )
        points = axes.scatter(
            *places[~missing].T,
            c=errors[~missing],
            s=14,
            cmap="viridis_r",
            edgecolors="black",
            linewidths=0.4,
            zorder=3,
        )
        worst = np.argsort(np.where(missing, -np.inf, errors), kind="stable")
        for node in worst[::-1][:WORST]:
            if missing[node] or not np.isfinite(places[node]).all():
                continue
            axes.annotate(
                str(node if node_ids is None else node_ids[node]),
                places[node],
                xytext=(4, 3),
                textcoords="offset points",
                zorder=5,
            )
        bar = figure.colorbar(
            points, ax=axes, location="bottom", aspect=40, pad=0.02
        )
        bar.set_label(
            f"{with_unit('MAE', unit)}\nfrom the least to the largest"
        )
        shared.finish_axes(bar.ax)
        axes.set_title(_title(places, labels, missing))
        axes.margins(0.05)
        axes.set_aspect(stretch)
        if known:
            axes.set_xlabel("longitude (°)")
            axes.set_ylabel("latitude (°)")
            shared.finish_axes(axes)
        else:
            axes.set_axis_off()
    return figure


def _draw_groups(axes, places, labels, edges):
    # A patch is a line around the hull, twice: wide and dark, then a little
    # less wide and light. Its round corners go around the markers.
    coarse = nx.Graph()
    coarse.add_nodes_from(np.unique(labels).tolist())
    coarse.add_edges_from(labels[edges].tolist())
    coarse.remove_edges_from(list(nx.selfloop_edges(coarse)))
    for group, tint in sorted(nx.greedy_color(coarse).items()):
        members = places[labels == group]
        outline = _hull(members[np.isfinite(members).all(axis=1)])
        light = TINTS[tint % len(TINTS)]
        for line_width, colour in ((10, "0.4"), (9, light)):
            axes.fill(*outline.T, facecolor=colour, edgecolor="none", zorder=1)
            axes.plot(
                *outline.T,
                color=colour,
                linewidth=line_width,
                solid_capstyle="round",
                solid_joinstyle="round",
                marker="o",  # a line of no length is not drawn
                markersize=line_width,
                markeredgewidth=0,
                zorder=1,
            )


def _hull(points):
    # Closed path around points; through all of them if they have no inside.
    try:
        points = points[ConvexHull(points).vertices]
    except (QhullError, ValueError):
        points = points[np.lexsort(points.T)]
    return np.concatenate([points, points[:1]])


def _height(places, stretch, width):
    # Room for the map in its own proportions, labels and the colour bar.
    across, up = np.nanmax(places, axis=0) - np.nanmin(places, axis=0)
    ratio = stretch * up / across if across > 0 else 1.0
    return 1.2 + (width - 0.6) * np.clip(ratio, 0.3, 1.5)


def _title(places, labels, missing):
    shown = np.isfinite(places).all(axis=1)
    title = f"{shown.sum()} sensors"
    if labels is not None:
        title += f", {len(np.unique(labels))} super nodes (grey)"
    if not shown.all():
        title += f"\n{(~shown).sum()} without coordinates not shown"
    if not missing.all():
        title += "\nnamed: the largest errors"
    if (missing & shown).any():
        title += "\ncross: without an error"
    return title


def _checked(name, array, expected):
    array = np.asarray(array, dtype=float)
    if array.shape != expected:
        raise ValueError(
            f"`{name}` has shape {array.shape}; expected {expected}, for the "
            f"{expected[0]} sensors of `adjacency`. Give both in the same "
            "order of sensors."
        )
    return array
