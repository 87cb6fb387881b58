"""The tiny series of the training tests."""

from tests.training.conftest import linear  # noqa: F401
from tests.training.conftest import series  # noqa: F401
from tests.training.conftest import splits  # noqa: F401
