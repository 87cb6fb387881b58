"""Batches of `tf.data`, and which source belongs to the backend."""

import subprocess
import sys
import weakref

import keras
import pytest

from keras_stunet.data import WindowBatches
from keras_stunet.data import make_batches
from keras_stunet.data import to_tf_data
from tests.data.ordered_windows import NODES
from tests.data.ordered_windows import make_model
from tests.data.ordered_windows import make_train
from tests.data.ordered_windows import order_of

ON_TENSORFLOW = keras.backend.backend() == "tensorflow"


def test_a_pass_over_tf_data_that_is_broken_off_does_not_count():
    pytest.importorskip("tensorflow")
    windows = make_train()
    dataset = to_tf_data(windows, 5, shuffle=True)
    first = next(iter(dataset))
    orders = [order_of([[a.numpy() for a in first]], windows)]
    assert dataset.epoch == 0
    for epoch in range(2):
        batches = [[a.numpy() for a in batch] for batch in dataset]
        orders.append(order_of(batches, windows))
        assert dataset.epoch == epoch + 1
    assert orders[0] == orders[1][:5]
    assert orders[1] != orders[2]


def test_tf_data_keeps_its_order_where_something_is_made_of_it():
    tf = pytest.importorskip("tensorflow")
    windows = make_train(masked=False)
    dataset = to_tf_data(windows, 5, shuffle=True)
    doubled = dataset.map(lambda x, y: (x, 2 * y))
    assert len(doubled) == len(dataset) == 4
    epoch = weakref.ref(dataset)
    del dataset
    orders = [
        order_of([[x.numpy()] for x, _ in doubled], windows) for _ in "ab"
    ]
    assert orders[0] == orders[1]
    epoch().epoch = 1
    assert order_of([[x.numpy()] for x, _ in doubled], windows) != orders[0]
    spec = tf.TensorSpec((None, 3, NODES, 1))
    assert doubled.element_spec[1].is_compatible_with(spec)


def test_no_pass_waits_for_the_tuner_of_tf_data():
    # It sleeps for up to a minute, and the end of an iterator waits for it.
    pytest.importorskip("tensorflow")
    batches = to_tf_data(make_train(), 4)
    assert batches.options().autotune.enabled is False
    assert batches.map(lambda *x: x).options().autotune.enabled is False


@pytest.mark.skipif(not ON_TENSORFLOW, reason="others call it anyway")
def test_no_test_has_tensorflow_call_python_unseen():
    windows = make_train()
    with pytest.raises(pytest.fail.Exception, match="from_generator was call"):
        make_model(windows).fit(WindowBatches(windows, 5), verbose=0)


def test_the_right_source_for_the_backend():
    made = make_batches(make_train(), 5, shuffle=True, seed=1)
    if ON_TENSORFLOW:
        import tensorflow as tf

        assert isinstance(made, tf.data.Dataset)
    else:
        assert isinstance(made, WindowBatches)
    assert len(made) == 4 and made.batch_size == 5


def test_without_tensorflow_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(ImportError, match=r"\.\[tensorflow\]"):
        to_tf_data(make_train(), 5)


@pytest.mark.skipif(
    keras.backend.backend() == "tensorflow", reason="this backend needs it"
)
def test_package_imports_without_tensorflow():
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from keras_stunet.data import WindowBatches"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
