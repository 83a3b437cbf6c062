# distutils: language = c++
# cython: language_level=3, boundscheck=False, wraparound=False
"""The compiled core: training steps and predictions, for arrays that the caller has checked.

The functions here trust their callers in one thing only: the column indices of a CSR matrix lie in
range (sk_bp.validation checks them). Shapes, types and memory order are asserted here.
"""

import os

import numpy as np

cimport numpy as cnp
from libc.stdint cimport int32_t, int64_t
from libcpp cimport bool as cbool
from libcpp.map cimport map as cmap
from libcpp.memory cimport unique_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector
from scipy.linalg cimport cython_blas

cnp.import_array()


cdef extern from "binding.hpp" namespace "sk_bp" nogil:
    ctypedef void (*SingleGemm "sk_bp::Gemm<float>")(
        char*, char*, int*, int*, int*, float*, float*, int*, float*, int*, float*, float*, int*)
    ctypedef void (*DoubleGemm "sk_bp::Gemm<double>")(
        char*, char*, int*, int*, int*, double*, double*, int*, double*, int*, double*, double*,
        int*)
    SingleGemm single_gemm "sk_bp::Blas<float>::gemm"
    DoubleGemm double_gemm "sk_bp::Blas<double>::gemm"
    int n_processors
    int threads_now()
    void after_fork_in_child()

    cdef cppclass SamplesView:
        int64_t n_rows, n_columns
        const void* dense
        const void* values
        const int32_t* columns
        const int64_t* starts

    cdef cppclass TargetsView:
        const void* y
        int64_t width
        const void* weight

    cdef cppclass NetworkView:
        vector[int64_t] units
        vector[string] activations
        vector[void*] weights, biases

    cdef cppclass RuleView:
        string name
        cmap[string, double] hyperparameters
        void* target
        vector[void*] slots
        cbool sparse, fresh

    cpdef enum class Stop:
        none
        loss_not_finite
        gradient_too_large
        loss_grown

    cdef cppclass Report:
        double loss_sum, first_loss, last_loss, largest_gradient
        int64_t steps
        vector[double] gradient_squares
        Stop stop

    cdef cppclass Plan:
        const int64_t* order
        int64_t n_samples, batch_size, steps_before, divisor
        const double* rates
        const double* shrinks
        double weight_scale, largest_input, loss_limit, loss_before
        cbool measure_gradient

    cdef cppclass AnyTrainer:
        Report run(const SamplesView&, const TargetsView&, const Plan&) except +
        void settle() except +
        void peek(const int32_t*, int64_t, void*)
        cbool settled()

    unique_ptr[AnyTrainer] make_trainer(
        cbool, const NetworkView&, const string&, const RuleView&) except +
    int count_slots(const string&, const cmap[string, double]&) except +
    void predict_any(
        cbool, const NetworkView&, const SamplesView&, const string&, void*) except +
    double total_loss_any(
        cbool, const NetworkView&, const SamplesView&, const TargetsView&, const string&) except +
    void jacobian_any(const NetworkView&, const SamplesView&, double*, double*) except +
    double largest_magnitude_any(cbool, const void*, int64_t)


single_gemm = <SingleGemm> cython_blas.sgemm
double_gemm = <DoubleGemm> cython_blas.dgemm

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: after_fork_in_child())


def set_processors(int n):
    """Tell the core how many processors this process may use."""
    global n_processors
    n_processors = n


def n_threads():
    """How many threads a large piece of work may use at this moment."""
    return threads_now()


cdef void* data(cnp.ndarray array, object dtype) except? NULL:
    """The array's numbers, once it is certain that they are of this type and in C order."""
    if array.dtype != dtype or not cnp.PyArray_IS_C_CONTIGUOUS(array):
        raise TypeError(f"expected a C-contiguous array of {dtype}, got {array.dtype}")
    return cnp.PyArray_DATA(array)


cdef SamplesView view_samples(object X, object dtype) except *:
    """X is a C-contiguous array, or a CSR matrix with int32 indices and int64 indptr."""
    cdef SamplesView view
    view.n_rows, view.n_columns = X.shape
    if isinstance(X, np.ndarray):
        view.dense = data(X, dtype)
        return view
    if X.indptr.shape[0] != X.shape[0] + 1 or X.indices.shape[0] != X.data.shape[0]:
        raise ValueError("the arrays of the CSR matrix do not fit together")
    view.values = data(X.data, dtype)
    view.columns = <const int32_t*> data(X.indices, np.dtype(np.int32))
    view.starts = <const int64_t*> data(X.indptr, np.dtype(np.int64))
    return view


cdef TargetsView view_targets(object X, object y, object weight, object dtype) except *:
    cdef TargetsView view
    if y.ndim != 2 or y.shape[0] != X.shape[0]:
        raise ValueError("y must have two dimensions and a row for each row of X")
    view.y = data(y, dtype)
    view.width = y.shape[1]
    if weight is not None:
        if weight.shape != (X.shape[0],):
            raise ValueError("weight must have one number for each row of X")
        view.weight = data(weight, dtype)
    return view


cdef NetworkView view_network(object network) except *:
    cdef NetworkView view
    view.units = network.units
    view.activations = [activation.core_name.encode() for activation in network.activations]
    for layer, (W, b) in enumerate(zip(network.coefs, network.intercepts, strict=True)):
        if W.shape != network.units[layer:layer + 2] or b.shape != W.shape[1:]:
            raise ValueError(f"the weights of layer {layer} do not fit its units")
        view.weights.push_back(data(W, network.dtype))
        view.biases.push_back(data(b, network.dtype))
    return view


cdef cmap[string, double] view_hyperparameters(dict hyperparameters) except *:
    cdef cmap[string, double] result
    for name, value in hyperparameters.items():
        result[name.encode()] = value
    return result


def n_slots(str rule, dict hyperparameters):
    """How many arrays of state, each as long as the weights, the rule keeps."""
    return count_slots(rule.encode(), view_hyperparameters(hyperparameters))


def largest_magnitude(cnp.ndarray x):
    """The largest absolute value in x, float32 or float64 and C-contiguous; NaN if there is one."""
    cdef const void* numbers = data(x, x.dtype)
    cdef cbool single = x.dtype == np.float32
    cdef int64_t n = x.size
    cdef double result
    if not single and x.dtype != np.float64:
        raise TypeError(f"expected float32 or float64, got {x.dtype}")
    with nogil:
        result = largest_magnitude_any(single, numbers, n)
    return result


def predict(object network, object X, object output):
    """The outputs of the network, (n_samples, n_outputs), after the output activation."""
    cdef NetworkView net = view_network(network)
    cdef SamplesView samples = view_samples(X, network.dtype)
    cdef cbool single = network.dtype == np.float32
    cdef string output_name = output.core_name.encode()
    cdef cnp.ndarray result = np.empty((X.shape[0], network.n_outputs), dtype=network.dtype)
    cdef void* numbers = cnp.PyArray_DATA(result)
    if X.shape[1] != network.units[0]:
        raise ValueError("X and the network differ in their number of columns")
    with nogil:
        predict_any(single, net, samples, output_name, numbers)
    return result


def total_loss(object network, object X, object y, object weight, object loss):
    """The weighted sum of the losses of all samples."""
    cdef NetworkView net = view_network(network)
    cdef SamplesView samples = view_samples(X, network.dtype)
    cdef TargetsView targets = view_targets(X, y, weight, network.dtype)
    cdef cbool single = network.dtype == np.float32
    cdef string loss_name = loss.core_name.encode()
    cdef double result
    if X.shape[1] != network.units[0]:
        raise ValueError("X and the network differ in their number of columns")
    with nogil:
        result = total_loss_any(single, net, samples, targets, loss_name)
    return result


def jacobian(object network, object X):
    """How the raw outputs change with the parameters, in float64.

    Returns
    -------
    J : ndarray of shape (n_samples, n_outputs, n_parameters)
        The parameters in the order of the network's flat array.
    outputs : ndarray of shape (n_samples, n_outputs)
        The raw outputs.
    """
    cdef NetworkView net = view_network(network)
    cdef SamplesView samples = view_samples(X, network.dtype)
    shape = (X.shape[0], network.n_outputs)
    cdef cnp.ndarray J = np.empty((*shape, network.parameters.size))
    cdef cnp.ndarray outputs = np.empty(shape)
    cdef double* to_J = <double*> data(J, network.dtype)
    cdef double* to_outputs = <double*> data(outputs, network.dtype)
    if X.shape[1] != network.units[0]:
        raise ValueError("X and the network differ in their number of columns")
    with nogil:
        jacobian_any(net, samples, to_J, to_outputs)
    return J, outputs


cdef class Trainer:
    """Trains the weights of a network in place, batch by batch.

    Parameters
    ----------
    network : Network
        Its weights are views of one flat array, first of all those of the first layer.
    loss : Loss
    rule : str
        Name of the rule in the core.
    hyperparameters : dict of str to float
    slots : list of ndarray
        The rule's state, each array as long as the flat array of parameters.
    sparse : bool
        Whether sparse X will come.
    fresh : bool
        Whether the slots are all zero.
    """

    cdef unique_ptr[AnyTrainer] core
    cdef object network
    cdef object arrays

    def __cinit__(self, network, object loss, str rule, dict hyperparameters, list slots,
                  bint sparse, bint fresh, target=None):
        target = network.parameters if target is None else target
        cdef NetworkView net = view_network(network)
        cdef RuleView view
        view.name = rule.encode()
        view.hyperparameters = view_hyperparameters(hyperparameters)
        if not all(array.flags.writeable for array in (target, *slots)):
            raise ValueError("the core writes to target and slots, but one of them is read-only")
        view.target = data(target, network.dtype)
        if len(slots) != count_slots(view.name, view.hyperparameters):
            raise ValueError(f"the rule {rule} keeps another number of slots than {len(slots)}")
        for slot in slots:
            if slot.shape != target.shape:
                raise ValueError("a slot differs from the weights in shape")
            view.slots.push_back(data(slot, network.dtype))
        view.sparse = sparse
        view.fresh = fresh
        self.network = network
        self.arrays = (target, slots)  # kept alive as long as the core points into them
        self.core = make_trainer(network.dtype == np.float32, net, loss.core_name.encode(), view)

    def run(self, object samples, object plan, dict report, int64_t divisor=0):
        """Make the steps of a slice.

        Parameters
        ----------
        samples : Samples
            Has X, y, weight and largest.
        plan : Plan
            Has order, n_samples, batch_size, rates, shrinks, steps_before, weight_scale, loss_limit,
            loss_before and measure_gradient; see Plan in epoch.hpp.
        report : dict
            Takes loss_sum, first_loss, last_loss, largest_gradient, steps, gradient_squares (of
            each layer, 0 unless measured) and stop, even where an interrupt arrives before this
            returns.
        """
        cdef object X = samples.X
        cdef SamplesView view = view_samples(X, self.network.dtype)
        cdef TargetsView targets = view_targets(X, samples.y, samples.weight, self.network.dtype)
        cdef Plan steps
        cdef Report done
        cdef cnp.ndarray rates = plan.rates, shrinks = plan.shrinks
        cdef int64_t n_samples = plan.n_samples, batch_size = plan.batch_size
        n_steps = -(-n_samples // batch_size)
        if rates.shape[0] < n_steps or shrinks.shape[0] < n_steps:
            raise ValueError(f"{n_steps} steps need as many rates")
        if X.shape[1] != self.network.units[0]:
            raise ValueError("X and the network differ in their number of columns")
        steps.order = NULL
        if plan.order is not None:
            if plan.order.shape[0] < n_samples:
                raise ValueError("the order is shorter than the slice")
            steps.order = <const int64_t*> data(plan.order, np.dtype(np.int64))
        elif n_samples > X.shape[0]:
            raise ValueError("the slice is longer than X")
        steps.n_samples = n_samples
        steps.batch_size = batch_size
        steps.rates = <const double*> data(rates, np.dtype(np.float64))
        steps.shrinks = <const double*> data(shrinks, np.dtype(np.float64))
        steps.steps_before = plan.steps_before
        steps.weight_scale = plan.weight_scale
        steps.divisor = divisor
        steps.largest_input = samples.largest
        steps.loss_limit = plan.loss_limit
        steps.loss_before = plan.loss_before
        steps.measure_gradient = plan.measure_gradient
        with nogil:
            done = self.core.get().run(view, targets, steps)
        report.update({
            "loss_sum": done.loss_sum,
            "first_loss": done.first_loss,
            "last_loss": done.last_loss,
            "largest_gradient": done.largest_gradient,
            "steps": done.steps,
            "gradient_squares": done.gradient_squares,
            "stop": Stop(<int> done.stop),
        })

    def catch_up(self):
        """Bring every row of the first layer up to date."""
        with nogil:
            self.core.get().settle()

    def peek(self, cnp.ndarray columns):
        """An up-to-date copy of these rows of the first layer, (n_columns, units of layer 1)."""
        cdef const int32_t* numbers = <const int32_t*> data(columns, np.dtype(np.int32))
        cdef int64_t n = columns.shape[0]
        cdef cnp.ndarray rows = np.empty((n, self.network.units[1]), dtype=self.network.dtype)
        cdef void* room = cnp.PyArray_DATA(rows)
        with nogil:
            self.core.get().peek(numbers, n, room)
        return rows

    @property
    def caught_up(self):
        """Whether every row is up to date."""
        return self.core.get().settled()


class _Chunk:
    def __init__(self, X, y, weight, largest, scale):
        self.X, self.y, self.weight, self.largest = X, y, weight, largest
        self.order = None
        self.n_samples = self.batch_size = X.shape[0]
        self.rates = self.shrinks = np.zeros(1)
        self.steps_before = 0
        self.weight_scale = scale
        self.loss_limit, self.loss_before = np.inf, np.nan
        self.measure_gradient = False


class LossAndGradient:
    """The loss of samples, and its gradient with respect to the network's parameters."""

    def __init__(self, network, loss, sparse):
        self.network, self.loss, self.sparse = network, loss, sparse

    def add(self, X, y, weight, double scale, double largest_input, gradient):
        """Add scale times the gradient; return the weighted sum of the losses, and a Stop."""
        report = {}
        chunk = _Chunk(X, y, weight, largest_input, scale)
        trainer = Trainer(self.network, self.loss, "gradient_sum", {}, [], self.sparse, True, gradient)
        trainer.run(chunk, chunk, report, 1)
        return report["loss_sum"], report["stop"]
