"""Hyper-parameter search for the models of `keras_stunet`."""
