/* Training steps: batch by batch through an order of samples.
 *
 * A step is back-propagation over a batch, with an optimizer's rule as the target of the gradient. On
 * sparse input the weight rows of the first layer that the batch touches are brought up to date
 * before they are read; all others wait.
 */
#pragma once

#include <memory>
#include <vector>

#include "backprop.hpp"
#include "updater.hpp"

namespace sk_bp {

/* The steps of one call. */
struct Plan {
    const Offset* order = nullptr;  // of the samples; null: as they lie
    Offset n_samples = 0;
    Offset batch_size = 0;
    const double* rates = nullptr;    // of each step
    const double* decays = nullptr;  // of each step: 1 - its decay factor
    const double* thresholds = nullptr;  // of each step: what the weights shrink by after it
    Offset first_step = 0;            // its number since training began
    Offset steps_before = 0;          // since the optimizer's state was made
    double weight_scale = 1;          // n / S: a batch B divides by |B| S / n
    double loss_limit = 0;            // a step whose loss is larger is not made
    double loss_before = 0;           // of the step before the first; NaN: there was none
    double max_grad_norm = 0;     // a longer gradient is scaled down to it; infinity: none is
    bool measure_gradient = false;    // whether gradient_squares is wanted

    /* The batch that begins after so many samples; empty at the end. */
    Batch batch(Offset done) const {
        return {order, done, std::max<Offset>(0, std::min(batch_size, n_samples - done)),
                first_step + done / batch_size};
    }
};

struct Report {
    double loss_sum = 0;    // weighted, over the samples of the steps made
    double first_loss = 0;  // of a step: the mean over its batch
    double last_loss = 0;
    double largest_gradient = 0;
    Offset steps = 0;
    std::vector<double> gradient_squares;  // of each layer's weights, summed over the steps
    Stop stop = Stop::none;
};

template <class T>
class Trainer {
public:
    Trainer(Network<T> network, const Loss& loss, std::unique_ptr<Updater<T>> updater, bool sparse,
            std::vector<Dropout> dropouts)
        : propagation_(std::move(network), loss, sparse, std::move(dropouts)),
          updater_(std::move(updater)) {}

    Report run(const Samples<T>& X, const Targets<T>& targets, const Plan& plan) {
        const ThreadShare share;
        Report report;
        report.gradient_squares.assign(network().layers.size(), 0.0);
        propagation_.take(X);
        const double work = propagation_.work(plan.batch(0).size);
        Team::run(share.threads(work),
                  [&](Team& team) { make_steps(team, targets, plan, report); });
        return report;
    }

    /* Bring every weight row up to date. */
    void catch_up() {
        const ThreadShare share;
        const Layer<T>& layer = network().layers[0];
        Team::run(share.threads(double(layer.n_in) * double(layer.n_out)),
                  [&](Team& team) { catch_up_rows(team); });
    }

    bool caught_up() const { return updater_->idle_steps() == 0; }

    /* rows (n x row length) = these weight rows of the first layer, as they would be up to date. */
    void peek(const Index* columns, Offset n, T* rows) const {
        FlushSubnormals flush;
        const Layer<T>& layer = network().layers[0];
        for (Offset i = 0; i < n; ++i, rows += layer.n_out) copy_row(columns[i], rows);
    }

    /* average += share (weights - average), for the weights of the first layer as they would be up to
     * date. No row is brought up to date: that would also write the state of the rule. */
    void add_to_average(T* average, double share) {
        const ThreadShare thread_share;
        const Layer<T>& layer = network().layers[0];
        const Offset n = layer.n_in, length = layer.n_out;
        Team::run(thread_share.threads(double(n) * double(length)), [&](Team& team) {
            team.for_each_block(n_blocks(n, rows_per_block), [&](Offset block, int) {
                std::vector<T> row(length);
                const Offset end = std::min(n, (block + 1) * rows_per_block);
                for (Offset i = block * rows_per_block; i < end; ++i) {
                    copy_row(Index(i), row.data());
                    T* mean = average + i * length;
                    for (Offset j = 0; j < length; ++j) mean[j] += T(share) * (row[j] - mean[j]);
                }
            });
        });
    }

    /* From here on steps are noted down; see Updater. */
    void start_round() {
        if (updater_->in_round()) throw std::invalid_argument("a round has begun already");
        if (updater_->idle_steps() >= steps_before_restart) catch_up();
        updater_->start_round();
    }

    /* Idle steps for all rows of the first layer; the other layers stay as they are. */
    void advance(const Plan& plan) {
        FlushSubnormals flush;
        for (Offset k = 0; k < plan.n_samples; ++k) {
            updater_->begin({plan.steps_before + k + 1, plan.rates[k], false, {}}, plan.decays[k],
                            plan.thresholds[k]);
            updater_->end();
        }
    }

    /* The same outside a round, and then these rows get other weights and state. */
    void apply(const Plan& plan, const ChangedRows<T>& rows) {
        if (updater_->in_round()) throw std::invalid_argument("the round is not over");
        if (updater_->idle_steps() >= steps_before_restart) catch_up();
        updater_->start_clock();
        advance(plan);
        FlushSubnormals flush;
        updater_->apply(rows);
    }

    void read_changed(const ChangedRows<T>& rows) {
        FlushSubnormals flush;
        updater_->read_changed(rows);
    }

    Updater<T>& updater() { return *updater_; }

private:
    static constexpr Offset rows_per_block = 4096;

    const Network<T>& network() const { return propagation_.network(); }

    /* row = this weight row of the first layer, as it would be up to date. */
    void copy_row(Index column, T* row) const {
        const Layer<T>& layer = network().layers[0];
        if (caught_up())  // also where X is dense, and no row ever waits
            std::copy_n(layer.W + Offset(column) * layer.n_out, layer.n_out, row);
        else
            updater_->peek(column, row);
    }

    void make_steps(Team& team, const Targets<T>& targets, const Plan& plan, Report& report) {
        Batch batch = plan.batch(0), next;
        double loss_before = plan.loss_before;
        propagation_.start(batch);
        for (; batch.size > 0; batch = next) {
            next = plan.batch(batch.first + batch.size);
            if (updater_->idle_steps() >= steps_before_restart && !updater_->in_round())
                catch_up_rows(team);
            const double scale = plan.weight_scale / double(batch.size);
            const double loss = propagation_.forward_and_back(team, targets, scale, *updater_);
            report.last_loss = loss * scale;
            if (batch.first == 0) report.first_loss = report.last_loss;
            report.stop = check(plan, report);
            if (report.stop != Stop::none) return propagation_.abandon(*updater_);
            const Step step{plan.steps_before + report.steps + 1, plan.rates[report.steps],
                            report.last_loss > loss_before};
            loss_before = report.last_loss;
            const bool limited = std::isfinite(plan.max_grad_norm);
            if (limited) {
                propagation_.limit_gradient(team, plan.max_grad_norm);
                if (plan.measure_gradient) propagation_.add_squares(report.gradient_squares);
            }
            updater_->begin(step, plan.decays[report.steps], plan.thresholds[report.steps]);
            propagation_.pass_gradient(team, *updater_, next, plan.measure_gradient && !limited);
            updater_->end();
            propagation_.add_squares(report.gradient_squares);
            propagation_.advance(next);
            report.loss_sum += loss;
            ++report.steps;
        }
    }

    Stop check(const Plan& plan, Report& report) const {
        const double rate = plan.rates[report.steps];
        const Stop stop = propagation_.check(report.last_loss, rate, report.largest_gradient);
        if (stop != Stop::none) return stop;
        return report.last_loss > plan.loss_limit ? Stop::loss_grown : Stop::none;
    }

    void catch_up_rows(Team& team) {
        constexpr Offset rows = rows_per_block;
        const Offset n = network().layers[0].n_in;
        if (caught_up()) return;
        team.for_each_block(n_blocks(n, rows), [&](Offset block, int) {
            updater_->catch_up(Index(block * rows), Index(std::min(n, (block + 1) * rows)));
        });
        updater_->restart();
    }

    BackPropagation<T> propagation_;
    std::unique_ptr<Updater<T>> updater_;
};

}  // namespace sk_bp
