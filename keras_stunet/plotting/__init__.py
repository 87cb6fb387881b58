"""Pictures for print, from forecasts, errors, graphs and trainings.

Each function returns a matplotlib figure; `save_figure` writes it as PNG and
SVG. Needs matplotlib: `pip install ".[plot]"` in the checkout.
"""

from keras_stunet.plotting.comparison import plot_comparison
from keras_stunet.plotting.error_profile import plot_error_profile
from keras_stunet.plotting.figure import save_figure
from keras_stunet.plotting.forecast_day import plot_forecast_day
from keras_stunet.plotting.network import plot_network
from keras_stunet.plotting.run_pictures import save_run_pictures
from keras_stunet.plotting.training_curves import plot_training_curves

__all__ = [
    "plot_comparison",
    "plot_error_profile",
    "plot_forecast_day",
    "plot_network",
    "plot_training_curves",
    "save_figure",
    "save_run_pictures",
]
