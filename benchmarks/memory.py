"""Peak memory of this process, on the host and on a GPU."""

import resource
import sys


def peak_memory():
    """Largest resident memory of this process in MB.

    On Linux not `ru_maxrss`: that starts at the size of the process that
    started this one.
    """
    try:
        with open("/proc/self/status") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except FileNotFoundError:
        pass
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * unit / 1024**2


def peak_device_memory(backend):
    """Largest memory that arrays took on the GPU, in MB."""
    if backend == "jax":
        import jax

        peak = jax.devices()[0].memory_stats()["peak_bytes_in_use"]
    elif backend == "torch":
        import torch

        peak = torch.cuda.max_memory_allocated()
    else:
        import tensorflow as tf

        peak = tf.config.experimental.get_memory_info("GPU:0")["peak"]
    return peak / 1024**2
