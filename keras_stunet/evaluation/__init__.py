"""Scores, error profiles and tables: every forecast once."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "error_profile": ["ErrorProfile", "profile_errors"],
        "importance": ["Importance", "permutation_importance"],
        "intervals": ["Intervals", "calibrate", "score_intervals"],
        "scoring": [
            "fit_naive_baselines",
            "predict_windows",
            "reported_steps",
            "score_beside_naive",
            "score_windows",
        ],
        "table": ["horizon_table", "intervals_table"],
    },
)
