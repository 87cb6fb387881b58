"""The site of the documentation is built, and its API has what it names."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
API = (ROOT / "docs" / "api.md").read_text()


def test_every_page_is_in_the_navigation():
    listed = set(re.findall(r"(\w+\.md)", (ROOT / "mkdocs.yml").read_text()))
    assert listed == {path.name for path in (ROOT / "docs").glob("*.md")}


@pytest.mark.long
def test_the_site_is_built_and_names_the_api(tmp_path):
    pytest.importorskip("mkdocs")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q"]
    done = subprocess.run(
        [*command, "-d", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    page = (tmp_path / "site" / "api" / "index.html").read_text()
    for name in re.findall(r"^::: (\S+)$", API, flags=re.MULTILINE):
        assert f'id="{name}"' in page, name
