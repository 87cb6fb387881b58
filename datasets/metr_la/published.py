"""What was published of METR-LA: file names, addresses, checksums, sensors.

The speeds were collected by Los Angeles Metro, selected by Jagadish et al.
(2014) and released with DCRNN (Li, Yu, Shahabi, Liu, ICLR 2018), whose
repository holds the graph. The addresses are on GitHub, pinned to a commit so
that they cannot change.
"""

from keras_stunet.checks import did_you_mean
from keras_stunet.datasets.published import RAW
from keras_stunet.datasets.published import PublishedFile

_DCRNN = RAW + (
    "liyaguang/DCRNN/602afd9d767d3aa1c9b3eac51710d6aeee12c227/"
    "data/sensor_graph/"
)
_STGCN_COPY = RAW + "hazdzz/STGCN/34a1cbd3485751a7fc4745a948946f459abeae11/"

NUM_SENSORS = 207
NUM_STEPS = 34_272  # 119 days

PART29 = tuple(
    "773869 767541 767542 717447 717446 717445 773062 767620 737529 717816 "
    "771667 716941 773012 773013 718045 760650 767750 767751 773023 773024 "
    "716942 716951 765182 772513 764853 716943 772669 716949 771673".split()
)
"""Ids of the 29 sensors of the config `part29`, in its order."""

PART29_SHA256 = (
    "bbb0fe7248a809cd419c2261dfac38aa9539afe578d5f71adf5da6c8d3d378fa"
)
"""SHA-256 of the speeds of `PART29`: (34272, 29) little-endian float32, 0
where missing. It proves the order and the content of speeds whose file has no
known checksum."""

PART29_FILE = "metr_la_34272x29.npz"
"""Speeds of `PART29` alone: arrays `speed` and `sensor_ids`."""

FILES = {
    "speed": PublishedFile(
        names=("metr-la.h5", "metr-la.csv", "vel.csv"),
        url=_STGCN_COPY + "data/metr-la/vel.csv",
        git_blob="c27e458717358be2c9706510bfd4fc55a1cd9f01",
    ),
    "adjacency": PublishedFile(
        names=("adj_mx.pkl",),
        url=_DCRNN + "adj_mx.pkl",
        git_blob="a15a5904a83e7f13fe94d32fcd45c00f163ffd97",
        sha256="a35687c6e15aa228dc45027b0ed2a0ea"
        "0f4ec78f573deb992c595092d12f61b3",
        size=680_459,
    ),
    "distances": PublishedFile(
        names=("distances_la_2012.csv",),
        url=_DCRNN + "distances_la_2012.csv",
        git_blob="759d2bc751c89b91fd63dc1fc8ceba904a85b1c2",
    ),
    "ids": PublishedFile(
        names=("graph_sensor_ids.txt",),
        url=_DCRNN + "graph_sensor_ids.txt",
        git_blob="e2df0228c6ae79e5016b0dbbce52f7e7879bf2f7",
        sha256="3ba026caa2e6263ab0ea54b0fa1b125d"
        "bfa7216544cd05313b555e826292b990",
        size=1_448,
    ),
    "locations": PublishedFile(
        names=("graph_sensor_locations.csv",),
        url=_DCRNN + "graph_sensor_locations.csv",
        git_blob="d0bb95872860d274678d2dff4ab52ce51f74b706",
        sha256="eb8ea96e07358b45d0e4ba3b89c2673f"
        "a20c54af50150249e627389e749ade6f",
        size=6_341,
    ),
}

CONFIGS = {"full": None, "part29": PART29}
"""Ids of the sensors of each config; `None` for all."""


def get_sensors(config):
    """Returns the entry of `CONFIGS` named `config`.

    Raises:
        ValueError: If there is no such entry.
    """
    if config not in CONFIGS:
        raise ValueError(
            f"There is no METR-LA config {config!r}: choose one of "
            f"{', '.join(map(repr, CONFIGS))}."
            f"{did_you_mean(config, CONFIGS)}"
        )
    return CONFIGS[config]
