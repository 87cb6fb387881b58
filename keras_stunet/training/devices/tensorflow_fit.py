"""`fit` on several devices, under `tf.distribute`.

Keras's own stops at `MultiWorkerMirroredStrategy` (keras-team/keras#20585): it
takes the first batch for a tensor, which is one a replica there. Under
`MirroredStrategy` it stands still for up to a minute after each pass over the
data: the iterator that feeds the devices waits there for `tf.data`'s tuner,
which sleeps, even where tuning is turned off.
"""

import keras
import tensorflow as tf


def fit_together(
    strategy,
    model,
    batches,
    *,
    epochs,
    initial_epoch,
    validation_data,
    callbacks,
):
    """Train a model as `model.fit` does, in step with any other processes.

    Each replica takes its part of each batch, in the order of replicas, and
    `model.train_step` on it. The metrics are sums over all replicas; callbacks
    see them at the end of an epoch only.

    Args:
        strategy: The strategy, in whose scope the model was compiled.
        model: A compiled model.
        batches: `BatchShares` of as many shares as replicas, all of them.
        epochs: As in `fit`.
        initial_epoch: As in `fit`.
        validation_data: As `batches`.
        callbacks: As in `fit`.
    """
    callbacks = keras.callbacks.CallbackList(callbacks, model=model)
    with strategy.scope():  # not in a step, which must not make variables
        model.optimizer.build(model.trainable_variables)
    train = _on_replicas(strategy, model.train_step)
    test = _on_replicas(strategy, model.test_step)
    model.stop_training = False
    callbacks.on_train_begin()
    for epoch in range(initial_epoch, epochs):
        callbacks.on_epoch_begin(epoch)
        logs = _one_pass(model, train, batches, callbacks, "train")
        callbacks.on_test_begin()
        scores = _one_pass(model, test, validation_data, callbacks, "test")
        callbacks.on_test_end(scores)
        logs |= {f"val_{name}": value for name, value in scores.items()}
        callbacks.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    callbacks.on_train_end()


def _on_replicas(strategy, step):
    # A function of a batch that lets each replica take a step with its part.
    replicas = strategy.num_replicas_in_sync

    @tf.function(reduce_retracing=True)
    def run(parts):
        strategy.run(step, args=(parts,))

    def function(batch):
        def part(context):
            size = len(batch[0]) // replicas
            first = context.replica_id_in_sync_group * size
            return tuple(tf.constant(x[first : first + size]) for x in batch)

        run(strategy.experimental_distribute_values_from_function(part))

    return function


def _one_pass(model, function, batches, callbacks, mode):
    begin = getattr(callbacks, f"on_{mode}_batch_begin")
    end = getattr(callbacks, f"on_{mode}_batch_end")
    model.reset_metrics()
    for number in range(len(batches)):
        begin(number)
        function(batches[number])
        end(number)
    return model.get_metrics_result()
