"""The pages state the defaults and names that the code has, and point to files that exist."""

import ast
import inspect
import re
import runpy
import tomllib
from contextlib import suppress
from itertools import pairwise
from pkgutil import resolve_name

import pytest
from cases import ESTIMATORS, both
from documents import ROOT, in_backticks, markdown_table

import sk_bp
from sk_bp import BPClassifier, activations, averages, inspection, losses
from sk_bp.activations import ACTIVATIONS, OUT_ACTIVATIONS
from sk_bp.averages import AVERAGES
from sk_bp.initializers import INITIALIZERS
from sk_bp.losses import LOSSES
from sk_bp.optimizers import OPTIMIZERS
from sk_bp.schedules import SCHEDULES

PAGES = [
    *sorted(ROOT.glob("*.md")),
    *(
        page
        for folder in ("benchmarks", "docs", "docs/guide", "examples")
        for page in sorted(ROOT.glob(f"{folder}/*.md"))
    ),
]
README = ROOT / "README.md"
# A source distribution, which has a PKG-INFO, lacks the benchmarks.
pytestmark = pytest.mark.skipif(
    not README.exists() or (ROOT / "PKG-INFO").exists(),
    reason="the pages are in a clone, not in an installed package or a source distribution",
)
every_page = pytest.mark.parametrize(
    "page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES]
)


def defaults_of(function):
    return {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
    }


@both
def test_the_readme_states_the_defaults_of_an_estimator(Estimator):
    stated = {}
    for row in markdown_table(README, "parameter"):
        defaults = [ast.literal_eval(text) for text in in_backticks(row["default"])]
        if "(regressor)" in row["default"]:  # one for each estimator
            defaults = [defaults[ESTIMATORS.index(Estimator)]]
        others = "(regressor only)" if Estimator is BPClassifier else "(classifier only)"
        if others not in row["meaning"]:
            stated |= zip(in_backticks(row["parameter"]), defaults, strict=True)
    assert stated == defaults_of(Estimator)


@pytest.mark.parametrize(
    ("parameter", "registry"),
    [
        ("activation", ACTIVATIONS),
        ("average", AVERAGES),
        ("init", INITIALIZERS),
        ("loss", LOSSES),
    ],
)
def test_the_readme_names_all_choices_of_a_parameter(parameter, registry):
    rows = {row["parameter"]: row for row in markdown_table(README, "parameter")}
    row = rows[f"`{parameter}`"]
    assert set(registry) <= {
        text.strip('"') for text in in_backticks(row["default"] + row["meaning"])
    }


def test_the_readme_states_the_hyperparameters_and_rates_of_all_optimizers():
    stated, rates = {}, {}
    for row in markdown_table(README, "optimizer"):
        (name,) = in_backticks(row["optimizer"])
        texts = in_backticks(row["hyperparameters"])
        of_another = stated[texts.pop(0)] if row["hyperparameters"].startswith("as ") else {}
        keywords = ast.parse(f"f({', '.join(texts)})", mode="eval").body.keywords
        stated[name] = of_another | {kw.arg: ast.literal_eval(kw.value) for kw in keywords}
        rates[name] = row["default learning rate"]
    assert stated == {cls.__name__: defaults_of(cls) for cls in OPTIMIZERS.values()}
    assert rates == {cls.__name__: rate_of(cls, "none") for cls in OPTIMIZERS.values()}


def rate_of(cls, otherwise):
    return str(getattr(cls, "default_learning_rate", otherwise))


def test_the_page_of_optimizers_states_names_and_rates_of_all():
    rows = markdown_table(ROOT / "docs" / "optimizers.md", "name")
    assert {row["name"]: (row["class"], row["default rate"]) for row in rows} == {
        name: (f"`{cls.__name__}`", rate_of(cls, "-")) for name, cls in OPTIMIZERS.items()
    }


def test_the_page_of_default_rates_has_all_rates_and_the_tables_that_were_measured():
    page = ROOT / "docs" / "default_rates.md"
    stated = {row["name"]: row["default"] for row in markdown_table(page, "name")}
    assert stated == {
        name: str(cls.default_learning_rate) for name, cls in OPTIMIZERS.items() if cls.takes_rate
    }
    drawn = runpy.run_path(str(page.with_name("draw_default_rates.py")))
    measured = drawn["read"]()
    assert {*drawn["measured_optimizers"](measured), "prodigy"} == set(stated)
    for table in (drawn["score_table"](measured), drawn["range_table"](measured)):
        assert table in page.read_text(encoding="utf-8")


def choices(page, heading, *columns):
    """The names in some columns of a table of a page."""
    rows = markdown_table(ROOT / "docs" / page, heading)
    text = " ".join(row[column] for row in rows for column in columns)
    return {name.strip('"') for name in in_backticks(text)}


def test_the_page_of_choices_names_all_that_can_be_chosen():
    page = "choosing.md"
    assert choices(page, "target", "loss") == set(LOSSES)
    assert choices(page, "target", "`out_activation`") - {"None"} <= set(OUT_ACTIVATIONS)
    activations = choices(page, "hidden layers", "first choice", "also", "avoid")
    assert set(ACTIVATIONS) <= activations
    regularizers = choices("regularization.md", "parameter", "parameter")
    dense_and_sparse = "on tables and other dense X", "on text and other sparse X"
    others = {"n_restarts", "BayesianRegularization"}
    assert regularizers - others <= choices(page, "trouble", *dense_and_sparse)


def test_the_page_of_choices_has_the_tables_that_were_measured():
    page = ROOT / "docs" / "choosing.md"
    drawn = runpy.run_path(str(page.with_name("draw_choosing.py")))
    for table in drawn["tables"](drawn["read"]()):
        assert table in page.read_text(encoding="utf-8")


def test_the_page_of_learning_rates_and_the_readme_name_all_schedules():
    rows = markdown_table(ROOT / "docs" / "learning_rate.md", "class")
    registered = {cls.__name__ for cls in SCHEDULES.values()}
    assert {re.match(r"`(\w+)", row["class"])[1] for row in rows} == registered
    assert registered <= set(in_backticks(README.read_text(encoding="utf-8")))


def test_the_page_of_averages_names_all():
    rows = markdown_table(ROOT / "docs" / "averaging.md", "name")
    stated = {row["name"].strip("`"): row["class"].strip("`") for row in rows}
    assert stated == {name: cls.__name__ for name, cls in AVERAGES.items()}


def test_the_example_page_lists_every_example():
    rows = markdown_table(ROOT / "examples" / "README.md", "script")
    scripts = {path.name for path in (ROOT / "examples").glob("*.py")}
    assert {row["script"].strip("`") for row in rows} == scripts - {"docstrings.py", "example.py"}


def test_the_benchmark_page_lists_every_workload():
    rows = markdown_table(ROOT / "benchmarks" / "README.md", "file")
    scripts = {path.name for path in (ROOT / "benchmarks").glob("bench_*.py")}
    assert {row["file"].strip("`") for row in rows} - {"machine.py"} == scripts


FILE = re.compile(r"[\w.*/-]*[\w*]\.(?:py|pyx|hpp|md|toml|cfg|json|png)|(?:[\w.-]+/)+\w*")


def files_named_in(page):
    """File names in backticks; what stands for any name, <name>, becomes a wildcard."""
    for text in in_backticks(page.read_text(encoding="utf-8")):
        for word in re.sub(r"<\w+>", "*", text).split():
            if FILE.fullmatch(word):
                yield word


def exists(name, page):
    """Whether a path leads to something, or a file of this name is somewhere in the repository."""
    if name.startswith("build/"):
        return True  # what is built lies there
    if "/" in name:
        return any(any(place.glob(name)) for place in (ROOT, ROOT / "sk_bp", page.parent))
    folders = [ROOT / folder for folder in ("docs", "sk_bp", "tests")]
    return any(page.parent.glob(name)) or any(any(folder.rglob(name)) for folder in folders)


@every_page
def test_files_that_a_page_names_exist(page):
    assert [name for name in files_named_in(page) if not exists(name, page)] == []


@every_page
def test_modules_and_members_that_a_page_names_exist(page):
    text = " ".join(in_backticks(page.read_text(encoding="utf-8")))
    for name in re.findall(r"\bsk_bp(?:\.[A-Za-z]\w*)+", text):
        resolve_name(name)  # raises if there is none


def nodes(page, kind):
    """The nodes of this kind in the Python code of a page, in blocks and in backticks."""
    text = page.read_text(encoding="utf-8")
    parsed = [ast.parse(code) for code in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]
    for code in in_backticks(text):
        with suppress(SyntaxError):  # not Python
            parsed.append(ast.parse(code))
    return [node for code in parsed for node in ast.walk(code) if isinstance(node, kind)]


@every_page
def test_imports_in_the_code_of_a_page_work(page):
    for node in nodes(page, ast.ImportFrom):
        for alias in node.names:
            resolve_name(f"{node.module}:{alias.name}")


PUBLIC = {
    name: member
    for module in (sk_bp, activations, averages, inspection, losses)
    for name, member in vars(module).items()
    if inspect.isclass(member) or inspect.isfunction(member)
}


@every_page
def test_calls_in_the_code_of_a_page_fit_the_signatures(page):
    for node in nodes(page, ast.Call):
        name, _, method = ast.unparse(node.func).partition(".")
        if name in PUBLIC:
            function = getattr(PUBLIC[name], method) if method else PUBLIC[name]
            keywords = {keyword.arg: keyword.value for keyword in node.keywords}
            inspect.signature(function).bind(*node.args, **keywords)


def links(page):
    """The targets of the links of a page that point into this repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"\w+:", target):
            yield target


def anchors(page):
    """What links to the headings of a page end with, by GitHub's rules."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_links_of_a_page_lead_somewhere(page):
    for target in links(page):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in anchors(linked), target


def test_every_page_is_linked_from_the_readme_or_another_page():
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in PAGES
        for target in links(page)
    }
    assert {page for page in PAGES if page.resolve() not in linked} <= {README}


def test_the_oldest_versions_are_those_that_the_project_allows():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    allowed = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    least = dict(requirement.lower().split(">=") for requirement in allowed)
    lines = (ROOT / "tools" / "oldest.txt").read_text(encoding="utf-8").lower().splitlines()
    oldest = dict(line.split("==") for line in lines if not line.startswith("#"))
    assert oldest.keys() == least.keys()
    for name, version in oldest.items():
        assert f"{version}.".startswith(f"{least[name]}."), name


@every_page
def test_every_column_of_a_table_has_a_heading(page):
    lines = page.read_text(encoding="utf-8").splitlines()
    for heading, line in pairwise(lines):
        if heading.startswith("|") and re.fullmatch(r"\|[-: |]+\|", line):
            cells = heading.strip().strip("|").split("|")
            assert all(cell.strip() for cell in cells), heading
