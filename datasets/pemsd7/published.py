"""What was published of PeMSD7: sizes, file names, addresses, checksums.

The speeds come from Caltrans PeMS, district 7, and were released with
STGCN (Yu, Yin, Zhu, IJCAI 2018). The addresses below are copies on GitHub,
pinned to a commit so that they cannot change.
"""

import dataclasses

from keras_stunet.checks import did_you_mean
from keras_stunet.datasets.published import RAW
from keras_stunet.datasets.published import PublishedFile

_STGCN = "VeritasYin/STGCN_IJCAI-18/26308e61a5c61609577c31f39bd432f1768ceacc/"
_STGCN_COPY = "hazdzz/STGCN/34a1cbd3485751a7fc4745a948946f459abeae11/"
_GNN = "rezahabibi96/gnn/f527cdfba5912488e4c5ae111666c8e9cda9c8fa/"
_TORCH_MTS = "XDZhelheim/Torch-MTS/f2f21cbc8eb88a9f0b4f464fb40de8f6024f3dae/"


@dataclasses.dataclass(frozen=True)
class PublishedSeries:
    """One of the two published selections of stations.

    Args:
        title: Name in the literature.
        num_stations: Number of stations N.
        num_days: Number of days, weekdays from 1 May 2012 on.
        speed: File of speeds, (num_days * 288, N), mph.
        distances: File of distances, (N, N), metres.
        stations: File of station ids and coordinates, `None` if there is
            none.
    """

    title: str
    num_stations: int
    num_days: int
    speed: PublishedFile
    distances: PublishedFile
    stations: PublishedFile | None = None


PUBLISHED = {
    "m": PublishedSeries(
        title="PeMSD7(M)",
        num_stations=228,
        num_days=44,
        speed=PublishedFile(
            names=("PeMSD7_V_228.csv", "vel.csv"),
            url=RAW + _STGCN_COPY + "data/pemsd7-m/vel.csv",
            git_blob="2a76cb181e8e917c5d9b85891d26614981024fab",
            sha256="9731c9874a05b5ca88f482062760efb0"
            "cbf38816721969a072907fe381d6adb7",
            size=72_230_400,
        ),
        distances=PublishedFile(
            names=("PeMSD7_W_228.csv",),
            url=RAW + _GNN + "data/PEMSD7/PeMSD7_W_228.csv",
            git_blob="319f1ad20592bb619021148545520decbd1303b0",
            sha256="c558c602b7937fb3ecb3835938fe8f61"
            "a34efa4c51e0ae3f61ed93ecc680060e",
            size=1_299_600,
        ),
        stations=PublishedFile(
            names=("PeMSD7_M_Station_Info.csv",),
            url=RAW + _STGCN + "dataset/PeMSD7_M_Station_Info.csv",
            git_blob="fabbb5ef5b8a7a8215354994d915805ea2f70e5f",
            sha256="5a9744215880f2ec1a5b3efdbd6ee662"
            "eb1533b9b3d68924d85f5e45c28a02fe",
            size=9_118,
        ),
    ),
    "l": PublishedSeries(
        title="PeMSD7(L)",
        num_stations=1026,
        num_days=44,
        speed=PublishedFile(
            names=("PeMSD7_V_1026.csv",),
            url=RAW + _TORCH_MTS + "data/PEMSD7L/PeMSD7_V_1026.csv",
            git_blob="aa422dff837b3e4dbd6678a6c1c558201829fd92",
        ),
        distances=PublishedFile(
            names=("PeMSD7_W_1026.csv",),
            url=RAW + _TORCH_MTS + "data/PEMSD7L/PeMSD7_W_1026.csv",
            git_blob="42b5ed75b1dd5a3ea9a121d5160ef787c571444f",
        ),
    ),
}


def get_published(config):
    """Returns the entry of `PUBLISHED` named `config` ("m" or "l").

    Raises:
        ValueError: If there is no such entry.
    """
    if config not in PUBLISHED:
        raise ValueError(
            f"There is no PeMSD7 config {config!r}: choose one of "
            f"{', '.join(map(repr, PUBLISHED))}."
            f"{did_you_mean(config, PUBLISHED)}"
        )
    return PUBLISHED[config]
