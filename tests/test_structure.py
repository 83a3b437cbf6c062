"""The shape of the house: who may import whom."""

import ast
import enum
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import sk_bp
from sk_bp._core import _core

PACKAGE = Path(sk_bp.__file__).parent
MODULES = {
    ".".join(("sk_bp", *path.relative_to(PACKAGE).with_suffix("").parts)): path
    for path in PACKAGE.rglob("*.py")
}

# What single schedules are made of, in this order.
SCHEDULE_PARTS = [
    {"sk_bp.schedules.horizon"},
    {"sk_bp.schedules.schedule"},
    {
        "sk_bp.schedules.checked",
        "sk_bp.schedules.constant_rate",
        "sk_bp.schedules.timed_schedule",
    },
    {"sk_bp.schedules.falling", "sk_bp.schedules.function_rate"},
]

# Each module may import only from lines above its own. `_core` is the compiled core.
ORDER = [
    {"sk_bp._core", "sk_bp.advice"},
    {
        "sk_bp.containers",
        "sk_bp.sparse_structure",
        "sk_bp.plain_numbers",
        "sk_bp.saved",
        "sk_bp.memory",
    },
    {"sk_bp.samples", "sk_bp.endings", "sk_bp.values", "sk_bp.defaults", "sk_bp.decay"},
    {"sk_bp.outputs"},
    {
        "sk_bp.activations",
        "sk_bp.averages",
        "sk_bp.initializers",
        "sk_bp.losses.loss",
        "sk_bp.target_checks",
        "sk_bp.targets",
        "sk_bp.threads",
    },
    {"sk_bp.losses.regression", "sk_bp.losses.classification", "sk_bp.shared_lock"},
    {
        "sk_bp.losses.pinball",
        "sk_bp.losses.deviances",
        "sk_bp.losses.log_loss",
        "sk_bp.losses.hinges",
    },
    {"sk_bp.losses.registry"},
    {"sk_bp.losses"},
    *SCHEDULE_PARTS,
    {
        name
        for name in (module.removesuffix(".__init__") for module in MODULES)
        if name.startswith("sk_bp.schedules.") and name not in set().union(*SCHEDULE_PARTS)
    },
    {"sk_bp.schedules"},
    {"sk_bp.network", "sk_bp.sample_weights", "sk_bp.state", "sk_bp.epochs"},
    {"sk_bp.scaling"},
    {"sk_bp.data", "sk_bp.model", "sk_bp.objective", "sk_bp.training"},
    {"sk_bp.validation", "sk_bp.range_test", "sk_bp.initial_weights"},
    {"sk_bp.run"},
    {"sk_bp.ensemble", "sk_bp.progress", "sk_bp.user_warnings"},
    {"sk_bp.restarts", "sk_bp.rate_search"},
    {"sk_bp.optimizers.optimizer"},
    {"sk_bp.optimizers.minimizer", "sk_bp.optimizers.rule"},
    {"sk_bp.optimizers.adam"},
    {"sk_bp.optimizers.levenberg_marquardt"},
    {
        name
        for name in (module.removesuffix(".__init__") for module in MODULES)
        if name.startswith("sk_bp.optimizers.")
        and name.rpartition(".")[2]
        not in ("optimizer", "minimizer", "rule", "adam", "levenberg_marquardt")
    },
    {"sk_bp.optimizers"},
    {"sk_bp.parameters", "sk_bp.fitted"},
    {"sk_bp.watching", "sk_bp.linear"},
    {"sk_bp.fitting"},
    {"sk_bp.loaded"},
    {"sk_bp.base"},
    {"sk_bp.estimators", "sk_bp.hidden_layer"},
    {"sk_bp.tabular.frames", "sk_bp.tabular.recipe"},
    {"sk_bp.tabular.scaling"},
    {"sk_bp.tabular.pieces"},
    {"sk_bp.tabular.encoder"},
    {"sk_bp.tabular.base"},
    {"sk_bp.tabular.estimators"},
    {"sk_bp.tabular"},
    {"sk_bp.parallel.messages"},
    {"sk_bp.parallel.replica", "sk_bp.parallel.parts"},
    {"sk_bp.parallel.worker", "sk_bp.parallel.rounds", "sk_bp.parallel.checks"},
    {"sk_bp.parallel.fitting"},
    {"sk_bp.parallel"},
    {"sk_bp.dask.inputs", "sk_bp.dask.deaths"},
    {"sk_bp.dask.cluster"},
    {"sk_bp.dask.predicting", "sk_bp.dask.fitting"},
    {"sk_bp.dask.estimators"},
    {"sk_bp.dask"},
    {"sk_bp"},
]

# What parts of the package import where they are used.
OPTIONAL = {
    "sk_bp.inspection": {"matplotlib"},
    "sk_bp.callbacks.learning_curve": {"matplotlib", "IPython"},
    "sk_bp.callbacks.optuna_pruning": {"optuna"},
    "sk_bp.dask": {"dask", "distributed", "pandas"},
    "sk_bp.onnx": {"onnx", "skl2onnx"},
}


def place(module):
    if module.startswith("sk_bp._core"):  # modules that are compiled, the choice of one, its name
        part = module.removeprefix("sk_bp._core").removeprefix(".")
        return {"_core": -2, "_cpu": -2, "builds": -1, "builds.core": -1}.get(part, 0)
    if module.startswith("sk_bp.inspection"):  # above the estimators, in an order of its own
        part = module.removeprefix("sk_bp.inspection").removeprefix(".")
        shared = ("drawing", "differences", "diagnosis", "learning_rate_range_test")
        parts = {"problem": 1, "panels": 2.5, "": 4}
        step = 2 if part in shared else parts.get(part, 3)
        return len(ORDER) - 2 + step / 10
    if module.startswith("sk_bp.callbacks"):  # above inspection, in an order of its own
        part = module.removeprefix("sk_bp.callbacks").removeprefix(".")
        return len(ORDER) - 2 + {"callback": 0.5, "": 0.7}.get(part, 0.6)
    if module == "sk_bp.trusted":
        return len(ORDER) - 2 + 0.9
    if module.startswith("sk_bp.weights"):  # another leaf
        part = module.removeprefix("sk_bp.weights").removeprefix(".")
        return len(ORDER) - 2 + {"exchange": 0.5, "pruning": 0.6, "": 0.7}[part]
    if module.startswith("sk_bp.onnx"):  # and another one
        part = module.removeprefix("sk_bp.onnx").removeprefix(".")
        return (
            len(ORDER)
            - 2
            + {"graph": 0.5, "table": 0.55, "converter": 0.6, "export": 0.7, "": 0.8}[part]
        )
    found = [place for place, names in enumerate(ORDER) if module in names]
    assert len(found) == 1, f"{module} has no place in the order of imports"
    return found[0]


def own(module):
    """The dotted name without a last `__init__`."""
    return module.removesuffix(".__init__")


def imports(path):
    """All modules that a file imports, wherever in the file it does so."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES or name.startswith("sk_bp._core") else node.module


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_run_one_way(module):
    here = place(own(module))
    for imported in imports(MODULES[module]):
        if imported.split(".")[0] == "sk_bp":
            assert place(imported) < here, f"{module} imports {imported}"


@pytest.mark.parametrize("module", sorted(MODULES))
def test_nothing_but_itself_and_no_test_imports_inspection(module):
    if not module.startswith(("sk_bp.inspection", "sk_bp.callbacks")):  # both are leaves
        assert not [name for name in imports(MODULES[module]) if "inspection" in name]


@pytest.mark.parametrize("module", sorted(MODULES))
def test_only_declared_dependencies_are_imported(module):
    declared = {"numpy", "scipy", "sklearn", "joblib", "threadpoolctl", "sk_bp"}
    for part, optional in OPTIONAL.items():
        declared |= optional if module.startswith(part) else set()
    imported = {name.split(".")[0] for name in imports(MODULES[module])}
    assert imported <= declared | set(sys.stdlib_module_names)


def test_matplotlib_is_imported_only_to_draw():
    code = "import sys, sk_bp.callbacks; assert 'matplotlib' not in sys.modules"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_runs_and_what_lies_below_know_no_estimator():
    for module, path in MODULES.items():
        if place(own(module)) <= place("sk_bp.run"):
            assert "sk_bp.estimators" not in set(imports(path))


def test_the_core_imports_no_scikit_learn():
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] in ('sklearn', 'joblib', 'threadpoolctl'):\n"
        "            raise ImportError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "import importlib.machinery, importlib.util, pathlib, types\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "for name in ('sk_bp', 'sk_bp._core'):\n"
        "    sys.modules[name] = types.ModuleType(name)\n"
        "    sys.modules[name].__path__ = [str(root.joinpath(*name.split('.')[1:]))]\n"
        "from sk_bp._core import _core\n"
        "assert callable(_core.predict)\n"
        "assert 'sklearn' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, str(PACKAGE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_init_files_hold_imports_and_names_only():
    allowed = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.Expr)
    for module, path in MODULES.items():
        if module.endswith("__init__"):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                assert isinstance(node, allowed), f"{path} line {node.lineno}"


def test_public_names_are_those_of_all():
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(sk_bp.__all__) == {name for name in imported if not name.startswith("_")}
    assert all(hasattr(sk_bp, name) for name in sk_bp.__all__)
    assert sk_bp.__version__


def test_the_installed_package_is_tested_and_is_typed():
    assert (PACKAGE / "py.typed").exists()
    assert not (Path(__file__).parent / "__init__.py").exists()
    assert list(PACKAGE.joinpath("_core").glob("_core.*"))
    assert not list(PACKAGE.rglob("*.cpp"))


def names_in_stub(nodes):
    """Public names, with the parameters of functions, members of classes and values of enums."""
    found = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            parameters = [argument.arg for argument in node.args.args]
            found[node.name] = None if node.decorator_list else parameters
        elif isinstance(node, ast.ClassDef):
            found[node.name] = names_in_stub(node.body)
        elif isinstance(node, ast.AnnAssign):
            found[node.target.id] = None
        elif isinstance(node, ast.Assign):
            found[node.targets[0].id] = ast.literal_eval(node.value)
    return {name: what for name, what in found.items() if not name.startswith("_")}


def names_in_core(owner):
    """The same of the compiled module, or of a class in it."""
    if isinstance(owner, enum.EnumType):
        return {member.name: member.value for member in owner}
    found = {}
    for name, value in vars(owner).items():
        if name.startswith("_") or inspect.ismodule(value):
            continue
        if inspect.isclass(value):
            found[name] = names_in_core(value)
        else:
            found[name] = list(inspect.signature(value).parameters) if callable(value) else None
    return found


def test_the_stub_of_the_core_has_its_names_and_parameters():
    stub = ast.parse((PACKAGE / "_core" / "_core.pyi").read_text(encoding="utf-8"))
    assert names_in_stub(stub.body) == names_in_core(_core)


@pytest.mark.parametrize("module", sorted(MODULES))
def test_every_module_says_what_it_is_for(module):
    text = MODULES[module].read_text(encoding="utf-8")
    assert not text or ast.get_docstring(ast.parse(text))
