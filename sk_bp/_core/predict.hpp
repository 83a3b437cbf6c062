/* All samples through a network whose weights stay as they are. */
#pragma once

#include <vector>

#include "blocks.hpp"
#include "network.hpp"
#include "threads.hpp"

namespace sk_bp {

constexpr Offset rows_per_block = 256;

/* All samples through the network, in blocks: consume(block, first, rows, outputs). */
template <class T, class Consume>
void forward_all(const Network<T>& network, const Samples<T>& X, const Consume& consume) {
    const ThreadShare share;
    const int n_threads =
        share.threads(network.work(X) * double(X.n_rows));
    const Offset room = rows_per_block * network.widest();
    std::vector<std::vector<T>> rooms(n_threads, std::vector<T>(2 * room));
    const auto one_block = [&](Offset block, int thread) {
        const Offset first = block * rows_per_block;
        const Offset rows = std::min(rows_per_block, X.n_rows - first);
        T* spare = rooms[thread].data();
        std::vector<T*> values(network.layers.size());
        for (std::size_t l = 0; l < values.size(); ++l) values[l] = spare + (l % 2) * room;
        network.multiply_first(X, Order{nullptr, first}, rows, nullptr, values[0]);
        network.forward(rows, values.data());
        consume(block, first, rows, values.back());
    };
    Team::run(n_threads, [&](Team& team) {
        team.for_each_block(n_blocks(X.n_rows, rows_per_block), one_block);
    });
}

/* The outputs of the network for all samples, n_outputs numbers a row. */
template <class T>
void predict(const Network<T>& network, const Samples<T>& X, Output output, T* result) {
    const Offset n = network.n_outputs();
    forward_all(network, X, [&](Offset, Offset first, Offset rows, T* z) {
        apply_output(output, z, rows, n);
        std::copy_n(z, rows * n, result + first * n);
    });
}

/* The weighted sum of the losses of all samples. */
template <class T>
double total_loss(const Network<T>& network, const Samples<T>& X, const Targets<T>& targets,
                  Loss loss) {
    std::vector<double> parts(n_blocks(X.n_rows, rows_per_block));
    forward_all(network, X, [&](Offset block, Offset first, Offset rows, T* z) {
        parts[block] = loss_and_delta(loss, z, targets, Order{nullptr, first}, 1.0, rows,
                                      network.n_outputs());
    });
    CompensatedSum sum;
    for (const double part : parts) sum.add(part);
    return sum.total();
}

}  // namespace sk_bp
