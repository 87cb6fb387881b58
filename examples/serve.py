"""Serve forecasts over HTTP: readings in, forecasts out.

    pip install ".[serve]"
    python examples/serve.py runs/own

    curl -X POST localhost:8000/readings -H 'content-type: application/json' \
      -d '{"time": "2024-03-01 08:05", "readings": {"a": 61.2, "b": null}}'
    curl 'localhost:8000/forecast?level=0.8'

Of several measurements, readings are {"flow": {"a": 12}, "speed": {"a": 61.2}}.
Files of --covariates are read at each forecast, so that they may be renewed.

Listens on this machine alone, unless told otherwise; put a proxy with a
password before it to open it to others.
"""

import argparse
import contextlib
import threading
from typing import Annotated

import fastapi
import pydantic
from fastapi.responses import JSONResponse

from keras_stunet import Stream
from keras_stunet.training import read_known

MOST_BYTES = 1_000_000  # of a request


Name = Annotated[str, pydantic.Field(max_length=200)]
Reading = Annotated[float, pydantic.Field(allow_inf_nan=False)] | None


class Rows(pydantic.BaseModel):
    """The readings of one time, by sensor; null where missing."""

    model_config = {"extra": "forbid"}

    time: Annotated[str, pydantic.Field(max_length=40)]
    readings: dict[Name, Reading | dict[Name, Reading]]


def make_app(stream, state=None, covariates=()):
    """The application.

    Args:
        stream: A `Stream`.
        state: File that rows are kept in over a restart, or `None`.
        covariates: Files of what is known in advance, for `read_known`.
    """
    held = threading.Lock()

    @contextlib.asynccontextmanager
    async def lifespan(app):
        if state is not None:
            with contextlib.suppress(FileNotFoundError):
                stream.restore(state)
        yield
        if state is not None:
            stream.save(state)

    app = fastapi.FastAPI(title="keras_stunet", lifespan=lifespan)

    @app.middleware("http")
    async def limit(request, call_next):
        size = 0
        chunks = []
        async for chunk in request.stream():
            size += len(chunk)
            if size > MOST_BYTES:
                reason = f"A request has at most {MOST_BYTES:,} bytes."
                return JSONResponse({"detail": reason}, 413)
            chunks.append(chunk)
        request._body = b"".join(chunks)  # for who comes next
        return await call_next(request)

    @app.exception_handler(ValueError)
    async def refuse(request, error):
        return JSONResponse({"detail": str(error)}, 422)

    @app.exception_handler(OSError)
    async def excuse(request, error):
        reason = "A file of covariates or of the run cannot be read."
        return JSONResponse({"detail": reason}, 503)

    @app.post("/readings")
    def push(rows: Rows):
        with held:
            stream.push(rows.time, rows.readings)
            return {"rows": len(stream)}

    @app.get("/forecast")
    def forecast(level: float | None = None):
        with held:
            known = read_known(stream.run, covariates) or None
            frame = stream.forecast(level, known)
        made = {}
        for name in frame:  # a sensor; or a target or bound, and a sensor
            *outer, sensor = name if isinstance(name, tuple) else [name]
            inner = made
            for key in outer:
                inner = inner.setdefault(key, {})
            inner[sensor] = frame[name].round(4).tolist()
        return {
            "unit": stream.run.target_units or stream.run.unit,
            "times": [time.isoformat() for time in frame.index],
            "forecast": made,
        }

    @app.get("/health")
    def health():
        return {"status": "ok", "rows": len(stream)}

    @app.get("/card")
    def card():
        run = stream.run
        return {
            "model": run.config["model"],
            "data": run.config["dataset"],
            "sensors": run.sensors,
            "minutes_per_step": run.minutes_per_step,
            "unit": run.unit,
            "measurements": run.measurements,
            "targets": run.targets,
        }

    return app


def main():
    """Serve a run or a preset."""
    import uvicorn

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", help="run folder, or name of a preset")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--state", help=".npz that keeps rows over a restart")
    parser.add_argument(
        "--covariates", action="append", default=[], help="csv or parquet"
    )
    args = parser.parse_args()
    app = make_app(Stream(args.run), args.state, args.covariates)
    uvicorn.run(app, host=args.host, port=args.port)


if __name__ == "__main__":
    main()
