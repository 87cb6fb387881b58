"""Scores, error profiles and tables: every forecast once."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "error_profile": ["ErrorProfile", "profile_errors"],
        "scoring": [
            "naive_forecasts",
            "predict_windows",
            "score_beside_naive",
            "score_windows",
        ],
        "table": ["horizon_table"],
    },
)
