"""The paper's tables as experiment configs, and what runs and compares them.

A config is one row of a table on one data set: which system, how it is
trained, with which seeds, and what was published for it. A budget says how
much of that training is spent. `run_queue` runs what is missing and
`write_report` puts the published scores beside ours.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "config": [
            "ExperimentConfig",
            "load_config",
            "read_config",
            "table_configs",
        ],
        "jobs": ["BUDGETS", "Budget", "Job", "make_jobs", "recipe_arguments"],
        "queue": ["run_queue"],
        "report": ["overview", "write_report"],
    },
)
