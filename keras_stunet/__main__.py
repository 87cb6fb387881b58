"""`python -m keras_stunet` is the command `keras-stunet`."""

from keras_stunet.cli import main

main()
