"""The script that made the fixtures runs at its own commit only."""

collect_ignore = ["make_saved.py"]
