/* The Jacobian: how each raw output for each sample changes with each parameter. */
#pragma once

#include <vector>

#include "blocks.hpp"
#include "network.hpp"
#include "threads.hpp"

namespace sk_bp {

/* Writes rows of the Jacobian, one for each output of each sample of a block, by carrying back one
 * output at a time. */
template <class T>
class JacobianBlock {
public:
    static constexpr Offset rows_per_block = 64;

    explicit JacobianBlock(const Network<T>& network)
        : network_(network), values_(network.layers.size()), deltas_(network.layers.size()) {
        for (std::size_t l = 0; l < network.layers.size(); ++l) {
            values_[l].resize(rows_per_block * network.layers[l].n_out);
            deltas_[l].resize(values_[l].size());
        }
        inputs_.resize(rows_per_block * network.layers[0].n_in);
    }

    /* J has a row of n_parameters for each output of each of these samples, in the order of Network's
     * flat array: all weights, then all biases. outputs has n_outputs numbers a sample. */
    void write(const Samples<T>& X, Offset first, Offset rows, T* J, T* outputs) {
        const Offset n_outputs = network_.n_outputs();
        std::vector<T*> values, deltas;
        for (auto& value : values_) values.push_back(value.data());
        for (auto& delta : deltas_) deltas.push_back(delta.data());
        network_.multiply_first(X, Order{nullptr, first}, rows, inputs_.data(), values[0]);
        network_.forward(rows, values.data());
        std::copy_n(values.back(), rows * n_outputs, outputs);
        for (Offset k = 0; k < n_outputs; ++k) {
            std::fill_n(deltas.back(), rows * n_outputs, T(0));
            for (Offset i = 0; i < rows; ++i) deltas.back()[i * n_outputs + k] = T(1);
            network_.backward(rows, values.data(), deltas.data());
            for (Offset i = 0; i < rows; ++i)
                write_row(X, first + i, i, values, deltas, J + (i * n_outputs + k) * n_parameters());
        }
    }

    Offset n_parameters() const {
        Offset n = 0;
        for (const auto& layer : network_.layers) n += (layer.n_in + 1) * layer.n_out;
        return n;
    }

private:
    void write_row(const Samples<T>& X, Offset sample, Offset i, const std::vector<T*>& values,
                   const std::vector<T*>& deltas, T* row) const {
        for (std::size_t l = 0; l < network_.layers.size(); ++l) {
            const Layer<T>& layer = network_.layers[l];
            const T* delta = deltas[l] + i * layer.n_out;
            if (l == 0 && X.sparse())
                write_sparse(X, sample, delta, row);
            else
                write_product(l ? values[l - 1] + i * layer.n_in : X.dense + sample * layer.n_in,
                              layer.n_in, delta, layer.n_out, row);
            row += layer.n_in * layer.n_out;
        }
        for (std::size_t l = 0; l < network_.layers.size(); ++l) {
            const Offset n = network_.layers[l].n_out;
            std::copy_n(deltas[l] + i * n, n, row);
            row += n;
        }
    }

    void write_sparse(const Samples<T>& X, Offset sample, const T* delta, T* row) const {
        const Offset n = network_.layers[0].n_out;
        std::fill_n(row, network_.layers[0].n_in * n, T(0));
        for (Offset e = X.starts[sample]; e < X.starts[sample + 1]; ++e)
            for (Offset j = 0; j < n; ++j) row[Offset(X.columns[e]) * n + j] += X.values[e] * delta[j];
    }

    static void write_product(const T* x, Offset n_in, const T* delta, Offset n_out, T* row) {
        for (Offset a = 0; a < n_in; ++a)
            for (Offset j = 0; j < n_out; ++j) row[a * n_out + j] = x[a] * delta[j];
    }

    const Network<T>& network_;
    std::vector<std::vector<T>> values_, deltas_;
    std::vector<T> inputs_;
};

/* J (n_rows n_outputs x n_parameters) and the raw outputs (n_rows x n_outputs) for all samples. */
template <class T>
void jacobian(const Network<T>& network, const Samples<T>& X, T* J, T* outputs) {
    const ThreadShare share;
    const Offset n_outputs = network.n_outputs();
    const double work = network.work(X) * double(X.n_rows) * double(2 * n_outputs + 1);
    const int n_threads = share.threads(work);
    std::vector<JacobianBlock<T>> rooms(n_threads, JacobianBlock<T>(network));
    const Offset size = JacobianBlock<T>::rows_per_block;
    const Offset per_sample = n_outputs * rooms[0].n_parameters();
    Team::run(n_threads, [&](Team& team) {
        team.for_each_block(n_blocks(X.n_rows, size), [&](Offset block, int thread) {
            const Offset first = block * size;
            rooms[thread].write(X, first, std::min(size, X.n_rows - first), J + first * per_sample,
                                outputs + first * n_outputs);
        });
    });
}

}  // namespace sk_bp
