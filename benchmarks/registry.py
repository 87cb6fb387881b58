"""Every benchmark: its tasks, and who takes part."""

import dataclasses
from collections.abc import Callable
from functools import partial

import gru_problem
from entries import GPU
from entries import our_entries
from entries import ours
from entries import peer
from entries import spectral_entries
from model_problem import model_problem
from pipeline_problem import pipeline_problem


@dataclasses.dataclass(frozen=True)
class Task:
    """What all contestants compute.

    Args:
        name: Name among all tasks.
        make: Function of `tiny` to `(problem, words)`: arrays, and a dict of
            the columns `graph`, `sizes` and `windows` (in a call).
        entries: Contestants by name; the first one is the reference.
        works: What is timed, by the names of the contestants' methods.
        gflop: Function of `(problem, work)` to the GFLOP of a call, or `None`
            where the contestants count.
    """

    name: str
    make: Callable
    entries: dict
    works: tuple
    gflop: Callable | None = None


PYG = {
    "needs": ("torch_geometric", "torch_geometric_temporal"),
    "install": "torch torch_geometric, then --no-deps torch-geometric-temporal",
}
TSL = {
    "needs": ("tsl", "einops"),
    "install": "torch, then --no-deps torch-spatiotemporal einops",
}
GCGRU = {
    **our_entries("gru_ours"),
    **spectral_entries("gru_ours"),
    "torch-eager": peer("gcgru_torch"),
    "torch-compile": peer("gcgru_torch", option="compiled"),
    "torch-compile-tf32": peer("gcgru_torch", "tf32", "compiled", **GPU),
    "torch-compile-bf16": peer("gcgru_torch", "bfloat16", "compiled"),
    "pyg-temporal": peer("gcgru_pyg", **PYG),
}
DCGRU = {
    "ours-tensorflow": ours("gru_ours", "tensorflow"),
    "ours-jax": ours("gru_ours", "jax"),
    "pyg-temporal-dcrnn": peer("dcgru_pyg", **PYG),
    "tsl-dense-dcrnn": peer("dcgru_tsl", **TSL),
}
PIPELINE = {
    "tf.data": ours("pipeline_ours", "tensorflow", option="tf.data"),
    "WindowBatches": ours("pipeline_ours", "tensorflow", option="numpy"),
    "WindowBatches-jax": ours("pipeline_ours", "jax", option="numpy"),
    "DeviceBatches-jax": ours("pipeline_ours", "jax", option="device"),
}
ONNX = {"needs": ("tf2onnx", "onnxruntime"), "install": "tf2onnx onnxruntime"}
EXPORT = {
    "ours-tensorflow": ours("latency_ours", "tensorflow"),
    "SavedModel": ours("latency_export", "tensorflow", option="saved_model"),
    "ONNX Runtime": ours("latency_export", "tensorflow", option="onnx", **ONNX),
    "LiteRT": ours("latency_export", "tensorflow", option="litert"),
}
# Both backends in the two precisions of a CPU take part everywhere else; but
# the models of 1,026 nodes take minutes, so one backend there is enough.
MODELS = our_entries("model_ours")
ZOO = {
    name: entry
    if entry.backend == "tensorflow"
    else dataclasses.replace(entry, **GPU)
    for name, entry in MODELS.items()
}


ST_UNET = MODELS | spectral_entries("model_ours")


def model_task(shape, model="st_unet", head="direct", entries=MODELS):
    make = partial(model_problem, shape=shape, model=model, head=head)
    return Task(f"{model}-{shape}-{head}", make, entries, ("step",))


def latency_task(head, name="forecast", entries=None):
    make = partial(model_problem, shape="pemsd7_m", head=head, batch=1)
    entries = entries or our_entries("latency_ours")
    return Task(f"{name}-{head}", make, entries, ("forward",))


def gru_task(name, make, entries):
    works = ("forward", "step")
    return Task(name, make, entries, works, gru_problem.gflop)


BENCHMARKS = {
    "gcgru": [gru_task("gcgru", gru_problem.gcgru_problem, GCGRU)],
    "dcgru": [gru_task("dcgru", gru_problem.dcgru_problem, DCGRU)],
    "st_unet": [
        model_task("pemsd7_m", entries=ST_UNET),
        model_task("pemsd7_m", head="seq2seq", entries=ST_UNET),
        model_task("metr_la"),
    ],
    "zoo": [
        model_task("pemsd7_l", model, entries=ZOO)
        for model in ("gcgru", "stgcn", "dcrnn", "st_unet")
    ],
    "latency": [latency_task("direct"), latency_task("seq2seq")],
    "export": [
        latency_task(head, "export", EXPORT) for head in ("direct", "seq2seq")
    ],
    "dilation": [
        gru_task(
            "dilation",
            gru_problem.dilation_problem,
            our_entries("dilation_ours"),
        )
    ],
    "pipeline": [
        Task(
            f"windows-{name}",
            partial(pipeline_problem, masked=name == "metr_la"),
            PIPELINE,
            ("batches",),
        )
        for name in ("pemsd7_m", "metr_la")
    ],
}
# Programs of their own, with the same `--tiny`.
PROGRAMS = ("epoch", "partition", "scale")
