"""DCRNN's pickle: the published one is read, any other runs nothing."""

import codecs
import dataclasses
import gzip
import hashlib
import os
import pickle

import numpy as np
import pytest

from keras_stunet.data.readers.graphs.pickles import load_arrays
from keras_stunet.datasets.metr_la import graph as metr_la_graph
from keras_stunet.datasets.metr_la.graph import read_adjacency_pickle
from keras_stunet.datasets.metr_la.graph import read_graph
from keras_stunet.datasets.metr_la.published import FILES

IDS = ["10", "20", "30"]
WEIGHTS = np.array([[1, 0.5, 0], [0.25, 1, 0], [0, 0.125, 1]], np.float32)


def python2_pickle(weights=WEIGHTS):
    """`[ids, {id: index}, weights]` in protocol 0, as Python 2 wrote it."""
    names = b"".join(b"S'%s'\na" % name.encode() for name in IDS)
    pairs = b"".join(b"S'%s'\nI%d\ns" % (b"%d" % i, i) for i in range(3))
    data = codecs.escape_encode(weights.tobytes())[0]
    return (
        b"(l(l" + names + b"a(d" + pairs + b"a"
        b"cnumpy.core.multiarray\n_reconstruct\n"
        b"(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I3\nI3\nt"
        b"cnumpy\ndtype\n(S'f4'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb"
        b"I00\nS'" + data + b"'\ntba."
    )


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Write a pickle that counts as the published one."""

    def publish(content):
        file = dataclasses.replace(
            FILES["adjacency"],
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
        )
        monkeypatch.setitem(metr_la_graph.FILES, "adjacency", file)
        path = tmp_path / "adj_mx.pkl"
        path.write_bytes(content)
        return path

    return publish


@pytest.mark.parametrize("change", [bytes, gzip.compress])
def test_ids_and_numbers_are_those_of_the_ordinary_unpickler(publish, change):
    content = python2_pickle()
    path = publish(content)
    path.write_bytes(change(content))
    ids, weights = read_adjacency_pickle(path)
    expected = pickle.loads(content, encoding="latin1")
    assert ids.tolist() == IDS == expected[0]
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, WEIGHTS)
    np.testing.assert_array_equal(weights, expected[2])


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


PROGRAMS = [
    pickle.dumps(Calls(os.mkdir, "canary"), 0),
    pickle.dumps(Calls(os.mkdir, "canary")),
    pickle.dumps([IDS, {"10": Calls(exec, "open('canary', 'w')")}, WEIGHTS]),
    b"(S'touch canary'\nios\nsystem\n.",
    b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n(dtR.",
    b"\x80\x04\x8c\x05numpy\x8c\x0edtype.__base__\x93.",
]


@pytest.mark.parametrize("content", PROGRAMS)
def test_a_program_is_refused_and_nothing_is_run(
    tmp_path, monkeypatch, content
):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "adj_mx.pkl"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"adj_mx\.pkl: not the published gra"):
        read_adjacency_pickle(path)
    # Nor would it be if its digest were the published one.
    with pytest.raises(pickle.UnpicklingError, match="is refused"):
        load_arrays(content)
    assert [found.name for found in tmp_path.iterdir()] == ["adj_mx.pkl"]


def test_the_canary_sings_where_the_pickle_is_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pickle.loads(PROGRAMS[0])
    assert (tmp_path / "canary").exists()


def test_a_changed_a_cut_and_a_longer_file_are_refused(publish):
    content = python2_pickle()
    path = publish(content)
    changed = content.replace(b"20", b"21", 1)
    for other in (changed, content[:-1], content + b"x", b""):
        path.write_bytes(other)
        with pytest.raises(ValueError, match="Get the file again from https"):
            read_adjacency_pickle(path)


def test_the_graph_is_put_into_the_order_of_the_ids(publish):
    path = publish(python2_pickle())
    turned = [2, 0, 1]
    ids = [IDS[i] for i in turned]
    weights = read_graph({"adjacency": path}, ids)
    np.testing.assert_array_equal(weights, WEIGHTS[np.ix_(turned, turned)])
    with pytest.raises(ValueError, match="3 sensors that are not the exp"):
        read_graph({"adjacency": path}, ["10", "20", "40"])
