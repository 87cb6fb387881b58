"""Each bad input has one clear error, before any long work."""

import keras
import numpy as np
import pytest
import scipy.sparse as sp

from keras_stunet import STUNet
from keras_stunet import build_st_unet

DIRECTED = np.triu(np.ones((4, 4)), 1)
RING = DIRECTED + DIRECTED.T


@pytest.mark.parametrize(
    ("adj", "message"),
    [
        (np.zeros((4, 4)), "p=2 was given, but .*p=0 leaves each node by"),
        (DIRECTED, r"directed.*symmetrise\(adj, \"max\"\)"),
        (sp.csr_array(DIRECTED), "directed"),
        (RING * np.nan, "NaN"),
        (np.where(RING, np.inf, 0), "infinite"),
        (-RING, "negative"),
        (np.ones((4, 3)), "square matrix"),
        (None, "Give either `adj`.*got neither"),
    ],
)
def test_a_bad_adjacency_is_refused(adj, message):
    with pytest.raises(ValueError, match=message):
        build_st_unet(adj)


@pytest.mark.long_on_jax
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"K": 0}, "`K` is 0; expected an integer of at least 1"),
        ({"K": 2.5}, "`K` is 2.5"),
        ({"p": -1}, "`p` is -1; expected an integer of at least 0"),
        ({"p": 3}, "expected p <= 2 for this graph. Use p=2"),
        ({"p": (2, 1)}, "p=1 was given, but after 0 rounds no edge"),
        ({"p": ()}, r"`p` is \(\)"),
        ({"p": "2"}, "`p` is '2'"),
        ({"p": 1.0}, "`p` is 1.0"),
        ({"s": 0}, "`s` is 0; expected an integer of at least 1"),
        ({"p": (1, 1), "s": (1, 2, 3)}, "sequences of the same length"),
        ({"history": 0}, "`history` is 0"),
        ({"horizon": True}, "`horizon` is True"),
        ({"features": 0}, "`features` is 0"),
        ({"units": -3}, "`units` is -3"),
        ({"mean": np.nan}, "`mean` is nan"),
        ({"std": 0.0}, "`std` above 0"),
        ({"std": np.inf}, "`std` is inf"),
        ({"sampling_decay": -1.0}, "`sampling_decay` is -1.0"),
        ({"sampling_decay": np.nan}, "`sampling_decay` is nan"),
        ({"head": "direkt"}, "Did you mean 'direct'"),
        ({"activation": "sigmoyd"}, "sigmoyd"),
        ({"share_weights": 1}, "`share_weights` is 1; expected True or False"),
        ({"share_weights": True, "head": "direct"}, "with head 'direct' and 1"),
        ({"share_weights": True, "features": 2}, "'seq2seq' and 2 input feat"),
        ({"layer_norm": "chanels"}, "Did you mean 'channels'"),
        ({"reduce": "men"}, "Did you mean 'mean'"),
        ({"upsampling": "orderd"}, "Did you mean 'ordered'"),
        ({"partition": "pg"}, "Did you mean 'pga'"),
        ({"propagation": "edge"}, "Did you mean 'edges'"),
        ({"dtype": "mixed_bfloat"}, "Did you mean 'mixed_bfloat16'"),
        ({"dtype": "int32"}, "`dtype` is 'int32'; expected one of 'float32'"),
    ],
)
def test_a_bad_option_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        build_st_unet(RING, **{"p": 1, "units": 2, **options})


def test_an_unknown_option_is_refused_with_the_nearest_one():
    with pytest.raises(TypeError, match="no option 'unit'.*mean 'units'"):
        build_st_unet(RING, unit=3)


@pytest.mark.parametrize("head", ["seq2seq", "direct"])
@pytest.mark.parametrize(
    "shape",
    [
        (2, 4, 8, 1),  # another history
        (2, 3, 7, 1),  # another number of nodes
        (2, 3, 8, 2),  # another number of features
        (2, 8, 3, 1),  # axes swapped
        (2, 3, 8),
        (3, 8, 1),
        (2, 3, 8, 1, 1),
    ],
)
def test_a_history_of_another_shape_is_refused(make_model, head, shape):
    model = make_model(head=head)
    with pytest.raises(ValueError) as error:
        model(np.zeros(shape, dtype="float32"))
    assert f"The history given to 'st_unet' has shape {shape}" in str(
        error.value
    )
    assert "expected (None, 3, 8, 1)" in str(error.value)


@pytest.mark.parametrize("shape", [(2, 2, 8, 1), (2, 3, 7, 1), (2, 3, 8)])
def test_a_truth_of_another_shape_is_refused(make_model, readings, shape):
    with pytest.raises(ValueError) as error:
        make_model()((readings()[0], np.zeros(shape, dtype="float32")))
    assert "The target given to 'st_unet' has shape" in str(error.value)
    assert "expected (None, 3, 8, 1)" in str(error.value)


def test_predict_and_fit_refuse_another_shape(make_model, readings):
    model = make_model(head="direct")
    x, y = readings()
    with pytest.raises(ValueError, match="The history given to 'st_unet'"):
        model.predict(x[:, :2], verbose=0)
    model.compile("sgd", "mse")
    # On JAX Keras 3.11 and 3.12 say it in an error of their own.
    refused = pytest.raises(
        (ValueError, RuntimeError), match="The history given to 'st_unet'"
    )
    with refused:
        model.fit(x[:, :, :5], y, verbose=0)


@pytest.mark.parametrize("head", ["seq2seq", "direct"])
def test_fit_refuses_nan_where_nothing_says_that_it_is_missing(
    make_model, readings, head
):
    model = make_model(head=head)
    before = model.get_weights()
    model.compile("sgd", "mse")
    x, y = readings()
    for name, array in (("x", x), ("y", y)):
        array[0, 1, 2:4] = np.nan
        with pytest.raises(ValueError, match=f"`{name}` holds 2 NaN; expect"):
            model.fit(x, y, verbose=0)
        array[0, 1, 2:4] = 50
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_only_a_decoder_takes_the_truth(make_model, readings):
    x, y = readings()
    with pytest.raises(ValueError, match="called with 2 arrays"):
        make_model(head="direct")((x, y))
    with pytest.raises(ValueError, match="called with 3 arrays"):
        make_model()((x, y, y))


@pytest.mark.parametrize(
    "head",
    [pytest.param("seq2seq", marks=pytest.mark.long_on_jax), "direct"],
)
def test_a_config_alone_refuses_to_compute(make_model, readings, head):
    model = make_model(head=head)
    x, _ = readings()
    bare = STUNet.from_config(model.get_config())
    with pytest.raises(ValueError, match="was never set"):
        bare(x)
    bare.set_weights(model.get_weights())
    np.testing.assert_array_equal(np.array(bare(x)), np.array(model(x)))


def test_a_clone_refuses_to_compute(make_model, readings):
    clone = keras.models.clone_model(make_model(head="direct"))
    with pytest.raises(ValueError, match="was never set"):
        clone(readings()[0])
    with pytest.raises(NotImplementedError, match="Copy the whole model"):
        keras.models.clone_model(make_model())
