"""The reader of DCRNN's pickle: the same numbers, and nothing is run."""

import builtins
import codecs
import os
import pickle
import types

import numpy as np
import pytest

from keras_stunet.datasets.metr_la import adjacency_pickle
from keras_stunet.datasets.metr_la.adjacency_pickle import read_adjacency_pickle
from keras_stunet.datasets.metr_la.graph import read_graph

IDS = ["10", "20", "30"]
WEIGHTS = np.array([[1, 0.5, 0], [0.25, 1, 0], [0, 0.125, 1]], np.float32)


class Python2Array:
    """Pickles as Python 2 pickled a NumPy array: its data are a string."""

    def __init__(self, array, order="C"):
        shape = f"(I{array.shape[0]}\nI{array.shape[1]}\nt"
        self.head = (
            b"cnumpy.core.multiarray\n_reconstruct\n"
            b"(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n" + shape.encode()
        )
        self.kind = array.dtype.str
        escaped = codecs.escape_encode(array.tobytes(order))[0]
        self.tail = b"I0%d\nS'%s'\ntb" % (order == "F", escaped)

    def commands(self):
        kind = self.kind[1:].encode(), self.kind[:1].encode()
        return (
            self.head
            + b"cnumpy\ndtype\n(S'%s'\nI0\nI1\ntR" % kind[:1]
            + b"(I3\nS'%s'\nNNNI-1\nI-1\nI0\ntb" % kind[1:]
            + self.tail
        )


def graph(ids=IDS, index=None, array=None):
    """`[ids, index, weights]` in protocol 0."""
    index = {name: i for i, name in enumerate(ids)} if index is None else index
    array = Python2Array(WEIGHTS).commands() if array is None else array
    names = b"".join(b"S'%s'\na" % name.encode() for name in ids)
    pairs = b"".join(b"S'%s'\nI%d\ns" % (k.encode(), index[k]) for k in index)
    return b"(l(l" + names + b"a(d" + pairs + b"a" + array + b"a."


@pytest.fixture
def read(tmp_path):
    def read(content):
        path = tmp_path / "adj_mx.pkl"
        path.write_bytes(content)
        return read_adjacency_pickle(path)

    return read


def test_what_is_written_here_is_what_the_ordinary_unpickler_reads():
    ids, index, weights = pickle.loads(graph(), encoding="latin1")
    assert (ids, index) == (IDS, {"10": 0, "20": 1, "30": 2})
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, WEIGHTS)


@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_and_ids_are_those_of_the_pickle(read, order):
    ids, weights = read(graph(array=Python2Array(WEIGHTS, order).commands()))
    assert ids.tolist() == IDS
    assert weights.dtype == np.float32
    np.testing.assert_array_equal(weights, WEIGHTS)


class Calls:
    """Pickles as a call of a function."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


class Sets:
    """Pickles as an object with a state that is set."""

    def __reduce__(self):
        return (list, (), None, iter([Calls(os.system, "touch canary")]))


def by_hand(name):
    """A call of `os.system` that no pickler would write."""
    command = b"S'touch canary'\n"
    return {
        "instance": b"(" + command + b"ios\nsystem\n.",
        "object": b"(cos\nsystem\n" + command + b"o.",
        "within the list": graph().replace(
            b"I1\ns", b"cos\nsystem\n(" + command + b"tRs", 1
        ),
        "of an attribute": b"c__builtin__\ngetattr\n(cos\nsystem\nS'x'\ntR.",
        "through numpy": b"cnumpy.testing._private.utils\nrunstring\n("
        + command
        + b"(dtR.",
        "dotted": b"\x80\x04\x8c\x05numpy\x8c\x0edtype.__base__\x93.",
        "in the state": b"cnumpy.core.multiarray\n_reconstruct\n"
        b"(cnumpy\nndarray\n(I0\ntS'b'\ntRcos\nsystem\n(" + command + b"tRb.",
        "persistent": b"Pcanary\n.",
        "extension": b"\x80\x02\x82\x01.",
        "new": b"\x80\x02cos\nsystem\n(" + command + b"t\x81.",
    }[name]


PROGRAMS = {
    "os.system": pickle.dumps(Calls(os.system, "touch canary"), 0),
    "eval": pickle.dumps(Calls(builtins.eval, "open('canary', 'w')"), 0),
    "exec, binary": pickle.dumps(Calls(builtins.exec, "open('canary', 'w')")),
    "nested": pickle.dumps([IDS, {"10": Calls(os.mkdir, "canary")}, Sets()], 0),
    "copyreg": b"ccopy_reg\n_reconstructor\n(cos\nsystem\nc__builtin__\nobject"
    b"\nNtR.",
    "import": pickle.dumps(Calls(builtins.__import__, "antigravity"), 0),
    "type": pickle.dumps(Calls(types.SimpleNamespace), 0),
    "numpy.load": pickle.dumps(Calls(np.load, "canary"), 0),
    "Python 3": pickle.dumps([IDS, {}, WEIGHTS]),
}
BY_HAND = (
    "instance",
    "object",
    "within the list",
    "of an attribute",
    "through numpy",
    "dotted",
    "in the state",
    "persistent",
    "extension",
    "new",
)


@pytest.mark.parametrize("name", [*PROGRAMS, *BY_HAND])
def test_programs_are_refused_and_nothing_is_run(
    name, read, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    ran = []
    for module, function in ((os, "system"), (os, "mkdir"), (builtins, "eval")):
        monkeypatch.setattr(module, function, lambda *a: ran.append(a))
    content = PROGRAMS.get(name) or by_hand(name)
    with pytest.raises(ValueError, match=r"adj_mx\.pkl: .*refused.* nothing"):
        read(content)
    assert not ran
    assert [path.name for path in tmp_path.iterdir()] == ["adj_mx.pkl"]


def test_the_canary_sings_where_the_pickle_is_loaded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("os.system", "eval", "exec, binary"):
        pickle.loads(PROGRAMS[name])
        (tmp_path / "canary").unlink()
    for name in ("instance", "object", "within the list"):
        pickle.loads(by_hand(name), encoding="latin1")
        (tmp_path / "canary").unlink()


def test_the_name_that_is_met_is_named(read):
    module = "nt" if os.name == "nt" else "posix"
    with pytest.raises(ValueError, match=f"asks for {module}.system, which is"):
        read(PROGRAMS["os.system"])


@pytest.mark.parametrize(
    "content",
    [
        b"p99999999999999999999\n.",
        b"\x80\x02Nr\xff\xff\xff\xff.",  # a memo of 4,294,967,295 places
        b"\x80\x04\x8e" + b"\xff" * 7 + b"\x7f" + b"x.",  # bytes
        b"\x80\x04\x8d" + b"\xff" * 7 + b"\x7f" + b"x.",  # text
        b"\x80\x04\x95" + b"\xff" * 7 + b"\x7f" + b"x.",  # frame
        b"\x80\x02\x8b\xff\xff\xff\x7f1.",  # integer
        b"I" + b"9" * 100_000 + b"\n.",
        graph(array=Python2Array(WEIGHTS).commands().replace(b"I3", b"I3" * 9)),
        graph().replace(b"(I3\nI3\n", b"(I1000000\nI1000000\n"),
    ],
)
def test_sizes_that_are_only_claimed_are_refused(read, content):
    with pytest.raises(ValueError, match=r"adj_mx\.pkl"):
        read(content)


def test_a_file_that_is_far_too_large_is_not_read_to_its_end(read):
    with pytest.raises(ValueError, match="more than 8 MB"):
        read(b"." * 9_000_000)


def test_keys_that_take_for_ever_to_hash_are_refused(read):
    nested = b"I1\np0\n" + b"".join(
        b"(g%d\ng%d\ntp%d\n" % (at, at, at + 1) for at in range(60)
    )
    for content in (b"(d" + nested + b"I1\ns.", b"(" + nested + b"I1\nd."):
        with pytest.raises(ValueError, match="a key that is no text"):
            read(content)


def test_a_pickle_leaves_nothing_behind(read):
    """The names that are admitted cannot be given a state."""
    for kind, stand_in in adjacency_pickle._STAND_INS.items():
        before = dict(vars(stand_in))
        name = "\n".join(kind).encode()
        for state in (b"(dS'x'\nI1\ns", b"(N(dS'__new__'\nI1\nst"):
            with pytest.raises(ValueError):
                read(b"c" + name + b"\n" + state + b"b.")
        assert dict(vars(stand_in)) == before


@pytest.mark.parametrize(
    "content, reason",
    [
        (graph(ids=["10", "20", "10"]), "their indices disagree"),
        (graph(index={"10": 1, "20": 0, "30": 2}), "their indices disagree"),
        (graph(ids=IDS[:2]), "the weights are not 2 x 2"),
        (graph(array=b"N"), "the weights are no NumPy array"),
        (
            graph(array=Python2Array(WEIGHTS.astype("f8")).commands()),
            "not of type float32",
        ),
        (
            graph(array=Python2Array(WEIGHTS.astype(">f4")).commands()),
            "not of type float32",
        ),
        (
            graph(array=Python2Array(np.zeros((3, 3), "S4")).commands()),
            "not of type float32",
        ),
        (graph().replace(b"\\x80?'", b"'"), "no 3 x 3 numbers"),
        (graph() + b"x", "more data after the end"),
        (b"N.", "no list of three"),
        (b"", "not the pickled graph"),
        (b"(l(lI1\naa(daNa.", "ids are no list of strings"),
    ],
)
def test_other_content_is_refused(read, content, reason):
    with pytest.raises(ValueError, match=reason):
        read(content)


def test_the_graph_is_put_into_the_order_of_the_ids(tmp_path):
    path = tmp_path / "adj_mx.pkl"
    path.write_bytes(graph())
    turned = [2, 0, 1]
    ids = [IDS[i] for i in turned]
    weights = read_graph({"adjacency": path}, ids)
    np.testing.assert_array_equal(weights, WEIGHTS[np.ix_(turned, turned)])
    with pytest.raises(ValueError, match="3 sensors that are not the exp"):
        read_graph({"adjacency": path}, ["10", "20", "40"])
    path.write_bytes(graph(array=Python2Array(2 * WEIGHTS).commands()))
    with pytest.raises(ValueError, match="outside 0 to 1"):
        read_graph({"adjacency": path}, IDS)


def test_cut_files_are_refused(read):
    content = graph()
    for end in range(0, len(content) - 1, 7):
        with pytest.raises(ValueError, match="Get the file again"):
            read(content[:end])


# Of Python's own unpickler, for strings that are not Python 2's.
@pytest.mark.filterwarnings("ignore:invalid escape:DeprecationWarning")
def test_mutated_files_give_the_graph_or_a_value_error(read):
    rng = np.random.default_rng(1)
    content, refused = graph(), 0
    for _ in range(400):
        changed = bytearray(content)
        for place in rng.integers(len(content), size=rng.integers(1, 4)):
            changed[place] = rng.choice(list(b"(ldtSINaspgcRb.'\n\x8019\\"))
        try:
            ids, weights = read(bytes(changed))
        except ValueError:
            refused += 1
        else:
            assert weights.shape == (len(ids),) * 2
    assert refused > 200
