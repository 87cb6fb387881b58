"""Points stand where the scores are, system by system."""

import numpy as np
import pytest

from keras_stunet.plotting import plot_comparison

SYSTEMS = {
    "HA": {"paper": {("mae", 15): (4.0, None), ("mae", 60): (4.2, None)}},
    "FNN": {"ours": {("mae", 15): (2.5, None, 1), ("rmse", 15): (4.5, 0.1, 2)}},
    "ST-UNet": {
        "paper": {("mae", 15): (2.2, 0.01, None)},
        "ours": {("mae", 15): (2.1, 0.3, 5), ("mae", 60): (3.4, 0.2, 5)},
    },
}


def points(axes):
    """`{label: (x, y)}` of a panel, without the empty ones."""
    found = {}
    for container in axes.containers:
        x, y = container.lines[0].get_data()
        if len(x):
            found[container.get_label()] = (list(x), list(y))
    return found


def test_scores_are_drawn_by_system_metric_and_horizon():
    figure = plot_comparison(
        SYSTEMS, ["mae", "rmse"], title="Table 2", unit="mph"
    )
    assert figure.get_suptitle() == "Table 2"
    assert len(figure.axes) == 4
    mae15, mae60, rmse15, rmse60 = figure.axes
    assert points(mae15) == {
        "paper": ([4.0, 2.2], [-0.12, 1.88]),
        "ours": ([2.5, 2.1], [1.12, 2.12]),
    }
    assert points(mae60) == {
        "paper": ([4.2], [-0.12]),
        "ours": ([3.4], [2.12]),
    }
    assert points(rmse15) == {"ours": ([4.5], [1.12])} and not points(rmse60)
    names = [label.get_text() for label in mae15.get_yticklabels()]
    assert names == list(SYSTEMS)
    first, last = mae15.get_ylim()
    assert first > last  # the first system is at the top
    titles = [axes.get_title("left") for axes in figure.axes]
    assert titles == 2 * ["15 min", "60 min"]
    assert rmse15.get_xlabel() == "RMSE (mph)"
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["paper", "ours"]


def test_a_bar_is_one_deviation_to_both_sides():
    panel = plot_comparison(SYSTEMS, ["mae"]).axes[0]
    bars = {
        container.get_label(): container.lines[2][0].get_segments()
        for container in panel.containers
    }
    np.testing.assert_allclose(bars["ours"][0][:, 0], [2.5, 2.5])
    np.testing.assert_allclose(bars["ours"][1][:, 0], [1.8, 2.4])
    np.testing.assert_allclose(bars["paper"][1][:, 0], [2.19, 2.21])


def test_mape_is_in_percent_whatever_the_unit():
    systems = {"x": {"ours": {("mape", 15): (9.0, None)}}}
    figure = plot_comparison(systems, unit="mph")
    labels = [axes.get_xlabel() for axes in figure.axes]
    assert labels == ["MAE (mph)", "MAPE (%)", "RMSE (mph)"]
    assert points(figure.axes[1]) == {"ours": ([9.0], [0.12])}


def test_nothing_to_draw_is_said():
    with pytest.raises(ValueError, match="holds no score of mape"):
        plot_comparison(SYSTEMS, ["mape"])
    with pytest.raises(ValueError, match="holds no score"):
        plot_comparison({})
