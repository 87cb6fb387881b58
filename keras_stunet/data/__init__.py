"""Series, windows and batches: from one array of readings to model inputs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "batches": ["WindowBatches", "make_batches", "to_tf_data"],
        "catalog": ["load_series"],
        "protocols": [
            "PROTOCOLS",
            "Protocol",
            "day_split",
            "find_protocol",
            "window_split",
        ],
        "readers.covariate_files": ["read_covariates"],
        "readers.covariates": ["with_covariates"],
        "readers.from_arrays": ["from_arrays"],
        "readers.graphs.read_graph": ["GraphFile", "read_graph"],
        "readers.times.resample": ["time_grid"],
        "readers.description": ["describe_series"],
        "readers.series_files": ["read_series"],
        "readers.values.read_values": ["read_values"],
        "series": ["Series"],
        "splits": ["Splits", "make_windows"],
        "tfds_pipelines": ["Pipelines", "tfds_pipelines"],
        "windows": ["Windows"],
    },
)
