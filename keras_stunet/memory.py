"""Memory that one training step frees and the next one takes again."""

import ctypes
import platform

import wrapt

# Of glibc's malloc.h.
M_TRIM_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -4, -8
# One heap for all threads: that of another holds 64 MB, and is given back
# whenever it is empty. It serves large arrays as well, and never shrinks.
KEPT = {M_ARENA_MAX: 1, M_MMAP_MAX: 0, M_TRIM_THRESHOLD: 2**31 - 1}


def keep_memory():
    """Have JAX keep the memory of a step for the next one, under glibc.

    On a CPU it takes each of its arrays anew in each step. glibc gives large
    ones back to the system at once, so that each step comes by fresh pages,
    which the system has to clear. TensorFlow has an allocator that keeps
    most: where JAX is not imported nothing is changed, nor without glibc.

    For the start of a process: it holds for all of it. Called by our
    commands, and by no function that a program of one's own may call.
    """
    wrapt.register_post_import_hook(_keep, "jax")


def _keep(_):
    if platform.libc_ver()[0] != "glibc":
        return
    mallopt = ctypes.CDLL(None).mallopt
    for setting in KEPT.items():
        mallopt(*setting)
