"""Run folders: written by a training, read by all that follows."""
