/* All samples through a network whose weights stay as they are. */
#pragma once

#include <vector>

#include "blocks.hpp"
#include "input.hpp"
#include "losses.hpp"
#include "network.hpp"
#include "outputs.hpp"
#include "threads.hpp"

namespace sk_bp {

constexpr Offset samples_per_block = 256;

/* All samples through the network, in blocks: consume(block, first, samples, outputs). */
template <class T, class Consume>
void forward_all(const Network<T>& network, const Input<T>& input, const Consume& consume) {
    const ThreadShare share;
    const Layer<T>& layer = network.layers[0];
    const Offset n_samples = input.n_samples();
    const double work = input.work(layer.n_out) + network.work_after_first();
    const int n_threads = share.threads(work * double(n_samples));
    const Offset room = std::min(samples_per_block, n_samples) * network.widest();
    std::vector<std::vector<T>> rooms(n_threads, std::vector<T>(2 * room));
    const auto one_block = [&](Offset block, int thread) {
        const Offset first = block * samples_per_block;
        const Offset samples = std::min(samples_per_block, n_samples - first);
        NetworkNumbers<T> at(network.layers.size());
        for (std::size_t l = 0; l < at.size(); ++l)
            at[l].values = rooms[thread].data() + Offset(l % 2) * room;
        input.multiply(first, samples, layer.W, layer.n_out, at[0].values);
        network.forward(samples, at);
        consume(block, first, samples, at.back().values);
    };
    Team::run(n_threads, [&](Team& team) {
        team.for_each_block(n_blocks(n_samples, samples_per_block), one_block);
    });
}

/* The outputs of the network for all samples, n_outputs numbers a sample. */
template <class T>
void predict(const Network<T>& network, const Input<T>& input, const Output& output, T* result) {
    const Offset n = network.n_outputs();
    forward_all(network, input, [&](Offset, Offset first, Offset samples, T* z) {
        apply_output(output, z, samples, n);
        std::copy_n(z, samples * n, result + first * n);
    });
}

/* The weighted sum of the losses of all samples. */
template <class T>
double total_loss(const Network<T>& network, const Input<T>& input, const Targets<T>& targets,
                  const Loss& loss) {
    std::vector<double> parts(n_blocks(input.n_samples(), samples_per_block));
    forward_all(network, input, [&](Offset block, Offset first, Offset samples, T* z) {
        parts[block] = loss_and_delta(loss, z, targets, Batch{nullptr, first, samples}, 1.0,
                                      network.n_outputs());
    });
    CompensatedSum sum;
    for (const double part : parts) sum.add(part);
    return sum.total();
}

}  // namespace sk_bp
