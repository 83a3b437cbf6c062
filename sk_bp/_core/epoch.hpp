/* Training steps: batch by batch through an order of samples.
 *
 * A step has two phases. Blocks of the batch's rows go forward and back through all layers, which
 * reads the weights. Then, unless something is not finite, blocks of each layer's weights get their
 * gradient and their update at once, while they are in the cache. On sparse input the rows of the
 * first layer that the batch touches are brought up to date before the first phase and are the
 * blocks of the second. Nothing depends on which thread does which block.
 */
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "batch.hpp"
#include "blocks.hpp"
#include "network.hpp"
#include "threads.hpp"
#include "updater.hpp"

namespace sk_bp {

/* Why the steps ended before the samples did. */
enum class Stop { none = 0, loss_not_finite = 1, gradient_too_large = 2, loss_grown = 3 };

struct Report {
    double loss_sum = 0;  // weighted, over the samples of the steps made
    double first_loss = 0;  // of a step: the mean over its batch
    double last_loss = 0;
    double largest_gradient = 0;
    Offset steps = 0;
    std::vector<double> gradient_squares;  // of each layer's weights, summed over the steps
    Stop stop = Stop::none;
};

/* The steps of one call. */
struct Plan {
    const Offset* order = nullptr;  // of the samples; null: as they lie
    Offset n_samples = 0;
    Offset batch_size = 0;
    const double* rates = nullptr;    // of each step
    const double* shrinks = nullptr;  // of each step: 1 - its decay factor
    Offset steps_before = 0;          // since the optimizer's state was made
    double weight_scale = 1;          // n / S: a batch B divides by |B| S / n
    Offset divisor = 0;               // instead of |B|, if not 0
    double largest_input = 0;         // the largest |x|
    double loss_limit = 0;            // a step whose loss is larger is not made
    double loss_before = 0;           // of the step before the first; NaN: there was none
    bool measure_gradient = false;    // whether gradient_squares is wanted
};

template <class T>
class Trainer {
public:
    static constexpr Offset preferred_rows = 128;
    static constexpr Offset weights_per_block = 1 << 15;
    static constexpr Offset smallest_split = 1 << 12;  // weights of a layer that two threads share
    static constexpr Offset columns_per_block = 64;

    Trainer(Network<T> network, Loss loss, std::unique_ptr<Updater<T>> updater)
        : network_(std::move(network)), loss_(loss), updater_(std::move(updater)) {
        for (std::size_t l = 0; l < network_.layers.size(); ++l) add_blocks(l);
    }

    Report run(const Samples<T>& X, const Targets<T>& targets, const Plan& plan) {
        const ThreadShare share;
        Report report;
        report.gradient_squares.assign(network_.layers.size(), 0.0);
        const double rows = double(std::min(plan.batch_size, plan.n_samples));
        Team::run(share.threads(3 * network_.work(X) * rows), [&](Team& team) {
            team_ = &team;
            make_steps(X, targets, plan, report);
        });
        return report;
    }

    /* Bring every row up to date. */
    void settle() {
        const ThreadShare share;
        const double numbers = double(network_.layers[0].n_in) * double(network_.layers[0].n_out);
        Team::run(share.threads(numbers), [&](Team& team) {
            team_ = &team;
            settle_rows();
        });
    }

    /* rows (n x row length) = the up-to-date weights of these rows of the first layer. */
    void peek(const Index* columns, Offset n, T* rows) const {
        FlushSubnormals flush;
        const Offset length = network_.layers[0].n_out;
        for (Offset i = 0; i < n; ++i) updater_->peek(columns[i], rows + i * length);
    }

    int n_slots() const { return updater_->n_slots(); }
    bool settled() const { return updater_->idle_steps() == 0; }

private:
    void make_steps(const Samples<T>& X, const Targets<T>& targets, const Plan& plan,
                    Report& report) {
        if (!X.sparse()) settle_rows();
        if (X.sparse()) {
            number_.resize(X.n_columns, no_group);
            batch_.gather(X, Order{plan.order, 0}, std::min(plan.batch_size, plan.n_samples), number_);
        }
        double loss_before = plan.loss_before;
        for (Offset done = 0; done < plan.n_samples; done += plan.batch_size) {
            if (updater_->idle_steps() >= steps_before_restart) settle_rows();
            batch_rows_ = std::min(plan.batch_size, plan.n_samples - done);
            const Order sample{plan.order, done};
            const double loss_sum = forward_and_back(X, targets, plan, sample);
            const double scale = plan.weight_scale / double(batch_rows_);
            report.last_loss = loss_sum * scale;
            if (done == 0) report.first_loss = report.last_loss;
            report.stop = check(X, plan, report);
            if (report.stop != Stop::none) {
                if (X.sparse()) updater_->abandon(batch_, 0, batch_.n_groups());
                return;
            }
            const Step step{plan.steps_before + report.steps + 1, plan.rates[report.steps],
                            report.last_loss > loss_before};
            loss_before = report.last_loss;
            updater_->begin(step, plan.shrinks[report.steps]);
            update_all(X, plan, sample);
            if (plan.measure_gradient) add_squares(X.sparse(), report);
            if (X.sparse()) {
                updater_->end();
                std::swap(batch_, next_batch_);
            }
            report.loss_sum += loss_sum;
            ++report.steps;
        }
    }

    /* Rows first .. last - 1 of a layer's weights, or its biases (last = first). */
    struct WeightBlock {
        std::size_t layer;
        Offset first, last;
    };

    void add_blocks(std::size_t l) {
        const Layer<T>& layer = network_.layers[l];
        const bool split = layer.n_in > 1 && layer.n_in * layer.n_out >= smallest_split;
        const Offset most = split ? n_blocks(layer.n_in, 2) : layer.n_in;
        const Offset rows =
            std::min(most, even_block(layer.n_in, std::max<Offset>(1, weights_per_block / layer.n_out)));
        for (Offset first = 0; first < layer.n_in; first += rows)
            blocks_.push_back({l, first, std::min(first + rows, layer.n_in)});
        blocks_.push_back({l, 0, 0});
        if (l == 0) first_layer_blocks_ = Offset(blocks_.size()) - 1;
        gradient_room_ = std::max(gradient_room_, rows * layer.n_out);
    }

    void settle_rows() {
        constexpr Offset rows = 4096;
        const Offset n = network_.layers[0].n_in;
        if (updater_->idle_steps() == 0) return;
        team_->for_each_block(n_blocks(n, rows), [&](Offset block, int) {
            updater_->settle(Index(block * rows), Index(std::min(n, (block + 1) * rows)));
        });
        updater_->restart();
    }

    void make_room(const Samples<T>& X) {
        const std::size_t n_layers = network_.layers.size();
        values_.resize(n_layers);
        deltas_.resize(n_layers);
        for (std::size_t l = 0; l < n_layers; ++l) {
            const std::size_t size = batch_rows_ * network_.layers[l].n_out;
            if (values_[l].size() < size) values_[l].resize(size);
            if (deltas_[l].size() < size) deltas_[l].resize(size);
        }
        if (!X.sparse() && Offset(inputs_.size()) < batch_rows_ * X.n_columns)
            inputs_.resize(batch_rows_ * X.n_columns);
        rows_per_block_ = even_block(batch_rows_, preferred_rows);
        const Offset blocks = n_blocks(batch_rows_, rows_per_block_);
        block_loss_.resize(blocks);
        block_size_.assign(blocks * 2 * n_layers, 0.0);
        gradients_.resize(team_->n_threads());
        for (auto& gradient : gradients_) gradient.resize(gradient_room_);
    }

    double forward_and_back(const Samples<T>& X, const Targets<T>& targets, const Plan& plan,
                            const Order& sample) {
        make_room(X);
        if (X.sparse()) {
            const Offset n = batch_.n_groups();
            team_->for_each_block(n_blocks(n, columns_per_block), [&](Offset block, int) {
                const Offset first = block * columns_per_block;
                updater_->prepare(batch_, first, std::min(first + columns_per_block, n));
            });
        }
        const Offset divisor = plan.divisor ? plan.divisor : batch_rows_;
        const double scale = plan.weight_scale / double(divisor);
        team_->for_each_block(Offset(block_loss_.size()), [&](Offset block, int) {
            row_block(X, targets, sample, scale, block);
        });
        double loss = 0;
        for (const double part : block_loss_) loss += part;
        return loss;
    }

    void row_block(const Samples<T>& X, const Targets<T>& targets, const Order& batch, double scale,
                   Offset block) {
        const std::size_t n_layers = network_.layers.size();
        const Offset first = block * rows_per_block_;
        const Offset rows = std::min(rows_per_block_, batch_rows_ - first);
        const Order sample{batch.order, batch.first + first};
        std::vector<T*> values(n_layers), deltas(n_layers);
        for (std::size_t l = 0; l < n_layers; ++l) {
            values[l] = values_[l].data() + first * network_.layers[l].n_out;
            deltas[l] = deltas_[l].data() + first * network_.layers[l].n_out;
        }
        values.back() = deltas.back();  // the raw outputs turn into their deltas in place
        if (X.sparse())
            batch_.multiply(first, rows, network_.layers[0].W, network_.layers[0].n_out, values[0]);
        else
            network_.multiply_first(X, sample, rows, inputs_.data() + first * X.n_columns, values[0]);
        network_.forward(rows, values.data());
        block_loss_[block] = loss_and_delta(loss_, deltas.back(), targets, sample, scale, rows,
                                            network_.n_outputs());
        network_.backward(rows, values.data(), deltas.data());
        double* size = block_size_.data() + block * 2 * n_layers;
        for (std::size_t l = 0; l < n_layers; ++l) {
            const Offset n = rows * network_.layers[l].n_out;
            size[2 * l] = largest_magnitude(values[l], n);
            size[2 * l + 1] = largest_magnitude(deltas[l], n);
        }
    }

    /* The largest entry of x (of layer l's values, or deltas) over the whole batch; NaN wins. */
    double largest(std::size_t l, int which) const {
        const std::size_t stride = 2 * network_.layers.size();
        double result = 0;
        for (std::size_t i = 2 * l + which; i < block_size_.size(); i += stride) {
            if (std::isnan(block_size_[i])) return block_size_[i];
            result = std::max(result, block_size_[i]);
        }
        return result;
    }

    /* No gradient may be applied that is not finite, or whose square is not: no entry of it exceeds
     * (largest input) (largest delta) (number of terms), layer by layer. */
    Stop check(const Samples<T>& X, const Plan& plan, Report& report) const {
        if (!std::isfinite(report.last_loss)) return Stop::loss_not_finite;
        const Offset step = report.steps;
        const double rate = std::max(1.0, plan.rates[step]);
        const double limit = std::sqrt(double(std::numeric_limits<T>::max())) / 4;
        double terms = double(batch_rows_);
        if (X.sparse()) terms = std::max(terms, double(batch_.n_entries()));
        double input = std::max(1.0, plan.largest_input);
        for (std::size_t l = 0; l < network_.layers.size(); ++l) {
            const double bound = input * largest(l, 1) * terms;
            if (!(bound * rate < limit)) {
                report.largest_gradient = bound;
                return Stop::gradient_too_large;
            }
            input = std::max(1.0, largest(l, 0));
            terms = double(batch_rows_);
        }
        return report.last_loss > plan.loss_limit ? Stop::loss_grown : Stop::none;
    }

    void update_all(const Samples<T>& X, const Plan& plan, const Order& sample) {
        const T* inputs = inputs_.data();
        if (!X.sparse() && !plan.order) inputs = X.dense + sample.first * X.n_columns;
        const Offset column_blocks = n_column_blocks(X.sparse());
        const Offset skipped = X.sparse() ? first_layer_blocks_ : 0;
        const Offset total = column_blocks + Offset(blocks_.size()) - skipped;
        const Offset ahead = X.sparse() ? 1 : 0;  // the block that is taken first: the next batch
        squares_.assign(plan.measure_gradient ? total : 0, SquareSum{});
        team_->for_each_block(total + ahead, [&](Offset block, int thread) {
            T* g = gradients_[thread].data();
            SquareSum* squares = block < Offset(squares_.size()) ? &squares_[block] : nullptr;
            if (block == total)
                gather_next(X, plan, sample);
            else if (block < column_blocks)
                column_block(block, g, squares);
            else
                weight_block(blocks_[block - column_blocks + skipped], inputs, g, squares);
        });
    }

    Offset n_column_blocks(bool sparse) const {
        return sparse ? n_blocks(batch_.n_groups(), columns_per_block) : 0;
    }

    /* Add up what the blocks of update_all have measured, always in the same order. */
    void add_squares(bool sparse, Report& report) {
        const Offset column_blocks = n_column_blocks(sparse);
        const Offset skipped = sparse ? first_layer_blocks_ : 0;
        for (Offset block = 0; block < Offset(squares_.size()); ++block) {
            const bool of_column = block < column_blocks;
            const std::size_t layer = of_column ? 0 : blocks_[block - column_blocks + skipped].layer;
            report.gradient_squares[layer] += squares_[block].total();
        }
    }

    void gather_next(const Samples<T>& X, const Plan& plan, const Order& sample) {
        const Offset first = sample.first + batch_rows_;
        const Offset rows = std::min(plan.batch_size, plan.n_samples - first);
        if (rows > 0) next_batch_.gather(X, Order{plan.order, first}, rows, number_);
    }

    void column_block(Offset block, T* g, SquareSum* squares) {
        const Offset first = block * columns_per_block;
        const Offset last = std::min(first + columns_per_block, batch_.n_groups());
        const T* delta = deltas_[0].data();
        if (squares) measure_columns(first, last, delta, g, *squares);
        updater_->update_columns(batch_, first, last, delta, g);
    }

    /* Apart from the update, which it would slow down even where nothing is measured. */
    void measure_columns(Offset first, Offset last, const T* delta, T* g, SquareSum& squares) const {
        const Offset n = network_.layers[0].n_out;
        for (Offset k = first; k < last; ++k) {
            batch_.gradient_row(k, delta, n, g);
            squares.add(g, n);
        }
    }

    void weight_block(const WeightBlock& block, const T* inputs, T* g, SquareSum* squares) {
        const Layer<T>& layer = network_.layers[block.layer];
        const T* delta = deltas_[block.layer].data();
        const Offset rows = block.last - block.first, n = layer.n_out;
        if (rows == 0) {
            std::fill(g, g + n, T(0));
            for (Offset i = 0; i < batch_rows_; ++i)
                for (Offset j = 0; j < n; ++j) g[j] += delta[i * n + j];
            updater_->update(layer.b - network_.layers[0].W, n, g, false);
            return;
        }
        if (block.layer > 0) inputs = values_[block.layer - 1].data();
        multiply_inputs(inputs + block.first, layer.n_in, delta, g, rows, batch_rows_, n);
        if (squares) squares->add(g, rows * n);
        updater_->update(layer.W - network_.layers[0].W + block.first * n, rows * n, g, true);
    }

    Team* team_ = nullptr;  // of the call under way
    Network<T> network_;
    Loss loss_;
    std::unique_ptr<Updater<T>> updater_;
    std::vector<WeightBlock> blocks_;
    Offset first_layer_blocks_ = 0;  // those of the first layer's weights, which come first
    Offset gradient_room_ = 0;

    SparseBatch<T> batch_, next_batch_;
    std::vector<Index> number_;  // of each column of a sparse X: its group while a batch is gathered
    Offset batch_rows_ = 0;
    Offset rows_per_block_ = 0;
    std::vector<std::vector<T>> values_, deltas_;  // by layer, for the whole batch
    std::vector<T> inputs_;                        // the batch's rows of a dense X
    std::vector<double> block_loss_, block_size_;
    std::vector<SquareSum> squares_;  // of the gradient, by block of the update
    std::vector<std::vector<T>> gradients_;  // room for a block, by thread
};

}  // namespace sk_bp
