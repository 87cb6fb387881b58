"""Links, make targets and the length of the pages."""

import re
import subprocess

import pytest

from tests.pages import README
from tests.pages import ROOT

PAGES = ["README.md", "CONTRIBUTING.md"]
PAGES += sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("target", ["demo", "test", "test-long"])
def test_make_targets_of_the_pages_exist(target):
    pages = README + (ROOT / "CONTRIBUTING.md").read_text()
    assert f"make {target}" in pages
    subprocess.run(["make", "-n", target], cwd=ROOT, check=True)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(page):
    place, anchors = (ROOT / page).parent, {}
    links = re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text())
    for link in links:
        if link.startswith("http"):
            continue
        name, _, anchor = link.partition("#")
        target = place / name if name else ROOT / page
        assert target.exists(), link
        if anchor:
            if target not in anchors:
                anchors[target] = anchors_of(target.read_text())
            assert anchor in anchors[target], link


def anchors_of(text):
    """Of the headings of a page, as its renderer makes them."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", line.lower()) for line in headings]
    return {line.strip().replace(" ", "-") for line in plain}


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 165
    assert len(README.split()) <= 1_250
