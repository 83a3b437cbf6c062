/* The Jacobian: how each output for each sample changes with each parameter. */
#pragma once

#include <vector>

#include "blocks.hpp"
#include "input.hpp"
#include "network.hpp"
#include "threads.hpp"

namespace sk_bp {

/* Writes rows of the Jacobian, one for each output of each sample of a block, by carrying back one
 * output at a time. */
template <class T>
class JacobianBlock {
public:
    static constexpr Offset block_size = 64;

    JacobianBlock(const Network<T>& network, const Input<T>& input)
        : network_(network), input_(input) {
        memory_.reserve(network, block_size, std::vector<Dropout>(network.layers.size()));
    }

    /* J has a row of n_parameters for each output of each of these samples, in the order of Network's
     * flat array: all weights, then all biases. outputs has n_outputs numbers a sample. */
    void write(Offset first, Offset samples, T* J, T* outputs) {
        const Layer<T>& layer = network_.layers[0];
        const Offset n_outputs = network_.n_outputs();
        const NetworkNumbers<T> at = memory_.from(0);
        input_.multiply(first, samples, layer.W, layer.n_out, at[0].values);
        network_.forward(samples, at);
        std::copy_n(at.back().values, samples * n_outputs, outputs);
        for (Offset k = 0; k < n_outputs; ++k) {
            T* deltas = at.back().deltas;
            std::fill_n(deltas, samples * n_outputs, T(0));
            for (Offset i = 0; i < samples; ++i) deltas[i * n_outputs + k] = T(1);
            network_.backward(samples, at);
            for (Offset i = 0; i < samples; ++i)
                write_row(first, i, at, J + (i * n_outputs + k) * network_.n_parameters());
        }
    }

private:
    void write_row(Offset first, Offset i, const NetworkNumbers<T>& at, T* row) const {
        for (std::size_t l = 0; l < at.size(); ++l) {
            const Layer<T>& layer = network_.layers[l];
            const T* delta = at[l].deltas + i * layer.n_out;
            if (l == 0)
                input_.outer_product(first + i, delta, layer.n_out, row);
            else
                outer_product(at[l - 1].values + i * layer.n_in, layer.n_in, delta, layer.n_out, row);
            row += layer.n_in * layer.n_out;
        }
        for (std::size_t l = 0; l < at.size(); ++l) {
            const Offset n = network_.layers[l].n_out;
            std::copy_n(at[l].deltas + i * n, n, row);
            row += n;
        }
    }

    const Network<T>& network_;
    const Input<T>& input_;
    LayerMemory<T> memory_;
};

/* J (n_samples n_outputs x n_parameters) and the outputs (n_samples x n_outputs). */
template <class T>
void jacobian(const Network<T>& network, const Input<T>& input, T* J, T* outputs) {
    const ThreadShare share;
    const Offset n_samples = input.n_samples(), n_outputs = network.n_outputs();
    const double work = input.work(network.layers[0].n_out) + network.work_after_first();
    const int n_threads = share.threads(work * double(n_samples) * double(2 * n_outputs + 1));
    std::vector<JacobianBlock<T>> rooms(n_threads, JacobianBlock<T>(network, input));
    const Offset size = JacobianBlock<T>::block_size;
    const Offset per_sample = n_outputs * network.n_parameters();
    Team::run(n_threads, [&](Team& team) {
        team.for_each_block(n_blocks(n_samples, size), [&](Offset block, int thread) {
            const Offset first = block * size;
            rooms[thread].write(first, std::min(size, n_samples - first), J + first * per_sample,
                                outputs + first * n_outputs);
        });
    });
}

}  // namespace sk_bp
