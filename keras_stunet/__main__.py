"""`python -m keras_stunet` is the command `keras-stunet`."""

import sys


def run():
    """The command; Ctrl-C while its parts are imported is one line, too."""
    try:
        from keras_stunet.cli import main
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Nothing was written.\n")
        sys.exit(130)
    main()


if __name__ == "__main__":
    run()
