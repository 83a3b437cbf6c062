"""Calls of the compiled core that are made up from bytes, for fuzzing: some valid, some broken.

No call may crash the process. A broken argument raises one of `REFUSALS`; where nothing was broken,
nothing may be raised. tests/test_binding.py makes a few such calls, tools/fuzz_binding.py many.
"""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np

from sk_bp._core import _core
from sk_bp.optimizers import OPTIMIZERS
from sk_bp.samples import CSR

# What is no array, or no mapping, has no shape, no dtype and no entries.
REFUSALS = (TypeError, ValueError, OverflowError, AttributeError, IndexError, KeyError)

# What the formulas of the core take; each reads its own.
PARAMETERS = {
    "slope": 0.2,
    "alpha": 0.5,
    "label_smoothing": 0.1,
    "gamma": 2.0,
    "delta": 0.3,
    "quantile_0": 0.8,
    "power": 1.5,
}
HYPERPARAMETERS = {
    name: float(value)
    for optimizer in OPTIMIZERS.values()
    if hasattr(optimizer, "rule")
    for name, value in optimizer().hyperparameters().items()
}
ODD_NUMBERS = [0.0, -0.0, 1.0, -1.0, 1e-310, 1e300, -1e300, np.inf, -np.inf, np.nan]
ODD_COUNTS = [-(2**63), -(2**31), -1, 0, 1, 2**31 - 1, 2**31, 2**62, 2**63 - 1]


class Choices:
    """Makes choices from bytes, and notes down whether any of them broke an argument.

    Parameters
    ----------
    data : bytes
        When they are used up, the first of all possibilities is chosen.
    breaks : bool
        Whether arguments may be broken.
    """

    def __init__(self, data, breaks=True):
        self._data = data
        self._place = 0
        self._breaks = breaks
        self.broken = False

    def integer(self, low, high):
        """An integer from low to high."""
        self._place += 1
        byte = self._data[self._place - 1 : self._place]
        return low + (byte[0] if byte else 0) % (high - low + 1)

    def of(self, things):
        """One of these."""
        return things[self.integer(0, len(things) - 1)]

    def breaks(self):
        """Whether to break the argument at hand; seldom, so that calls get far."""
        if self._breaks and self.integer(0, 31) == 31:
            self.broken = True
        else:
            return False
        return True

    def numbers(self, shape, dtype, odd=True):
        """An array of numbers, of which a few are odd."""
        rng = np.random.default_rng(self.integer(0, 255))
        array = rng.normal(size=shape).astype(dtype)
        if odd and array.size and self.integer(0, 7) == 7:
            with np.errstate(over="ignore"):
                array.flat[self.integer(0, 255) % array.size] = self.of(ODD_NUMBERS)
        return array

    def count(self, right):
        """A count that should be this."""
        return self.of(ODD_COUNTS) if self.breaks() else right

    def array(self, array):
        """This array, or one that is not what it should be."""
        return self.of(WRONG_ARRAYS)(array) if self.breaks() else array


def misaligned(array):
    """The same array at an address that is no multiple of the size of its numbers."""
    array = np.asarray(array)
    room = np.empty(array.nbytes + 1, np.uint8)
    shifted = np.ndarray(array.shape, array.dtype, room, offset=1)
    shifted[...] = array
    return shifted


def read_only(array):
    """A copy that may not be written to."""
    copy = np.array(array)
    copy.flags.writeable = False
    return copy


def spread(array):
    """The same numbers with gaps between them."""
    return np.repeat(array, 2, axis=-1)[..., ::2]


WRONG_ARRAYS = [
    misaligned,
    spread,
    read_only,
    lambda array: array[:-1],
    lambda array: np.concatenate([array, array]),
    lambda array: array[None],
    lambda array: array.ravel()[:0],
    lambda array: array.astype(np.float16),
    lambda array: array.astype(array.dtype.newbyteorder()),
    lambda array: array.astype(object),
    lambda array: array.tolist(),
    lambda array: None,
]


def choice_of(name, parameters=PARAMETERS):
    """An activation, a loss or an output of this name."""
    return SimpleNamespace(core_name=name, core_parameters=lambda: dict(parameters))


def name_from(choices, names):
    """One of these names, or one that there is not."""
    return "nothing" if choices.breaks() else choices.of(names)


def network_from(choices):
    """A network of one to three layers."""
    units = [choices.integer(1, 9) for _ in range(choices.integer(2, 4))]
    dtype = choices.of([np.float64, np.float32])
    size = sum((n_in + 1) * n_out for n_in, n_out in pairwise(units))
    parameters = choices.numbers(size, dtype)
    coefs, intercepts, start = [], [], 0
    for n_in, n_out in pairwise(units):
        coefs.append(parameters[start : start + n_in * n_out].reshape(n_in, n_out))
        start += n_in * n_out
    for n_out in units[1:]:
        intercepts.append(parameters[start : start + n_out])
        start += n_out
    activations = [choice_of(name_from(choices, _core.ACTIVATIONS)) for _ in units[1:]]
    if choices.breaks():
        place = choices.integer(0, len(units) - 1)
        units = choices.of([units[:1], units[:-1], [], units + units])
        if units and choices.integer(0, 1):
            units[place % len(units)] = choices.of(ODD_COUNTS)
    return SimpleNamespace(
        units=tuple(units),
        dtype=choices.of([np.dtype("f2"), np.dtype(">f4"), np.dtype("i8"), None])
        if choices.breaks()
        else np.dtype(dtype),
        parameters=choices.array(parameters),
        coefs=[choices.array(W) for W in coefs],
        intercepts=[choices.array(b) for b in intercepts],
        activations=activations,
        n_inputs=len(coefs[0]),
        n_outputs=len(intercepts[-1]),
        float=dtype,
    )


def loss_from(choices, network):
    """A loss, and whether it takes one number a sample, whatever the number of outputs."""
    name, parameters = name_from(choices, _core.LOSSES), dict(PARAMETERS)
    one_number = name.startswith("categorical")
    if name == "pinball" and network.n_outputs > 1 and choices.integer(0, 1):
        one_number = True  # a quantile for each output
        parameters |= {f"quantile_{k}": 0.5 for k in range(network.n_outputs)}
    return choice_of(name, parameters), one_number


def csr_from(choices, n, n_columns, dtype):
    """A CSR matrix, with unsorted and repeated columns."""
    lengths = [choices.integer(0, 4) for _ in range(n)]
    indptr = np.cumsum([0, *lengths])
    rng = np.random.default_rng(choices.integer(0, 255))
    indices = rng.integers(n_columns, size=indptr[-1])
    X = CSR(choices.numbers(indptr[-1], dtype), indices, indptr, (n, n_columns))
    for name in ("data", "indices", "indptr"):
        setattr(X, name, choices.array(getattr(X, name)))
    for name in ("indices", "indptr"):
        array = getattr(X, name)
        if len(np.atleast_1d(array)) and choices.breaks():
            wrong = np.array(array, copy=True).astype(np.int64).ravel()
            if wrong.size:
                wrong[choices.integer(0, 255) % wrong.size] = choices.of(ODD_COUNTS)
            setattr(X, name, wrong.astype(np.int32 if name == "indices" else np.int64))
    X.shape = (choices.count(n), choices.count(n_columns))
    return X


def samples_from(choices, network, one_number):
    """Samples for a network and a loss that takes one number a sample, or one for each output.

    Class numbers are often wrong, which stops training.
    """
    n, dtype = choices.integer(0, 20), network.float
    sparse = choices.integer(0, 1)
    X = (
        csr_from(choices, n, network.n_inputs, dtype)
        if sparse
        else choices.array(choices.numbers((n, network.n_inputs), dtype))
    )
    y = choices.numbers((n, 1 if one_number else network.n_outputs), dtype)
    if one_number:
        y = np.abs(np.round(y))
    weight = np.abs(choices.numbers(n, dtype)) if choices.integer(0, 1) else None
    return SimpleNamespace(
        X=X,
        y=choices.array(y),
        weight=None if weight is None else choices.array(weight),
        largest=choices.of([3.0, *ODD_NUMBERS]),
        n=n,
        sparse=bool(sparse),
    )


def plan_from(choices, n):
    """The steps of a call on n samples."""
    n_samples = choices.integer(0, 255) % (n + 1)
    batch_size = choices.integer(1, 8)
    n_steps = -(-n_samples // batch_size)
    order = None
    if n and choices.integer(0, 1):
        order = np.random.default_rng(choices.integer(0, 255)).integers(n, size=n_samples)
        if n_samples and choices.breaks():
            order[choices.integer(0, 255) % n_samples] = choices.of(ODD_COUNTS)
        order = choices.array(order)
    rates = [np.abs(choices.numbers(n_steps, np.float64)) / 100 for _ in range(3)]
    rates, decays, thresholds = (choices.array(array) for array in rates)
    return SimpleNamespace(
        order=order,
        n_samples=choices.count(n_samples),
        batch_size=choices.count(batch_size),
        rates=rates,
        decays=decays,
        thresholds=thresholds,
        first_step=choices.count(3),
        steps_before=choices.count(2),
        weight_scale=1.0,
        loss_limit=choices.of([np.inf, *ODD_NUMBERS]),
        loss_before=np.nan,
        max_grad_norm=choices.of([np.inf, 0.5, *ODD_NUMBERS]),
        measure_gradient=bool(choices.integer(0, 1)),
    )


def dropout_from(choices, network):
    """No dropout, or a rate for each layer."""
    if choices.integer(0, 1) == 0:
        return None
    rates = [choices.of([0.0, 0.5, 0.9]) for _ in network.coefs]
    if choices.breaks():
        return choices.of([rates[:-1], [*rates, 0.1], [1.0] * len(rates), [np.nan] * len(rates)])
    return rates


def trainer_from(choices, network, loss, sparse):
    """A trainer of a network, and the rule's hyperparameters as they are or odd."""
    rule, hyperparameters = name_from(choices, _core.RULES), dict(HYPERPARAMETERS)
    if choices.integer(0, 7) == 7:
        odd = choices.of([0.5, 0.9, *ODD_NUMBERS])
        hyperparameters[choices.of(sorted(hyperparameters))] = odd
    if choices.breaks():
        del hyperparameters[choices.of(sorted(hyperparameters))]
    slots = [
        choices.array(np.zeros(np.shape(network.parameters), network.float))
        for _ in range(_core.n_slots(rule, hyperparameters))
    ]
    numbers = choices.array(np.zeros(_core.n_numbers(rule, hyperparameters)))
    shrinks = bool(choices.integer(0, 1)) and not _core.drifts(rule, hyperparameters)
    return _core.Trainer(
        *(network, loss, rule, hyperparameters, slots, numbers, sparse),
        fresh=True,
        shrinks=shrinks,
        dropout=dropout_from(choices, network),
        seed=choices.integer(0, 3),
    )


def train(choices, network, loss, samples):
    """Make a trainer, and call its methods in any order."""
    trainer = trainer_from(choices, network, loss, samples.sparse)
    n_first = network.n_inputs * network.coefs[0].shape[1]
    for _ in range(choices.integer(1, 6)):
        method = choices.integer(0, 4)
        if method <= 1:
            trainer.run(samples, plan_from(choices, samples.n), {})
        elif method == 2:
            trainer.catch_up()
        elif method == 3:
            columns = np.arange(network.n_inputs, dtype=np.int32)
            if choices.breaks():
                columns[0] = choices.of([-1, len(columns), 2**31 - 1, -(2**31)])
            trainer.peek(choices.array(columns))
        else:
            trainer.add_to_average(choices.array(np.zeros(n_first, network.float)), 0.5)
        assert trainer.caught_up in (True, False)


def back_propagate(choices, network, loss, samples):
    """Add the gradient of the samples to an array."""
    rates, seed = dropout_from(choices, network), choices.integer(0, 3)
    core = _core.LossAndGradient(network, loss, samples.sparse, rates, seed)
    gradient = choices.array(np.zeros(np.shape(network.parameters), network.float))
    core.add(samples.X, samples.y, samples.weight, 0.1, samples.largest, gradient)


def call_functions(choices, network, loss, samples):
    """Call the functions of the core that change nothing."""
    _core.predict(network, samples.X, choice_of(name_from(choices, _core.OUTPUTS)))
    _core.total_loss(network, samples.X, samples.y, samples.weight, loss)
    if network.dtype == np.float64:
        _core.jacobian(network, samples.X)
    z = choices.array(choices.numbers(choices.integer(0, 40), network.float))
    _core.largest_magnitude(z)
    _core.values_and_slopes(choice_of(name_from(choices, _core.ACTIVATIONS)), z)
    start, first = choices.integer(0, 255) * 2**56, choices.count(2 * choices.integer(0, 9))
    _core.draw_weights(z, start, first, bool(choices.integer(0, 1)), choices.of(ODD_NUMBERS))


def make_calls(choices):
    """Call the core as these choices tell. Returns the error that it refused an argument by."""
    try:
        network = network_from(choices)
        loss, one_number = loss_from(choices, network)
        samples = samples_from(choices, network, one_number)
        choices.of([train, back_propagate, call_functions])(choices, network, loss, samples)
    except REFUSALS as error:
        if not choices.broken:
            raise
        return error
    return None
