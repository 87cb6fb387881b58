"""The paper's tables as experiment configs, and what runs and compares them.

A config is one row of a table on one data set: which system, how it is
trained, with which seeds, and what was published for it. A budget says how
much of that training is spent. `run_queue` runs what is missing and
`write_report` puts the published scores beside ours.
"""

from keras_stunet.experiments.config import ExperimentConfig
from keras_stunet.experiments.config import load_config
from keras_stunet.experiments.config import read_config
from keras_stunet.experiments.config import table_configs
from keras_stunet.experiments.jobs import BUDGETS
from keras_stunet.experiments.jobs import Budget
from keras_stunet.experiments.jobs import Job
from keras_stunet.experiments.jobs import make_jobs
from keras_stunet.experiments.jobs import recipe_arguments
from keras_stunet.experiments.queue import run_queue
from keras_stunet.experiments.report import write_report

__all__ = [
    "BUDGETS",
    "Budget",
    "ExperimentConfig",
    "Job",
    "load_config",
    "make_jobs",
    "read_config",
    "recipe_arguments",
    "run_queue",
    "table_configs",
    "write_report",
]
