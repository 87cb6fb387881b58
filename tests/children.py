"""The environment of child processes that compute on one backend."""

import os

# JAX compiles each operation of each shape anew: here once for one program,
# and quickly rather than to quick code.
QUICK_JAX = {
    "JAX_PLATFORMS": "cpu",
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
    "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1",
    "XLA_FLAGS": "--xla_backend_optimization_level=0 "
    "--xla_llvm_disable_expensive_passes=true",
}


def environment(backend, folder):
    """Of a child on `backend`; what JAX compiles is kept in `folder`."""
    own = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3"}
    cache = {"JAX_COMPILATION_CACHE_DIR": str(folder / "compiled")}
    return {
        **os.environ,
        **own,
        "CUDA_VISIBLE_DEVICES": "",
        **QUICK_JAX,
        **cache,
    }
