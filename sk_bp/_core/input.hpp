/* Samples on their way into the first layer: what dense and sparse ones have in common.
 *
 * Prediction reads samples as they lie. Training goes through them batch by batch: start, then for
 * each batch the blocks of prepare, multiply_batch, and gather_next with pass_gradient (or abandon
 * without either), then advance. The calls that name a block may come from several threads at once.
 */
#pragma once

#include "dropout.hpp"
#include "gradient.hpp"
#include "samples.hpp"
#include "types.hpp"

namespace sk_bp {

template <class T>
class Input {
public:
    virtual ~Input() = default;

    /* These samples are meant from now on. */
    void take(const Samples<T>& X) { X_ = X; }
    Offset n_samples() const { return X_.n_samples; }
    /* Batches are read with this dropout. */
    void drop(const Dropout& dropout) { dropout_ = dropout; }
    /* The largest |x| that a batch may hold. */
    double largest() const { return X_.largest * dropout_.scale(); }

    /* What a sample costs on its way into `units` units, in multiply-adds. */
    virtual double work(Offset units) const = 0;
    /* z (samples x n) = X W for the samples first, first + 1, ... */
    virtual void multiply(Offset first, Offset samples, const T* W, Offset n, T* z) const = 0;
    /* g (n_columns x n) = x' delta for one sample x. */
    virtual void outer_product(Offset sample, const T* delta, Offset n, T* g) const = 0;

    /* The first batch of a call. */
    virtual void start(const Batch& batch) = 0;
    /* The batch after it, once gather_next has been called if there is something to gather. */
    virtual void advance(const Batch& next) = 0;

    /* Bring the weight rows that the batch reads up to date. */
    virtual Offset n_prepare_blocks() const { return 0; }
    virtual void prepare(Offset /*block*/, GradientTarget<T>&) {}
    /* z (samples x n) = X W for these samples of the batch. */
    virtual void multiply_batch(Offset first, Offset samples, const T* W, Offset n, T* z) = 0;
    /* No entry of the gradient is a sum of more terms. */
    virtual double n_terms() const = 0;

    /* The blocks of the gradient of W, from the deltas of the batch. g has room for a block. */
    virtual Offset n_gradient_blocks(Offset n) const = 0;
    virtual void pass_gradient(Offset block, const T* delta, Offset n, T* g,
                               GradientTarget<T>& target, SquareSum* squares) = 0;
    /* A block of work beside them, if gathers: read the next batch in advance. */
    virtual bool gathers() const { return false; }
    virtual void gather_next(const Batch& /*next*/) {}
    /* In place of the gradient: there is none. */
    virtual void abandon(GradientTarget<T>&) {}

protected:
    Samples<T> X_;
    Dropout dropout_;
};

}  // namespace sk_bp
