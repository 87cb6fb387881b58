"""Where the chief of a search listens, and how its workers reach it."""

import contextlib
import os
import socket
import time

LOOPBACK = "127.0.0.1"
ANY = ("", "*", "0", "0.0.0.0", "::", "[::]")


def check_host(host):
    """Raise a ValueError for an address that stands for all of a machine."""
    if host in ANY:
        raise ValueError(
            f"`host` is {host!r}, which is every machine's name for itself: "
            "workers elsewhere would look for the chief at home. Give this "
            "machine's address, such as 10.0.0.1 (--host)."
        )


def free_port(host, port=None):
    """A port that nobody listens on.

    Args:
        host: An address of this machine.
        port: The one to take; by default any.

    Raises:
        OSError: If there is no such address, or somebody listens there.
    """
    try:
        free = _bound(host, 0)
    except OSError as error:
        raise OSError(
            f"{host} is no address of this machine: {error.strerror}. "
            "Give one that the workers can reach (--host)."
        ) from error
    if port is None:
        return free
    try:
        return _bound(host, port)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise OSError(
            f"The chief cannot listen on port {port} of {host}: {why}. Give "
            "another one, or none for a free one (--port)."
        ) from error


def address_variables(host, port):
    """The environment of a chief at an address, and of its workers."""
    direct = os.environ.get("no_grpc_proxy", os.environ.get("no_proxy", ""))
    return {
        "KERASTUNER_ORACLE_IP": host,
        "KERASTUNER_ORACLE_PORT": str(port),
        # gRPC goes by the proxy to all others, even on loopback.
        "no_grpc_proxy": ",".join(filter(None, (direct, host))),
    }


def wait_for_port(child, host, port, seconds):
    """Wait until a child listens; returns whether it does."""
    until = time.monotonic() + seconds
    while child.status is None and time.monotonic() < until:
        with contextlib.suppress(OSError):
            socket.create_connection((host, port), timeout=1).close()
            return True
        time.sleep(0.1)
    return False


def _bound(host, port):
    # gRPC sets SO_REUSEPORT, and two chiefs would share a port in silence.
    with socket.socket() as probe:
        if os.name == "posix":
            # What is left of a dead chief's connections does not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))
        return probe.getsockname()[1]
