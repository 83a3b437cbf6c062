# distutils: language = c++
# cython: language_level=3, boundscheck=False, wraparound=False
"""The compiled core: training steps and predictions.

All that says where to read or write is checked here, so that no argument can crash the process:
types, shapes, alignment and memory order of arrays, whether they may be written to, class numbers,
the order of samples, the rows of a CSR matrix that a call reads, and every name. What would still
crash is to change such an array in another thread while the core reads it.

An activation, a loss or an output is an object with ``core_name``, one of ACTIVATIONS, LOSSES or
OUTPUTS, and ``core_parameters()``, a dict of str to float. A network has ``units``,
``activations``, ``parameters``, ``coefs``, ``intercepts`` and ``dtype``, as
sk_bp.network.Network.

Without the GIL, in a free-threaded Python, nothing of this has been tried. So the module does not
declare that it can do without, and such a Python turns the GIL on when it imports it.
"""

import os

import numpy as np

cimport numpy as cnp
from libc.stdint cimport int32_t, int64_t, uint64_t
from libc.string cimport memcpy
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

    cdef cppclass Choice:
        string name
        cmap[string, double] parameters

    cdef cppclass SamplesView:
        int64_t n_samples, n_columns
        const void* dense
        const void* values
        const int32_t* columns
        const int64_t* starts
        int64_t n_entries
        double largest
        cbool sparse()

    cdef cppclass TargetsView:
        const void* y
        int64_t width
        const void* weight

    cdef cppclass NetworkView:
        vector[int64_t] units
        vector[Choice] activations
        vector[void*] weights, biases

    cdef cppclass UpdaterOptions:
        cbool fresh, shrinks, journals

    cdef cppclass RuleView:
        Choice choice
        vector[void*] slots
        double* numbers
        int64_t n_parameters
        UpdaterOptions options

    cdef cppclass DropoutView:
        vector[double] rates
        uint64_t seed

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

    cdef cppclass LossSum:
        double loss
        Stop stop

    cdef cppclass Plan:
        const int64_t* order
        int64_t n_samples, batch_size, first_step, steps_before
        const double* rates
        const double* decays
        const double* thresholds
        double weight_scale, loss_limit, loss_before, max_grad_norm
        cbool measure_gradient

    cdef cppclass ChangedRowsView:
        int64_t n
        int32_t* columns
        int32_t* touches
        void* weights
        vector[void*] slots
        cbool relative

    cdef cppclass Waiting:
        vector[int32_t] last_update
        vector[vector[double]] clock

    cdef cppclass AnyTrainer:
        Report run(const SamplesView&, const TargetsView&, const Plan&) except +
        void catch_up() except +
        void peek(const int32_t*, int64_t, void*) except +
        void add_to_average(void*, double) except +
        cbool caught_up() except +
        void start_round() except +
        void advance(const Plan&) except +
        int64_t n_changed() except +
        void read_changed(const ChangedRowsView&) except +
        void undo_round() except +
        void apply(const Plan&, const ChangedRowsView&) except +
        Waiting waiting() except +
        void wait(const Waiting&) except +

    cdef cppclass AnyLossAndGradient:
        LossSum add(const SamplesView&, const TargetsView&, double, void*) except +

    vector[string] activation_names()
    vector[string] loss_names()
    vector[string] output_names()
    vector[string] rule_names()
    unique_ptr[AnyTrainer] make_trainer(
        cbool, const NetworkView&, const Choice&, const RuleView&, cbool,
        const DropoutView&) except +
    unique_ptr[AnyLossAndGradient] make_loss_and_gradient(
        cbool, const NetworkView&, const Choice&, cbool, const DropoutView&) except +
    int count_slots(const Choice&) except +
    int count_numbers(const Choice&) except +
    cbool rule_drifts(const Choice&) except +
    void predict_any(
        cbool, const NetworkView&, const SamplesView&, const Choice&, void*) except +
    void values_and_slopes_any(
        cbool, const Choice&, const void*, int64_t, void*, void*) except +
    double total_loss_any(
        cbool, const NetworkView&, const SamplesView&, const TargetsView&, const Choice&) except +
    void jacobian_any(const NetworkView&, const SamplesView&, double*, double*) except +
    double largest_magnitude_any(cbool, const void*, int64_t)
    void draw_weights_any(
        cbool, uint64_t, cbool, double, int64_t, int64_t, void*) except +


single_gemm = <SingleGemm> cython_blas.sgemm
double_gemm = <DoubleGemm> cython_blas.dgemm

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: after_fork_in_child())


cdef tuple _names(vector[string] names):
    return tuple([name.decode() for name in names])


ACTIVATIONS = _names(activation_names())
LOSSES = _names(loss_names())
OUTPUTS = _names(output_names())
RULES = _names(rule_names())

# What the core and BLAS count in 32 bits: units, columns, and samples of a batch.
cdef int64_t MOST = 2**31 - 1
# Steps are counted in 64 bits, and sums of two such counts must be, too.
cdef int64_t MOST_STEPS = 2**62

# By their codes. Making a member runs Python code, in which an interrupt may arrive.
cdef tuple _STOPS = tuple(Stop)


def set_processors(int n):
    """Tell the core how many processors this process may use."""
    global n_processors
    n_processors = n


def n_threads():
    """How many threads a large piece of work may use at this moment."""
    return threads_now()


cdef void* data(cnp.ndarray array, object dtype) except? NULL:
    """The array's numbers, once it is certain that they are of this type and in C order."""
    if array is None or array.dtype != dtype or not cnp.PyArray_ISCARRAY_RO(array):
        found = "None" if array is None else array.dtype
        raise TypeError(f"expected an aligned and C-contiguous array of {dtype}, got {found}")
    return cnp.PyArray_DATA(array)


cdef void* writeable_data(cnp.ndarray array, object dtype) except? NULL:
    """The same for an array that the core writes to."""
    cdef void* numbers = data(array, dtype)
    if not cnp.PyArray_ISWRITEABLE(array):
        raise ValueError("the core writes to this array, but it is read-only")
    return numbers


cdef void* at_least(cnp.ndarray array, object dtype, int64_t n, str name) except? NULL:
    """The same for an array of n numbers or more."""
    cdef void* numbers = data(array, dtype)
    if cnp.PyArray_SIZE(array) < n:
        raise ValueError(f"{name} has {array.size} numbers where {n} are needed")
    return numbers


cdef SamplesView view_samples(object X, int64_t n_columns, object dtype) except *:
    """X is a C-contiguous array, or a CSR matrix with int32 indices and int64 indptr."""
    cdef SamplesView view
    view.n_samples, view.n_columns = X.shape
    if view.n_columns != n_columns:
        raise ValueError("X and the network differ in their number of columns")
    if isinstance(X, np.ndarray):
        view.dense = data(X, dtype)
        return view
    if view.n_samples < 0:
        raise ValueError("X has a negative number of rows")
    if X.indptr.ndim != 1 or X.indptr.size - 1 != view.n_samples:
        raise ValueError("indptr must have one number more than X has rows")
    if X.indices.shape != X.data.shape:
        raise ValueError("the arrays of the CSR matrix do not fit together")
    view.values = data(X.data, dtype)
    view.columns = <const int32_t*> data(X.indices, np.dtype(np.int32))
    view.starts = <const int64_t*> data(X.indptr, np.dtype(np.int64))
    view.n_entries = X.indices.size
    return view


cdef SamplesView view_samples_as(
        object X, int64_t n_columns, object dtype, bint sparse) except *:
    """The same for X that must be of the kind that its reader has been made for."""
    cdef SamplesView view = view_samples(X, n_columns, dtype)
    if view.sparse() != sparse:
        raise TypeError(f"this was made for {'sparse' if sparse else 'dense'} X")
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


cdef Choice view_choice(str name, dict parameters) except *:
    cdef Choice choice
    choice.name = name.encode()
    for key, value in parameters.items():
        choice.parameters[key.encode()] = value
    return choice


cdef Choice choice_of(object value) except *:
    """The core's name and parameters of an activation, a loss or an output."""
    return view_choice(value.core_name, value.core_parameters())


cdef NetworkView view_network(object network) except *:
    cdef NetworkView view
    view.units = network.units
    if not 2 <= view.units.size() or not all(1 <= n <= MOST for n in view.units):
        raise ValueError("a network has an input and an output layer, of 1 to 2^31 - 1 units each")
    if network.dtype != np.float32 and network.dtype != np.float64:
        raise TypeError(f"the weights of a network are float32 or float64, not {network.dtype}")
    if len(network.activations) != len(network.units) - 1:
        raise ValueError("a network has one activation for each of its layers")
    for activation in network.activations:
        view.activations.push_back(choice_of(activation))
    for layer, (W, b) in enumerate(zip(network.coefs, network.intercepts, strict=True)):
        if W.shape != tuple(network.units[layer:layer + 2]) or b.shape != W.shape[1:]:
            raise ValueError(f"the weights of layer {layer} do not fit its units")
        view.weights.push_back(data(W, network.dtype))
        view.biases.push_back(data(b, network.dtype))
    if view.weights.size() + 1 != view.units.size():
        raise ValueError("a network has weights for each of its layers")
    return view


cdef int64_t count_parameters(const NetworkView& network):
    cdef int64_t count = 0
    for layer in range(network.weights.size()):
        count += (network.units[layer] + 1) * network.units[layer + 1]
    return count


cdef NetworkView view_flat_network(object network, void* parameters) except *:
    """The same for a network whose weights are views of this flat array, as the core counts on."""
    cdef NetworkView view = view_network(network)
    cdef char* place = <char*> parameters
    cdef Py_ssize_t itemsize = network.dtype.itemsize
    cdef Py_ssize_t n_bytes = network.parameters.size * itemsize
    for layer in range(view.weights.size()):
        if view.weights[layer] != place:
            raise ValueError("the weights of the network are not views of its parameters")
        place += network.coefs[layer].size * itemsize
    for layer in range(view.biases.size()):
        if view.biases[layer] != place:
            raise ValueError("the biases of the network are not views of its parameters")
        place += network.intercepts[layer].size * itemsize
    if place - <char*> parameters != n_bytes:
        raise ValueError("the parameters of the network are more than its weights and biases")
    return view


cdef cbool is_single(cnp.ndarray x) except *:
    """Whether an array is of float32; TypeError unless it is of float32 or float64."""
    if x.dtype != np.float32 and x.dtype != np.float64:
        raise TypeError(f"expected float32 or float64, got {x.dtype}")
    return x.dtype == np.float32


def n_slots(str rule, dict hyperparameters):
    """How many arrays of state, each as long as the weights, the rule keeps."""
    return count_slots(view_choice(rule, hyperparameters))


def n_numbers(str rule, dict hyperparameters):
    """How many numbers the rule keeps for all weights together."""
    return count_numbers(view_choice(rule, hyperparameters))


def drifts(str rule, dict hyperparameters):
    """Whether a weight with zero gradient does more than decay."""
    return rule_drifts(view_choice(rule, hyperparameters))


def largest_magnitude(cnp.ndarray x not None):
    """The largest absolute value in x, float32 or float64 and C-contiguous; NaN if there is one."""
    cdef const void* numbers = data(x, x.dtype)
    cdef cbool single = is_single(x)
    cdef int64_t n = x.size
    cdef double result
    with nogil:
        result = largest_magnitude_any(single, numbers, n)
    return result


def draw_weights(cnp.ndarray weights not None, uint64_t start, int64_t first, bint normal,
                 double deviation):
    """Fill an array, float32 or float64, with random numbers of mean 0, rounded to float32.

    Parameters
    ----------
    weights : ndarray
        Weights of a layer that lie one after the other.
    start : int
        64 random bits, on which all numbers of the layer depend.
    first : int
        How many weights of the layer come before these; even.
    normal : bool
        Whether the numbers are normally distributed; else they are uniformly distributed.
    deviation : float
        Their standard deviation.
    """
    cdef void* numbers = writeable_data(weights, weights.dtype)
    cdef cbool single = is_single(weights)
    cdef int64_t n = weights.size
    if not 0 <= first <= MOST_STEPS or first % 2:
        raise ValueError(f"first is an even number from 0 to 2^62, not {first}")
    with nogil:
        draw_weights_any(single, start, normal, deviation, first, n, numbers)


def predict(object network, object X, object output):
    """The outputs of the network, (n_samples, n_outputs), after the output activation."""
    cdef NetworkView net = view_network(network)
    cdef SamplesView samples = view_samples(X, net.units[0], network.dtype)
    cdef cbool single = network.dtype == np.float32
    cdef Choice chosen = choice_of(output)
    cdef cnp.ndarray result = np.empty(
        (samples.n_samples, net.units.back()), dtype=network.dtype)
    cdef void* numbers = cnp.PyArray_DATA(result)
    with nogil:
        predict_any(single, net, samples, chosen, numbers)
    return result


def values_and_slopes(object activation, cnp.ndarray z not None):
    """An activation's values and derivatives at the numbers of an array."""
    cdef const void* numbers = data(z, z.dtype)
    cdef cbool single = is_single(z)
    cdef int64_t n = z.size
    cdef Choice chosen = choice_of(activation)
    cdef cnp.ndarray values = np.empty_like(z, subok=False)
    cdef cnp.ndarray slopes = np.empty_like(z, subok=False)
    cdef void* to_values = cnp.PyArray_DATA(values)
    cdef void* to_slopes = cnp.PyArray_DATA(slopes)
    with nogil:
        values_and_slopes_any(single, chosen, numbers, n, to_values, to_slopes)
    return values, slopes


def total_loss(object network, object X, object y, object weight, object loss):
    """The weighted sum of the losses of all samples."""
    cdef NetworkView net = view_network(network)
    cdef SamplesView samples = view_samples(X, net.units[0], network.dtype)
    cdef TargetsView targets = view_targets(X, y, weight, network.dtype)
    cdef cbool single = network.dtype == np.float32
    cdef Choice chosen = choice_of(loss)
    cdef double result
    with nogil:
        result = total_loss_any(single, net, samples, targets, chosen)
    return result


def jacobian(object network, object X):
    """How the outputs change with the parameters, in float64.

    Returns
    -------
    J : ndarray of shape (n_samples, n_outputs, n_parameters)
        The parameters in the order of the network's flat array.
    outputs : ndarray of shape (n_samples, n_outputs)
        The outputs.
    """
    cdef NetworkView net = view_network(network)
    cdef SamplesView samples = view_samples(X, net.units[0], network.dtype)
    cdef int64_t n_outputs = net.units.back()
    cdef cnp.ndarray J = np.empty((samples.n_samples, n_outputs, count_parameters(net)))
    cdef cnp.ndarray outputs = np.empty((samples.n_samples, n_outputs))
    cdef double* to_J = <double*> data(J, network.dtype)
    cdef double* to_outputs = <double*> data(outputs, network.dtype)
    with nogil:
        jacobian_any(net, samples, to_J, to_outputs)
    return J, outputs


cdef DropoutView view_dropout(object rates, object network, object seed) except *:
    """The dropout of each layer's inputs; None means that nothing is left out."""
    cdef DropoutView view
    view.rates = [0.0] * (len(network.units) - 1) if rates is None else rates
    view.seed = seed
    return view


cdef class LossAndGradient:
    """The loss of samples, by a network's weights as they are, and its gradient.

    Parameters
    ----------
    network : Network
        Its weights are views of its `parameters`; the same memory is read in each call.
    loss : object
        The loss, by its core_name and core_parameters().
    sparse : bool
        Whether sparse X will come.
    dropout : sequence of float, default=None
        The probability that an input of each layer is left out.
    seed : int, default=0
        Draws which ones; the same ones in each call.
    """

    cdef unique_ptr[AnyLossAndGradient] core
    cdef object parameters
    cdef object dtype
    cdef int64_t n_columns
    cdef bint sparse

    def __cinit__(self, network, loss, bint sparse, dropout=None, seed=0):
        cdef NetworkView net = view_flat_network(
            network, data(network.parameters, network.dtype))
        cdef DropoutView left_out = view_dropout(dropout, network, seed)
        self.parameters = network.parameters  # kept alive as long as the core points into them
        self.dtype = network.dtype
        self.n_columns = net.units[0]
        self.sparse = sparse
        self.core = make_loss_and_gradient(
            network.dtype == np.float32, net, choice_of(loss), sparse, left_out)

    def add(self, object X, object y, object weight, double scale, double largest_input,
            cnp.ndarray gradient not None):
        """Go through the samples as one batch, and add their gradient.

        Parameters
        ----------
        X, y, weight : ndarray or CSR, ndarray, ndarray or None
            Samples, about a thousand at most.
        scale : float
            ``scale * weight_i * d loss_i / d parameters`` is added for each sample i.
        largest_input : float
            The largest |x|.
        gradient : ndarray
            Shaped like the network's parameters, and of its dtype.

        Returns
        -------
        loss_sum : float
            The weighted sum of the losses.
        stop : Stop
            Unless it is none, nothing was added: the loss or its gradient is not finite or too
            large.
        """
        cdef SamplesView samples = view_samples_as(X, self.n_columns, self.dtype, self.sparse)
        cdef TargetsView targets = view_targets(X, y, weight, self.dtype)
        cdef void* to_gradient = writeable_data(gradient, self.dtype)
        cdef LossSum result
        if samples.n_samples > MOST:
            raise ValueError(f"X has {samples.n_samples} rows; a batch has 2^31 - 1 at most")
        samples.largest = largest_input
        if gradient.size != self.parameters.size:
            raise ValueError("the gradient differs from the parameters in length")
        with nogil:
            result = self.core.get().add(samples, targets, scale, to_gradient)
        return result.loss, _STOPS[<int> result.stop]


cdef Plan view_plan(object plan, int64_t n_samples) except *:
    """The plan of a call, for X with so many samples."""
    cdef Plan view
    view.n_samples = plan.n_samples
    view.batch_size = plan.batch_size
    if view.n_samples < 0 or view.batch_size < 1:
        raise ValueError("a plan has at least 0 samples, and batches of at least 1")
    view.batch_size = min(view.batch_size, max(view.n_samples, 1))
    if view.batch_size > MOST:
        raise ValueError(f"batches of {view.batch_size} samples; 2^31 - 1 are the most")
    cdef int64_t n_steps = (view.n_samples - 1) // view.batch_size + 1
    view.rates = <const double*> at_least(plan.rates, np.dtype(np.float64), n_steps, "rates")
    view.decays = <const double*> at_least(plan.decays, np.dtype(np.float64), n_steps, "decays")
    view.thresholds = <const double*> at_least(
        plan.thresholds, np.dtype(np.float64), n_steps, "thresholds")
    view.order = NULL
    if plan.order is not None:
        view.order = <const int64_t*> at_least(
            plan.order, np.dtype(np.int64), view.n_samples, "order")
    elif view.n_samples > n_samples:
        raise ValueError("the plan has more samples than X")
    view.first_step = plan.first_step
    view.steps_before = plan.steps_before
    if not (0 <= view.first_step <= MOST_STEPS and 0 <= view.steps_before <= MOST_STEPS):
        raise ValueError("a plan counts from 0 to 2^62 steps before it")
    view.max_grad_norm = plan.max_grad_norm
    view.weight_scale = plan.weight_scale
    view.loss_limit = plan.loss_limit
    view.loss_before = plan.loss_before
    view.measure_gradient = plan.measure_gradient
    return view


cdef Plan view_idle_plan(object plan) except *:
    """A plan of which only the rates, decays and thresholds of its steps count."""
    cdef Plan view
    view.n_samples = plan.n_steps
    view.steps_before = plan.steps_before
    if not (0 <= view.n_samples <= MOST and 0 <= view.steps_before <= MOST_STEPS):
        raise ValueError("a plan of idle steps counts from 0 to 2^31 - 1 of them")
    floats = np.dtype(np.float64)
    view.rates = <const double*> at_least(plan.rates, floats, view.n_samples, "rates")
    view.decays = <const double*> at_least(plan.decays, floats, view.n_samples, "decays")
    view.thresholds = <const double*> at_least(
        plan.thresholds, floats, view.n_samples, "thresholds")
    return view


cdef class Trainer:
    """Trains the weights of a network in place, batch by batch.

    Parameters
    ----------
    network : Network
        Its weights are views of its `parameters`, which are trained.
    loss : object
        The loss, by its core_name and core_parameters().
    rule : str
        One of RULES.
    hyperparameters : dict of str to float
        Of the rule.
    slots : list of ndarray
        The rule's state, each array shaped like the parameters.
    numbers : ndarray of float64
        The numbers that the rule keeps for all weights together, if it keeps some.
    sparse : bool
        Whether sparse X will come.
    fresh : bool
        Whether the slots are all zero.
    shrinks : bool, default=False
        Whether the weights shrink towards zero after each step, by the plan's thresholds.
    dropout : sequence of float, default=None
        The probability that an input of each layer is left out.
    seed : int, default=0
        Draws which ones, together with the number of the step.
    journals : bool, default=False
        Whether rounds of steps will be noted down; see `start_round`. Not for a rule with numbers.
    """

    cdef unique_ptr[AnyTrainer] core
    cdef int n_slots
    cdef object arrays
    cdef object dtype
    cdef int64_t n_columns, row_length
    cdef bint sparse

    def __cinit__(self, network, loss, str rule, dict hyperparameters, list slots,
                  cnp.ndarray numbers not None, bint sparse, bint fresh, bint shrinks=False,
                  dropout=None, seed=0, bint journals=False):
        cdef NetworkView net = view_flat_network(
            network, writeable_data(network.parameters, network.dtype))
        cdef DropoutView left_out = view_dropout(dropout, network, seed)
        cdef RuleView view
        view.choice = view_choice(rule, hyperparameters)
        view.options.fresh = fresh
        view.options.shrinks = shrinks
        view.options.journals = journals
        if len(slots) != count_slots(view.choice):
            raise ValueError(f"the rule {rule} keeps another number of slots than {len(slots)}")
        for slot in slots:
            if slot.shape != network.parameters.shape:
                raise ValueError("a slot differs from the parameters in shape")
            view.slots.push_back(writeable_data(slot, network.dtype))
        if numbers.size != count_numbers(view.choice):
            raise ValueError(f"the rule {rule} does not keep {numbers.size} numbers")
        view.numbers = NULL
        if numbers.size > 0:
            view.numbers = <double*> writeable_data(numbers, np.dtype(np.float64))
        view.n_parameters = network.parameters.size
        self.dtype = network.dtype
        self.n_columns, self.row_length = net.units[0], net.units[1]
        self.sparse = sparse
        self.n_slots = len(slots)
        # kept alive as long as the core points into them
        self.arrays = (network.parameters, tuple(slots), numbers)
        self.core = make_trainer(
            network.dtype == np.float32, net, choice_of(loss), view, sparse, left_out)

    def run(self, object samples, object plan, dict report not None):
        """Make the steps of one call.

        Parameters
        ----------
        samples : object
            X, y, weight (or None), and largest, the largest |x|.
        plan : object
            order (int64, or None: as the samples lie), n_samples, batch_size; rates, decays and
            thresholds, float64, for each step; first_step, steps_before, weight_scale, loss_limit,
            loss_before, max_grad_norm and measure_gradient. See Plan in trainer.hpp.
        report : dict
            Gets loss_sum, first_loss, last_loss, largest_gradient, steps, gradient_squares (of each
            layer, 0 unless measured) and stop (a Stop), even where an interrupt arrives before this
            returns.
        """
        cdef SamplesView view = view_samples_as(
            samples.X, self.n_columns, self.dtype, self.sparse)
        cdef TargetsView targets = view_targets(
            samples.X, samples.y, samples.weight, self.dtype)
        cdef Plan planned = view_plan(plan, view.n_samples)
        cdef Report done
        arrays = (samples.X, samples.y, samples.weight, plan.order, plan.rates, plan.decays,
                  plan.thresholds)
        view.largest = samples.largest
        with nogil:
            done = self.core.get().run(view, targets, planned)
        report.update({
            "loss_sum": done.loss_sum,
            "first_loss": done.first_loss,
            "last_loss": done.last_loss,
            "largest_gradient": done.largest_gradient,
            "steps": done.steps,
            "gradient_squares": done.gradient_squares,
            "stop": _STOPS[<int> done.stop],
        })
        del arrays  # until here, nobody may have freed them

    def catch_up(self):
        """Bring every weight row of the first layer up to date."""
        with nogil:
            self.core.get().catch_up()

    def peek(self, cnp.ndarray columns not None):
        """An up-to-date copy of the weight rows of these columns, (n_columns, units of layer 1)."""
        cdef const int32_t* numbers = <const int32_t*> data(columns, np.dtype(np.int32))
        cdef int64_t n = columns.size
        cdef cnp.ndarray rows = np.empty((n, self.row_length), dtype=self.dtype)
        cdef void* room = cnp.PyArray_DATA(rows)
        with nogil:
            self.core.get().peek(numbers, n, room)
        return rows

    def add_to_average(self, cnp.ndarray average not None, double share):
        """Add share times the difference between the first weights, up to date, and their average.

        The average, flat, is changed in place; the weights stay as they are.
        """
        cdef void* mean = writeable_data(average, self.dtype)
        if average.size != self.n_columns * self.row_length:
            raise ValueError("the average has another size than the weights of the first layer")
        with nogil:
            self.core.get().add_to_average(mean, share)

    @property
    def caught_up(self):
        """Whether every weight row is up to date."""
        cdef cbool result
        with nogil:  # a thread that makes steps is waited for
            result = self.core.get().caught_up()
        return result

    def start_round(self):
        """Note down from here on which rows of the first weights are touched, until `undo_round`.

        On sparse X these are the rows of the columns in which a batch has entries; on dense X all
        rows are noted down.
        """
        with nogil:
            self.core.get().start_round()

    def advance(self, object plan):
        """Make idle steps, as if no batch had an entry, for the first weights alone.

        Parameters
        ----------
        plan : object
            n_steps and steps_before; rates, decays and thresholds for each step.
        """
        cdef Plan planned = view_idle_plan(plan)
        arrays = (plan.rates, plan.decays, plan.thresholds)
        with nogil:
            self.core.get().advance(planned)
        del arrays

    def read_changed(self, bint relative):
        """The rows of the first weights that the round has touched, as they are now.

        Parameters
        ----------
        relative : bool
            Whether weights are given as their difference to what they would be if no step of the
            round had touched them.

        Returns
        -------
        columns, touches : ndarray of int32
            Ascending columns, and how many batches touched each of them; on dense X always 1.
        weights : ndarray of shape (n_columns, units of layer 1)
        slots : list of ndarray, shaped like weights
            The rule's state of these rows.
        """
        cdef ChangedRowsView view
        view.n = self.core.get().n_changed()
        view.relative = relative
        cdef cnp.ndarray columns = np.empty(view.n, np.int32)
        cdef cnp.ndarray touches = np.empty(view.n, np.int32)
        shape = (view.n, self.row_length)
        cdef cnp.ndarray weights = np.empty(shape, self.dtype)
        slots = [np.empty(shape, self.dtype) for _ in range(self.n_slots)]
        view.columns = <int32_t*> cnp.PyArray_DATA(columns)
        view.touches = <int32_t*> cnp.PyArray_DATA(touches)
        view.weights = cnp.PyArray_DATA(weights)
        for slot in slots:
            view.slots.push_back(data(slot, self.dtype))
        with nogil:
            self.core.get().read_changed(view)
        return columns, touches, weights, slots

    def undo_round(self):
        """Go back to where the round began, in the first weights and their state."""
        with nogil:
            self.core.get().undo_round()

    def apply(self, object plan, cnp.ndarray columns not None, cnp.ndarray weights not None,
              list slots not None, bint relative):
        """Make idle steps as `advance`, then give some rows other weights and another state.

        Parameters
        ----------
        plan : object
            See `advance`.
        columns : ndarray of int32
        weights : ndarray of shape (n_columns, units of layer 1)
        slots : list of ndarray, shaped like weights
        relative : bool
            Whether the weights are added to those after the idle steps, or take their place.
        """
        cdef Plan planned = view_idle_plan(plan)
        cdef ChangedRowsView view
        view.n = columns.size
        view.relative = relative
        view.columns = <int32_t*> data(columns, np.dtype(np.int32))
        if len(slots) != self.n_slots:
            raise ValueError(f"the rule keeps {self.n_slots} slots, but there are {len(slots)}")
        for array in (weights, *slots):
            if array.size != columns.size * self.row_length:
                raise ValueError("the arrays of changed rows do not fit their columns")
        view.weights = data(weights, self.dtype)
        for slot in slots:
            view.slots.push_back(data(slot, self.dtype))
        arrays = (plan.rates, plan.decays, plan.thresholds)
        with nogil:
            self.core.get().apply(planned, view)
        del arrays

    def waiting(self):
        """The rows that wait for their idle steps, for a copy of this trainer; see `wait`.

        Returns
        -------
        last_update : ndarray of int32
            The step, of those that the clock has counted, in which each row was last updated; -1
            where it never was. Empty if X is dense.
        clock : list of ndarray of float64
            What the clock knows of these steps.
        """
        cdef Waiting result
        with nogil:
            result = self.core.get().waiting()
        cdef cnp.ndarray last_update = np.empty(<int64_t> result.last_update.size(), np.int32)
        memcpy(cnp.PyArray_DATA(last_update), result.last_update.data(), last_update.nbytes)
        clock = []
        cdef cnp.ndarray copy
        cdef size_t number
        for number in range(result.clock.size()):
            copy = np.empty(<int64_t> result.clock[number].size())
            memcpy(cnp.PyArray_DATA(copy), result.clock[number].data(), copy.nbytes)
            clock.append(copy)
        return last_update, clock

    def wait(self, object last_update, object clock):
        """Take over what `waiting` of another trainer has told, of the same weights and slots."""
        cdef Waiting given
        cdef const int32_t* steps = <const int32_t*> data(last_update, np.dtype(np.int32))
        given.last_update.assign(steps, steps + <int64_t> last_update.size)
        cdef const double* numbers
        for array in clock:
            numbers = <const double*> data(array, np.dtype(np.float64))
            if array.size == 0 or array.size != clock[0].size:
                raise ValueError("the arrays of the clock differ in length")
            given.clock.push_back(vector[double]())
            given.clock.back().assign(numbers, numbers + <int64_t> array.size)
        with nogil:
            self.core.get().wait(given)
