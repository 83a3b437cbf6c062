/* Back-propagation over one batch: forward and back, then the gradient of each block of weights.
 *
 * First, blocks of the batch's samples go forward and back through all layers, which reads the weights.
 * Then, unless something is not finite, each block of each layer's weights gets its gradient, which
 * goes to its target at once, while it is in the cache: an optimizer's rule, or a sum. Nothing
 * depends on which thread does which block.
 */
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "blocks.hpp"
#include "dense_input.hpp"
#include "gradient.hpp"
#include "losses.hpp"
#include "network.hpp"
#include "sparse_input.hpp"
#include "threads.hpp"

namespace sk_bp {

/* Why the steps ended before the samples did. */
enum class Stop { none = 0, loss_not_finite = 1, gradient_too_large = 2, loss_grown = 3 };

template <class T>
std::unique_ptr<Input<T>> make_input(bool sparse) {
    if (sparse) return std::make_unique<SparseInput<T>>();
    return std::make_unique<DenseInput<T>>();
}

template <class T>
class BackPropagation {
public:
    /* dropouts[l] is that of layer l's inputs. */
    BackPropagation(Network<T> network, const Loss& loss, bool sparse,
                    std::vector<Dropout> dropouts)
        : network_(std::move(network)),
          loss_(loss),
          input_(make_input<T>(sparse)),
          dropouts_(std::move(dropouts)) {
        input_->drop(dropouts_[0]);
        for (std::size_t l = 0; l < network_.layers.size(); ++l) add_blocks(l);
    }

    const Network<T>& network() const { return network_; }

    void take(const Samples<T>& X) { input_->take(X); }

    /* Multiply-adds of a batch of so many samples. */
    double work(Offset samples) const {
        const double one = input_->work(network_.layers[0].n_out) + network_.work_after_first();
        return 3 * one * double(samples);
    }

    /* The first batch of a call, and the one after it. */
    void start(const Batch& batch) {
        input_->start(batch);
        batch_ = batch;
    }
    void advance(const Batch& next) {
        input_->advance(next);
        batch_ = next;
    }

    /* The batch forward and back; returns the weighted sum of the losses. Deltas are multiplied by
     * scale. */
    double forward_and_back(Team& team, const Targets<T>& targets, double scale,
                            GradientTarget<T>& target) {
        make_room(team.n_threads());
        team.for_each_block(input_->n_prepare_blocks(),
                            [&](Offset block, int) { input_->prepare(block, target); });
        team.for_each_block(Offset(block_loss_.size()), [&](Offset block, int) {
            sample_block(targets, scale, block);
        });
        double loss = 0;
        for (const double part : block_loss_) loss += part;
        return loss;
    }

    /* No gradient may be applied that is not finite, or whose square is not: `bound` is what no entry
     * of it exceeds, (largest input) (largest delta) (number of terms) of any layer. */
    Stop check(double loss, double rate, double& bound) const {
        if (!std::isfinite(loss)) return Stop::loss_not_finite;
        const double limit = std::sqrt(double(std::numeric_limits<T>::max())) / 4;
        double input = std::max(1.0, input_->largest()), terms = input_->n_terms();
        for (std::size_t l = 0; l < network_.layers.size(); ++l) {
            const double of_layer = input * largest(l, of_deltas) * terms;
            if (!(of_layer * std::max(1.0, rate) < limit)) {
                bound = of_layer;
                return Stop::gradient_too_large;
            }
            input = std::max(1.0, largest(l, of_outputs));
            terms = double(batch_.size);
        }
        return Stop::none;
    }

    /* The gradient of every block goes to the target; meanwhile the next batch is read. */
    void pass_gradient(Team& team, GradientTarget<T>& target, const Batch& next, bool measure) {
        const Offset n_first = n_first_blocks();
        const Offset total = n_first + Offset(blocks_.size());
        const Offset beside = input_->gathers() && next.size > 0 ? 1 : 0;  // is taken first
        squares_.assign(measure ? total : 0, SquareSum{});
        team.for_each_block(total + beside, [&](Offset block, int thread) {
            T* g = gradients_[thread].data();
            SquareSum* squares = block < Offset(squares_.size()) ? &squares_[block] : nullptr;
            if (block == total)
                input_->gather_next(next);
            else if (block < n_first)
                input_->pass_gradient(block, memory_.deltas(0), network_.layers[0].n_out, g, target,
                                      squares);
            else
                weight_block(blocks_[block - n_first], g, target, squares);
        });
    }

    /* Multiply the deltas by a factor, so that the norm of the whole gradient is at most this. */
    void limit_gradient(Team& team, double most) {
        Nowhere<T> nowhere;
        pass_gradient(team, nowhere, Batch{}, true);
        CompensatedSum squares;
        for (const SquareSum& block : squares_) squares.add(block.total());
        const double norm = std::sqrt(squares.total());
        if (!(norm > most)) return;
        const T factor = T(most / norm);
        for (std::size_t l = 0; l < network_.layers.size(); ++l) {
            T* deltas = memory_.deltas(l);
            const Offset n = batch_.size * network_.layers[l].n_out;
            for (Offset i = 0; i < n; ++i) deltas[i] *= factor;
        }
    }

    /* In its place: there is no step. */
    void abandon(GradientTarget<T>& target) { input_->abandon(target); }

    /* Add the squares of the weights' gradients that were measured last, by layer, always in the
     * same order. */
    void add_squares(std::vector<double>& layers) const {
        const Offset n_first = n_first_blocks();
        for (Offset block = 0; block < Offset(squares_.size()); ++block) {
            if (block >= n_first && blocks_[block - n_first].is_bias()) continue;
            layers[block < n_first ? 0 : blocks_[block - n_first].layer] += squares_[block].total();
        }
    }

private:
    static constexpr Offset preferred_samples = 128;
    enum Which { of_outputs = 0, of_deltas = 1 };

    /* Weight rows first .. last - 1 of a layer, or its biases (last = first). Those of the first
     * layer's weights are the input's. */
    struct WeightBlock {
        std::size_t layer;
        Offset first, last;
        bool is_bias() const { return last == first; }
    };

    void add_blocks(std::size_t l) {
        const Layer<T>& layer = network_.layers[l];
        const Offset rows = weight_rows_per_block(layer.n_in, layer.n_out);
        if (l > 0)
            for (Offset first = 0; first < layer.n_in; first += rows)
                blocks_.push_back({l, first, std::min(first + rows, layer.n_in)});
        blocks_.push_back({l, 0, 0});
        gradient_room_ = std::max(gradient_room_, rows * layer.n_out);
    }

    Offset n_first_blocks() const { return input_->n_gradient_blocks(network_.layers[0].n_out); }

    void make_room(int n_threads) {
        memory_.reserve(network_, batch_.size, dropouts_);
        samples_per_block_ = even_block(batch_.size, preferred_samples);
        const Offset blocks = n_blocks(batch_.size, samples_per_block_);
        block_loss_.resize(blocks);
        block_size_.assign(blocks * 2 * network_.layers.size(), 0.0);
        gradients_.resize(n_threads);
        for (auto& gradient : gradients_) gradient.resize(gradient_room_);
    }

    void sample_block(const Targets<T>& targets, double scale, Offset block) {
        const Layer<T>& layer = network_.layers[0];
        const Offset first = block * samples_per_block_;
        const Offset samples = std::min(samples_per_block_, batch_.size - first);
        const NetworkNumbers<T> at = memory_.from(first);
        draw_masks(first, samples, at);
        input_->multiply_batch(first, samples, layer.W, layer.n_out, at[0].values);
        network_.forward(samples, at);
        block_loss_[block] = loss_and_delta(loss_, at.back().deltas, targets,
                                            batch_.part(first, samples), scale, network_.n_outputs());
        network_.backward(samples, at);
        double* size = block_size_.data() + block * 2 * at.size();
        for (std::size_t l = 0; l < at.size(); ++l) {
            const Offset n = samples * network_.layers[l].n_out;
            size[2 * l + of_outputs] = largest_magnitude(at[l].outputs(), n);
            size[2 * l + of_deltas] = largest_magnitude(at[l].deltas, n);
        }
    }

    /* What dropout multiplies the hidden layers' values by, for samples of the batch. */
    void draw_masks(Offset first, Offset samples, const NetworkNumbers<T>& at) const {
        for (std::size_t l = 0; l + 1 < at.size(); ++l) {
            const Offset n = network_.layers[l].n_out;
            if (!dropouts_[l + 1].active()) continue;
            for (Offset i = 0; i < samples; ++i)
                dropouts_[l + 1].fill(batch_.step, first + i, n, at[l].masks + i * n);
        }
    }

    /* The largest of layer l's outputs, or deltas, over the whole batch; NaN wins. */
    double largest(std::size_t l, Which which) const {
        const std::size_t stride = 2 * network_.layers.size();
        double result = 0;
        for (std::size_t i = 2 * l + which; i < block_size_.size(); i += stride) {
            if (std::isnan(block_size_[i])) return block_size_[i];
            result = std::max(result, block_size_[i]);
        }
        return result;
    }

    void weight_block(const WeightBlock& block, T* g, GradientTarget<T>& target,
                      SquareSum* squares) const {
        const Layer<T>& layer = network_.layers[block.layer];
        const T* deltas = memory_.deltas(block.layer);
        if (block.is_bias()) return bias_block(layer, deltas, g, target, squares);
        const LayerGradient<T> gradient{memory_.outputs(block.layer - 1), layer.n_in,  deltas,
                                        layer.n_out,                     batch_.size, position(layer.W)};
        gradient.pass(block.first, block.last, g, target, squares);
    }

    void bias_block(const Layer<T>& layer, const T* deltas, T* g, GradientTarget<T>& target,
                    SquareSum* squares) const {
        const Offset n = layer.n_out;
        std::fill(g, g + n, T(0));
        for (Offset i = 0; i < batch_.size; ++i)
            for (Offset j = 0; j < n; ++j) g[j] += deltas[i * n + j];
        if (squares) squares->add(g, n);
        target.update(position(layer.b), n, g, false);
    }

    /* Where a parameter lies in the flat array, which begins with the first layer's weights. */
    Offset position(const T* parameter) const { return parameter - network_.layers[0].W; }

    Network<T> network_;
    Loss loss_;
    std::unique_ptr<Input<T>> input_;
    std::vector<Dropout> dropouts_;
    std::vector<WeightBlock> blocks_;
    Offset gradient_room_ = 0;

    Batch batch_;
    Offset samples_per_block_ = 0;
    LayerMemory<T> memory_;                        // for the whole batch
    std::vector<double> block_loss_, block_size_;  // by block of samples
    std::vector<SquareSum> squares_;               // of the gradient, by block of weights
    std::vector<std::vector<T>> gradients_;        // room for a block, by thread
};

}  // namespace sk_bp
