"""Curves are the history; the best epoch is marked."""

import csv

import numpy as np
import pytest

from keras_stunet.plotting import plot_training_curves


def curves(axes):
    return {line.get_label(): line for line in axes.get_lines()}


def test_curves_are_the_history_and_the_best_epoch_is_marked(history):
    loss, mae = plot_training_curves(history, unit="mph").axes
    lines = curves(loss)
    np.testing.assert_allclose(lines["training"].get_xdata(), [1, 2, 3, 4])
    np.testing.assert_allclose(
        lines["training"].get_ydata(), [0.9, 0.7, 0.5, 0.4]
    )
    np.testing.assert_allclose(
        lines["validation"].get_ydata(), [0.8, 0.6, 0.4, 0.5]
    )
    lines = curves(mae)
    np.testing.assert_allclose(lines["training"].get_ydata(), [9, 6, 4, 3])
    np.testing.assert_allclose(lines["validation"].get_ydata(), [7, 5, 3, 4])
    best = lines["_best"]
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (3, 3)
    assert "best epoch 3, MAE 3.000" in mae.get_title("left")
    assert mae.get_ylabel() == "MAE (mph)" and mae.get_xlabel() == "epoch"
    assert loss.get_ylim()[0] == 0 and mae.get_ylim()[0] == 0


def test_the_best_epoch_may_be_that_of_the_loss(history):
    history[1]["val_loss"] = 0.3  # epoch 2; the least MAE is epoch 3's
    loss, mae = plot_training_curves(history, monitor="val_loss").axes
    best = curves(loss)["_best"]
    assert (best.get_xdata()[0], best.get_ydata()[0]) == (2, 0.3)
    assert "best epoch 2, loss 0.300" in loss.get_title("left")
    assert "_best" not in curves(mae) and mae.get_title("left") == ""
    with pytest.raises(ValueError, match="Did you mean 'val_mae'"):
        plot_training_curves(history, monitor="val_mea")


def test_a_file_and_keras_own_history_give_the_same(history, tmp_path):
    path = tmp_path / "history.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(history[0]))
        writer.writeheader()
        writer.writerows(history)
    columns = {
        name: [row[name] for row in history]
        for name in history[0]
        if name != "epoch"
    }
    expected = plot_training_curves(history)
    for form in (path, str(path), columns):
        figure = plot_training_curves(form)
        for axes, wanted in zip(figure.axes, expected.axes, strict=True):
            for line, other in zip(
                axes.get_lines(), wanted.get_lines(), strict=True
            ):
                np.testing.assert_array_equal(
                    line.get_xydata(), other.get_xydata()
                )


@pytest.mark.parametrize("name", ["learning_rate", "lr"])
def test_a_learning_rate_has_a_panel(history, name):
    rows = [{**row, name: 10.0 ** -row["epoch"]} for row in history]
    panel = plot_training_curves(rows).axes[2]
    (line,) = panel.get_lines()
    np.testing.assert_allclose(line.get_ydata(), [0.1, 0.01, 1e-3, 1e-4])
    assert panel.get_ylabel() == "learning rate"


def test_one_epoch_and_a_bare_history_can_be_drawn():
    figure = plot_training_curves([{"loss": 1.0, "val_mae": 2.0}])
    figure.canvas.draw()
    loss, mae = figure.axes
    assert set(curves(loss)) == {"training"}
    assert set(curves(mae)) == {"validation", "_best"}


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ([], r"has \[\] and lacks loss and val_mae"),
        ({"loss": [1.0]}, r"has \['loss'\] and lacks val_mae"),
    ],
)
def test_a_history_that_lacks_something_is_refused(history, message):
    with pytest.raises(ValueError, match=message):
        plot_training_curves(history)
