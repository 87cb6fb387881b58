"""Training after the paper's protocol, honest scores, and forecasts."""

import lazy_loader

from keras_stunet import evaluation

_own, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "backtest": ["backtest_run"],
        "recipe": ["Recipe", "compile_model", "sampling_decay"],
        "runs.evaluate": ["evaluate_run", "run_splits"],
        "runs.explain": ["explain_run"],
        "runs.export": ["export_run"],
        "runs.forecast": ["forecast_next"],
        "runs.later": ["evaluate_later", "forecast_rolling", "read_later"],
        "runs.readings": ["last_readings", "read_known", "read_readings"],
        "runs.load": ["load_run"],
        "runs.report": ["write_report"],
        "runs.run_intervals": ["evaluate_intervals", "intervals_of"],
        "runs.stream": ["Stream"],
        "runs.run_preset": ["preset_of_run"],
        "train": ["train_model"],
    },
)

_OF_EVALUATION = (
    "horizon_table",
    "intervals_table",
    "predict_windows",
    "score_windows",
)
__all__ = sorted([*__all__, *_OF_EVALUATION])


def __getattr__(name):
    if name in _OF_EVALUATION:
        return getattr(evaluation, name)
    return _own(name)
