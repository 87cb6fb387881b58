"""An experiment config: one row of a table of the paper, in a TOML file.

The file is `configs/<table>/<dataset>/<name>.toml`, with `/` of the data
set's name as `_`:

    row = 8                    # place in the table, from 1
    title = "ST-UNet"
    dataset = "pemsd7/m"
    protocol = "days"          # and `parts`, where not the protocol's own
    calendar = []              # inputs beside the readings
    model = "st_unet"          # a key of MODELS; or classical = "arima"
    seeds = [0, 1, 2]
    note = "..."

    [options]                  # arguments of the model's builder
    [training]                 # fields of Recipe, and no_sampling
    [published]                # at 15, 30 and 60 minutes
    source = "Table 1"
    mae = [2.15, 2.81, 3.38]   # and mape, rmse; mae_sd, ... where there are

A row that is trained like one of another table names it in place of data,
model and training: `same_run = "table2/pemsd7_m/st_unet"`.

A file of this kind that lies elsewhere is a recipe of one's own: a table of
one row, wherever a table is asked for.
"""

import dataclasses
import tomllib
from collections.abc import Mapping
from pathlib import Path

from keras_stunet.checks import check_choice
from keras_stunet.experiments.config_checks import check_keys
from keras_stunet.experiments.config_checks import check_published
from keras_stunet.experiments.config_checks import check_run
from keras_stunet.experiments.config_checks import naming_file

CONFIGS = Path(__file__).with_name("configs")
OWN = "own"  # the table of recipes that lie elsewhere
MINUTES = (15, 30, 60)
METRICS = ("mae", "mape", "rmse")  # in the order of the paper's tables


@dataclasses.dataclass(frozen=True)
class ExperimentConfig:
    """One row of a table on one data set.

    Attributes:
        table: `"table1"` to `"table4"`, or `OWN`.
        name: Name of the file, without its ending.
        row: Place in the table, from 1.
        title: What the table calls the system.
        dataset: A key of `keras_stunet.data.catalog.SOURCES`; in a recipe of
            one's own also the name of a series of one's own.
        protocol: As in `make_windows`.
        parts: As in `make_windows`; `None` for the protocol's own.
        calendar: As in `make_windows`.
        system: A key of `MODELS`, or of `CLASSICAL` if `classical`.
        classical: Whether the system is fitted, and not trained by epochs.
        seeds: Seeds of the runs; their number is the n of mean and sd.
        options: Arguments of the model's builder.
        training: Fields of `Recipe`, and perhaps `no_sampling`.
        published: `{(metric, minutes): (mean, sd or None)}`.
        run: `table/dataset/name` of the row whose runs these are.
        note: What to know when reading the numbers.
    """

    table: str
    name: str
    row: int
    title: str
    dataset: str
    protocol: str
    parts: tuple | None
    calendar: tuple
    system: str
    classical: bool
    seeds: tuple
    options: Mapping
    training: Mapping
    published: Mapping
    run: str
    note: str


def table_configs(table, dataset=None):
    """All configs of a table, in the order of its rows.

    Args:
        table: `"table1"` to `"table4"`, or the path of a recipe of one's own.
        dataset: A key of `SOURCES`; by default all of the table, PeMSD7
            first.

    Raises:
        ValueError: If there is no such table or data set, or a file is
            damaged.
    """
    if is_file(table):
        paths = [Path(table)]
    else:
        tables = sorted(path.name for path in CONFIGS.glob("table*"))
        check_choice("table", table, tables)
        paths = (CONFIGS / table).glob("*/*.toml")
    found = sorted(
        map(read_config, paths),
        key=lambda c: ("pemsd7" not in c.dataset, c.dataset, c.row),
    )
    if dataset is None:
        return found
    check_choice("dataset", dataset, dict.fromkeys(c.dataset for c in found))
    return [config for config in found if config.dataset == dataset]


def is_file(table):
    """Whether a table is the path of a recipe of one's own."""
    return str(table).endswith(".toml")


def load_config(name, build=True):
    """A config by name, or a recipe of one's own by its path.

    Args:
        name: `table/dataset/name`, such as `"table1/pemsd7_m/stgcn"`, or the
            path of a .toml file.
        build: As in `read_config`.

    Raises:
        ValueError: If there is no such config, or the file is damaged.
        OSError: If the file cannot be read.

    Example:
    >>> load_config("table1/pemsd7_m/stgcn").training["optimizer"]
    'rmsprop'
    """
    if is_file(name):
        return read_config(name, build)
    paths = {
        str(path.relative_to(CONFIGS).with_suffix("")): path
        for path in sorted(CONFIGS.glob("*/*/*.toml"))
    }
    return read_config(paths[check_choice("recipe", name, paths)], build)


def read_config(path, build=True):
    """Read and check one config.

    Args:
        path: The file, in its place below `configs/`, or anywhere.
        build: Whether to build its model once on a small graph, to see that
            it can be built. That starts the backend, and several devices can
            only be opened before.

    Raises:
        ValueError: For a file that is no TOML, unknown or missing keys, wrong
            types, and values out of range, of which no data can be split or
            no model built; the message names file, key and, of names, the
            nearest match.
        OSError: If the file cannot be read.

    Example:
    >>> path = CONFIGS / "table1" / "pemsd7_m" / "st_unet.toml"
    >>> read_config(path).published["mae", 60]
    (3.38, None)
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no recipe file {path}. Give the path of one, or the "
            "name of a shipped one, such as table1/pemsd7_m/stgcn."
        )
    own = not path.absolute().is_relative_to(CONFIGS.absolute())
    table = OWN if own else path.parent.parent.name
    content = shared = _read(path)
    if "same_run" in content:
        other = CONFIGS / f"{content['same_run']}.toml"
        if not other.is_file() or "same_run" in other.read_text():
            raise ValueError(
                f"{path}: `same_run` is {content['same_run']!r}; expected "
                "table/dataset/name of a config that holds a training of its "
                "own."
            )
        shared = _read(other)
    with naming_file(path):
        check_run(shared, own, build)
        folder = shared["dataset"].replace("/", "_")
        if not own and folder != path.parent.name:
            raise ValueError(
                f"`dataset` is {shared['dataset']!r}, but the folder is "
                f"{path.parent.name!r}. Move the file, or name its data set."
            )
        published = content.get("published", {})
        check_published(published, METRICS, len(MINUTES))
    parts = shared.get("parts")
    return ExperimentConfig(
        table=table,
        name=path.stem,
        row=content["row"],
        title=content["title"],
        dataset=shared["dataset"],
        protocol=shared["protocol"],
        parts=None if parts is None else tuple(parts),
        calendar=tuple(shared["calendar"]),
        system=shared.get("model") or shared["classical"],
        classical="classical" in shared,
        seeds=tuple(shared["seeds"]),
        options=shared.get("options", {}),
        training=shared.get("training", {}),
        published=_by_horizon(published),
        run=content.get("same_run", f"{table}/{folder}/{path.stem}"),
        note=content.get("note", ""),
    )


def _read(path):
    with naming_file(path):
        content = tomllib.loads(path.read_text())
        check_keys(content)
    return content


def _by_horizon(published):
    scores = {}
    for metric in METRICS:
        means = published.get(metric, ())
        deviations = published.get(f"{metric}_sd", [None] * len(means))
        for minutes, *score in zip(MINUTES, means, deviations, strict=False):
            scores[metric, minutes] = tuple(score)
    return scores
