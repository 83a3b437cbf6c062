/* Sparse samples, in CSR. The weight rows of a batch are those of the columns that occur in it. */
#pragma once

#include <vector>

#include "blocks.hpp"
#include "input.hpp"
#include "row_sums.hpp"
#include "sparse_batch.hpp"

namespace sk_bp {

template <class T>
class SparseInput final : public Input<T> {
public:
    /* A stored entry leads to weights that are likely not in the cache, and waiting counts too. */
    double work(Offset units) const override {
        constexpr double wait = 200;
        const double n_entries = double(X_.starts[X_.n_samples] - X_.starts[0]);
        const double n_samples = double(std::max<Offset>(1, X_.n_samples));
        return n_entries / n_samples * (double(units) + wait);
    }

    void multiply(Offset first, Offset samples, const T* W, Offset n, T* z) const override {
        constexpr Offset ahead = 10;
        const Offset last = X_.starts[X_.n_samples];
        for (Offset i = first; i < first + samples; ++i, z += n) {
            sum_rows(X_.starts[i], X_.starts[i + 1], n, z, [&](Offset e, Offset j, Offset width) {
                const auto row = [&](Offset k) { return W + Offset(X_.columns[k]) * n + j; };
                if (e + ahead < last) prefetch<Use::read>(row(e + ahead), width);
                return ScaledRow<T>{X_.values[e], row(e)};
            });
        }
    }

    void outer_product(Offset sample, const T* delta, Offset n, T* g) const override {
        std::fill_n(g, X_.n_columns * n, T(0));
        for (Offset e = X_.starts[sample]; e < X_.starts[sample + 1]; ++e)
            for (Offset j = 0; j < n; ++j) g[Offset(X_.columns[e]) * n + j] += X_.values[e] * delta[j];
    }

    void start(const Batch& batch) override {
        number_.resize(X_.n_columns, no_group);
        batch_.gather(X_, batch, dropout_, number_);
        n_samples_ = batch.size;
    }

    void advance(const Batch& next) override {
        std::swap(batch_, next_);
        n_samples_ = next.size;
    }

    Offset n_prepare_blocks() const override { return n_blocks(batch_.n_groups(), block_size); }

    void prepare(Offset block, GradientTarget<T>& target) override {
        target.prepare(batch_, block * block_size, end_of(block));
    }

    void multiply_batch(Offset first, Offset samples, const T* W, Offset n, T* z) override {
        batch_.multiply(first, samples, W, n, z);
    }

    /* A column may be repeated in a sample. */
    double n_terms() const override {
        return std::max(double(n_samples_), double(batch_.n_entries()));
    }

    Offset n_gradient_blocks(Offset) const override { return n_prepare_blocks(); }

    void pass_gradient(Offset block, const T* delta, Offset n, T* g, GradientTarget<T>& target,
                       SquareSum* squares) override {
        const Offset first = block * block_size, last = end_of(block);
        if (squares) measure(first, last, delta, n, g, *squares);
        target.update_columns(batch_, first, last, delta, g);
    }

    bool gathers() const override { return true; }
    void gather_next(const Batch& next) override { next_.gather(X_, next, dropout_, number_); }
    void abandon(GradientTarget<T>& target) override {
        target.abandon(batch_, 0, batch_.n_groups());
    }

private:
    using Input<T>::X_;
    using Input<T>::dropout_;
    static constexpr Offset block_size = 64;  // columns of a block

    Offset end_of(Offset block) const {
        return std::min((block + 1) * block_size, batch_.n_groups());
    }

    /* Apart from the update, which it would slow down even where nothing is measured. */
    void measure(Offset first, Offset last, const T* delta, Offset n, T* g,
                 SquareSum& squares) const {
        for (Offset k = first; k < last; ++k) {
            batch_.gradient_row(k, delta, n, g);
            squares.add(g, n);
        }
    }

    SparseBatch<T> batch_, next_;
    std::vector<Index> number_;  // of each column of X: its group while a batch is gathered
    Offset n_samples_ = 0;       // of the batch
};

}  // namespace sk_bp
