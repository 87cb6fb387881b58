"""Where the chief listens: an address and a port of its own, no proxy."""

import socket

import pytest

from keras_stunet.tuning import launch
from keras_stunet.tuning.address import LOOPBACK
from keras_stunet.tuning.address import address_variables
from keras_stunet.tuning.address import check_host
from keras_stunet.tuning.address import free_port


@pytest.fixture
def taken():
    """A port on which somebody listens as gRPC does, ready to share it."""
    with socket.socket() as listening:
        for name in ("SO_REUSEADDR", "SO_REUSEPORT"):
            if hasattr(socket, name):
                number = getattr(socket, name)
                listening.setsockopt(socket.SOL_SOCKET, number, 1)
        listening.bind((LOOPBACK, 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_port_that_is_taken_is_refused_before_a_chief_starts(
    make_search, taken
):
    folder, space, search = make_search("fnn", {"units": (1, 2)})
    team = launch.Team(
        folder, space, 24, {}, host=LOOPBACK, port=taken, command=("none",)
    )
    with pytest.raises(OSError, match=f"port {taken} of .*--port"):
        team.run()


def test_a_port_is_free_or_none_is_given():
    port = free_port(LOOPBACK)
    assert free_port(LOOPBACK, port) == port
    with pytest.raises(OSError, match="port 70000 of .*--port"):
        free_port(LOOPBACK, 70000)


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(OSError, match="no address of this machine"):
        free_port("192.0.2.1", 8000)


@pytest.mark.parametrize("host", ["", "0.0.0.0", "::", "*"])
def test_an_address_of_all_machines_is_refused(host):
    with pytest.raises(ValueError, match="Give this machine's address"):
        check_host(host)
    check_host(None)
    check_host("10.0.0.1")


def test_the_chief_is_asked_without_a_proxy(monkeypatch):
    def direct():
        return address_variables("10.0.0.1", 8000)["no_grpc_proxy"]

    for name in ("no_proxy", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert direct() == "10.0.0.1"
    # What the user has there stays; gRPC reads the first of these only.
    monkeypatch.setenv("no_proxy", "localhost,.here")
    assert direct() == "localhost,.here,10.0.0.1"
    monkeypatch.setenv("no_grpc_proxy", ".there")
    assert direct() == ".there,10.0.0.1"
