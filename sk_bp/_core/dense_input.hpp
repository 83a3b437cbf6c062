/* Dense samples. */
#pragma once

#include <vector>

#include "blas.hpp"
#include "blocks.hpp"
#include "input.hpp"

namespace sk_bp {

template <class T>
class DenseInput final : public Input<T> {
public:
    double work(Offset units) const override { return double(X_.n_columns) * double(units); }

    void multiply(Offset first, Offset samples, const T* W, Offset n, T* z) const override {
        sk_bp::multiply(X_.dense + first * X_.n_columns, W, z, samples, X_.n_columns, n);
    }

    void outer_product(Offset sample, const T* delta, Offset n, T* g) const override {
        sk_bp::outer_product(X_.dense + sample * X_.n_columns, X_.n_columns, delta, n, g);
    }

    void start(const Batch& batch) override { advance(batch); }

    void advance(const Batch& next) override {
        batch_ = next;
        const std::size_t size = batch_.size * X_.n_columns;
        if (copies() && room_.size() < size) room_.resize(size);
    }

    void multiply_batch(Offset first, Offset samples, const T* W, Offset n, T* z) override {
        if (copies()) copy(first, samples);
        sk_bp::multiply(inputs() + first * X_.n_columns, W, z, samples, X_.n_columns, n);
    }

    double n_terms() const override { return double(batch_.size); }

    Offset n_gradient_blocks(Offset n) const override {
        return n_blocks(X_.n_columns, weight_rows_per_block(X_.n_columns, n));
    }

    void pass_gradient(Offset block, const T* delta, Offset n, T* g, GradientTarget<T>& target,
                       SquareSum* squares) override {
        const Offset rows = weight_rows_per_block(X_.n_columns, n), first = block * rows;
        const LayerGradient<T> gradient{inputs(), X_.n_columns, delta, n, batch_.size, 0};
        gradient.pass(first, std::min(first + rows, X_.n_columns), g, target, squares);
    }

private:
    using Input<T>::X_;
    using Input<T>::dropout_;

    bool copies() const { return batch_.order || dropout_.active(); }

    /* The samples of the batch in one piece: X itself where they lie so and are whole, else a copy. */
    const T* inputs() const {
        return copies() ? room_.data() : X_.dense + batch_.first * X_.n_columns;
    }

    void copy(Offset first, Offset samples) {
        const Offset n = X_.n_columns;
        for (Offset i = first; i < first + samples; ++i) {
            const T* x = X_.dense + batch_(i) * n;
            if (i + 1 < first + samples) prefetch<Use::read>(X_.dense + batch_(i + 1) * n, n);
            T* to = room_.data() + i * n;
            if (dropout_.active()) {
                dropout_.fill(batch_.step, i, n, to);
                multiply_by(to, x, n);
            } else {
                std::copy_n(x, n, to);
            }
        }
    }

    Batch batch_;
    std::vector<T> room_;
};

}  // namespace sk_bp
