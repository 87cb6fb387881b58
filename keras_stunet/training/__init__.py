"""Training after the paper's protocol, honest scores, and forecasts."""

import lazy_loader

from keras_stunet import evaluation

_own, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "recipe": ["Recipe", "compile_model", "sampling_decay"],
        "runs.evaluate": ["evaluate_run", "run_splits"],
        "runs.finished": ["load_run"],
        "runs.forecast": ["forecast_next", "last_readings"],
        "runs.forecast_files": ["read_readings"],
        "train": ["train_model"],
    },
)

_OF_EVALUATION = ("horizon_table", "predict_windows", "score_windows")
__all__ = sorted([*__all__, *_OF_EVALUATION])


def __getattr__(name):
    if name in _OF_EVALUATION:
        return getattr(evaluation, name)
    return _own(name)
