"""The pages of the project, and the code that stands in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
COMMANDS = (ROOT / "docs" / "commands.md").read_text()


def blocks(language):
    pages = README + COMMANDS
    return re.findall(rf"```{language}\n(.*?)```", pages, flags=re.DOTALL)


def shell_lines(start):
    """Lines of shell that begin so, each once."""
    lines = "".join(blocks("sh")).splitlines()
    return list(dict.fromkeys(x for x in lines if x.startswith(start)))
