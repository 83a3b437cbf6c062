"""The code of the user guide runs without a warning, each page from its first block to its last."""

import re

import pytest
from documents import ROOT

GUIDE = ROOT / "docs" / "guide"
# The tutorials among the other pages, whose blocks follow from one another too.
TUTORIALS = (
    "deployment.md",
    "extending.md",
    "from_matlab.md",
    "from_pytorch_keras.md",
    "from_sklearn.md",
    "quickstart.md",
    "quickstart_zh.md",
)
pytestmark = pytest.mark.skipif(not GUIDE.exists(), reason="the guide is not installed")
CHAPTERS = [*sorted(GUIDE.glob("*.md")), *(ROOT / "docs" / name for name in TUTORIALS)]


def blocks(page):
    """The Python code of a page, each block at its own line numbers."""
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"```python\n(.*?)```", text, flags=re.DOTALL):
        yield "\n" * (text[: found.start(1)].count("\n")) + found[1]


@pytest.mark.parametrize("page", CHAPTERS, ids=[page.stem for page in CHAPTERS])
def test_the_code_of_a_page_runs(page, capsys, close_figures):
    namespace = {}
    for block in blocks(page):
        exec(compile(block, page, "exec"), namespace)
    # A page that says in a comment what a line prints is right.
    printed = capsys.readouterr().out
    for stated in re.findall(r"print\(.*?\)\s+# (\[.*\])$", "".join(blocks(page)), re.MULTILINE):
        assert stated in printed
