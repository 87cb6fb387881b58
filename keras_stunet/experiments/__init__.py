"""The paper's tables as records, and what runs and compares them.

A record is one row of a table on one data set: which system, how it is
trained, with which seeds, and what was published for it. A budget says how
much of that training is spent. `run_queue` runs what is missing and
`write_report` puts the published scores beside ours.
"""

from keras_stunet.experiments.budget import BUDGETS
from keras_stunet.experiments.budget import Budget
from keras_stunet.experiments.job import Job
from keras_stunet.experiments.job import make_jobs
from keras_stunet.experiments.job import recipe_arguments
from keras_stunet.experiments.queue import run_queue
from keras_stunet.experiments.record import Record
from keras_stunet.experiments.record import find_record
from keras_stunet.experiments.record import load_recipe
from keras_stunet.experiments.record import read_record
from keras_stunet.experiments.record import records
from keras_stunet.experiments.report import write_report

__all__ = [
    "BUDGETS",
    "Budget",
    "Job",
    "Record",
    "find_record",
    "load_recipe",
    "make_jobs",
    "read_record",
    "recipe_arguments",
    "records",
    "run_queue",
    "write_report",
]
