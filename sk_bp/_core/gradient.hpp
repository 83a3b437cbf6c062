/* Where the gradient goes, block by block, while it is in the cache. */
#pragma once

#include "blas.hpp"
#include "sparse_batch.hpp"
#include "types.hpp"

namespace sk_bp {

/* An optimizer's rule, or a sum. Positions are those of the network's flat array. Blocks come from
 * several threads at once, each its own. */
template <class T>
class GradientTarget {
public:
    virtual ~GradientTarget() = default;

    /* The gradient g of n parameters from position first on; decays: they are weights, not biases. */
    virtual void update(Offset first, Offset n, const T* g, bool decays) = 0;

    /* Make the weight rows of groups first .. last - 1 ready for the way forward: they are brought
     * up to date or, where idle steps only decay them, batch.scales says by how much. */
    virtual void prepare(SparseBatch<T>&, Offset /*first*/, Offset /*last*/) {}
    /* The gradients of these weight rows, from the deltas; g has room for one. */
    virtual void update_columns(const SparseBatch<T>& batch, Offset first, Offset last,
                                const T* delta, T* g) = 0;
    /* There will be no gradient: bring these weight rows up to date. */
    virtual void abandon(const SparseBatch<T>&, Offset /*first*/, Offset /*last*/) {}
};

/* For a gradient that is only measured. */
template <class T>
class Nowhere final : public GradientTarget<T> {
public:
    void update(Offset, Offset, const T*, bool) override {}
    void update_columns(const SparseBatch<T>&, Offset, Offset, const T*, T*) override {}
};

/* What the gradient of a layer's weights is made of: its inputs and its deltas over a batch. */
template <class T>
struct LayerGradient {
    const T* inputs;  // samples x n_in
    Offset n_in;
    const T* deltas;  // samples x n_out
    Offset n_out;
    Offset samples;
    Offset position;  // of the layer's weights in the flat array

    /* The gradient of weight rows first .. last - 1, which g has room for, goes to the target. */
    void pass(Offset first, Offset last, T* g, GradientTarget<T>& target, SquareSum* squares) const {
        const Offset rows = last - first;
        multiply_inputs(inputs + first, n_in, deltas, g, rows, samples, n_out);
        if (squares) squares->add(g, rows * n_out);
        target.update(position + first * n_out, rows * n_out, g, true);
    }
};

}  // namespace sk_bp
