/* Applies a rule to the weights: to whole blocks of dense layers, and, on sparse input, to the weight
 * rows of the first layer whose columns occur in the batch. It knows when each row was last updated.
 */
#pragma once

#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "gradient.hpp"
#include "idle.hpp"
#include "journal.hpp"
#include "rules/adadelta.hpp"
#include "rules/adagrad.hpp"
#include "rules/adam.hpp"
#include "rules/adamax.hpp"
#include "rules/amsgrad.hpp"
#include "rules/lion.hpp"
#include "rules/nadam.hpp"
#include "rules/prodigy.hpp"
#include "rules/radam.hpp"
#include "rules/rmsprop.hpp"
#include "rules/rprop.hpp"
#include "rules/sgd.hpp"
#include "types.hpp"

namespace sk_bp {

/* Where the weights and the state of the rule lie: flat arrays of n_parameters numbers, of which the
 * first n_rows x row_length are the weights of the first layer. */
template <class T>
struct Memory {
    T* parameters = nullptr;
    std::array<T*, most_slots> slots{};
    double* numbers = nullptr;  // of a rule that keeps some,
    T* first = nullptr;         // and the weights that it began with
    Offset n_parameters = 0;
    Offset n_rows = 0;     // that wait for their idle steps: none where X is dense
    Offset n_columns = 0;  // of X
    Offset row_length = 0;
};

struct UpdaterOptions {
    bool fresh = true;     // the slots are all zero
    bool shrinks = false;  // the weights shrink towards zero by a threshold after each step (L1)
    bool journals = false;  // rounds of steps will be journaled
};

/* A step is begin, update / update_columns for everything, end. On sparse input, prepare comes before the
 * forward pass, and update_columns or abandon must follow. */
template <class T>
class Updater : public GradientTarget<T> {
public:
    /* How many arrays as long as the parameters are kept. */
    virtual int n_slots() const = 0;
    virtual int n_numbers() const = 0;
    /* Whether idle steps do more to the weights than decay and shrink them. */
    virtual bool drifts() const = 0;
    virtual void begin(const Step& step, double decay, double threshold) = 0;
    virtual void end() = 0;

    /* Bring the weight rows first .. last - 1 up to date, and their state. */
    virtual void catch_up(Index first, Index last) = 0;
    /* w = this weight row as it would be if it were up to date. */
    virtual void peek(Index column, T* w) const = 0;
    /* All weight rows are up to date: forget the idle steps. */
    virtual void restart() = 0;
    virtual Offset idle_steps() const = 0;

    /* From here on steps are noted down, until the round is undone. */
    virtual void start_round() = 0;
    virtual bool in_round() const = 0;
    virtual Offset n_changed() const = 0;
    /* The rows that the round has changed, as they are now. */
    virtual void read_changed(const ChangedRows<T>& rows) = 0;
    /* Undo the round, the steps of the clock included. */
    virtual void undo_round() = 0;
    /* Give these rows other weights and state, as of now. On dense X all rows make the idle steps of the
     * clock first, since start_clock. */
    virtual void apply(const ChangedRows<T>& rows) = 0;
    /* On dense X: forget the steps so far. */
    virtual void start_clock() = 0;
    virtual Waiting waiting() const = 0;
    virtual void wait(Waiting waiting) = 0;
};

template <class T, class Rule>
class RuleUpdater final : public Updater<T> {
public:
    RuleUpdater(const Hyperparameters& hyperparameters, const Memory<T>& memory,
                const UpdaterOptions& options)
        : rule_(hyperparameters),
          drifts_(rule_.drifts()),
          shrinks_(options.shrinks),
          keeps_time_(memory.n_rows > 0 || options.journals),
          clock_(keeps_time_ ? rule_.drift_tables() : DriftTables{}),
          memory_(memory) {
        if (adapts && options.journals)
            throw std::invalid_argument("a rule that keeps numbers has no journal");
        if (drifts_ && shrinks_)
            throw std::invalid_argument("weights that drift cannot shrink towards zero");
        last_update_.assign(memory.n_rows, options.fresh ? never : 0);
        const auto ratios = rule_.rest_ratios();
        for (int i = 0; i < most_slots; ++i) powers_[i] = Powers(ratios[i]);
        if constexpr (adapts)
            if (memory.numbers) {
                if (options.fresh) start();
                units_.assign(1, memory.numbers[Rule::unit]);
            }
    }

    int n_slots() const override { return rule_.n_slots() + (adapts ? 1 : 0); }
    int n_numbers() const override { return numbers_of<Rule>; }

    bool drifts() const override { return drifts_; }

    void begin(const Step& step, double decay, double threshold) override {
        step_ = step;
        threshold_ = threshold;
        decay_ = decay;
        if constexpr (adapts) {
            rule_.begin(step_, memory_.numbers);
            decay_ = std::min(largest_decay, decay * memory_.numbers[Rule::distance]);
        } else {
            rule_.begin(step_);
        }
    }

    void end() override {
        if (shrinks_) step_.drift[0] = threshold_;  // of a rule without drift the clock sums these
        if (keeps_time_) clock_.advance(decay_, step_.drift);
        if constexpr (adapts) end_distance();
    }

    void update(Offset first, Offset n, const T* g, bool decays) override {
        Rest<T> rest;
        rest.fill(T(1));
        const T decay = decays ? T(decay_) : T(0);
        if constexpr (adapts) {
            in_present_units(rest, units_.back());
            DistanceSums sums;
            rule_.step(row(first, n), memory_.first + first, g, rest, decay, sums);
            collect(false, first, sums);
        } else {
            rule_.step(row(first, n), g, rest, decay);
        }
        if (shrinks_ && decays) shrink(row(first, n), 0, threshold_);
    }

    void prepare(SparseBatch<T>& batch, Offset first, Offset last) override {
        for (Offset k = first; k < last; ++k) {
            prefetch_last_update(batch, k);
            const Index column = batch.columns()[k];
            if (journal_.on()) journal_.note(column, row_of(column), last_update_[column]);
            if (drifts_ || shrinks_) {
                prefetch_rows(batch, k);
                catch_up_weights(column, row_of(column));
            } else {
                batch.scales[k] = T(1 - idle_steps(column).decay);
            }
        }
    }

    void update_columns(const SparseBatch<T>& batch, Offset first, Offset last, const T* delta,
                        T* g) override {
        [[maybe_unused]] DistanceSums sums;
        for (Offset k = first; k < last; ++k) {
            prefetch_last_update(batch, k);
            prefetch_rows(batch, k);
            const Index column = batch.columns()[k];
            batch.gradient_row(k, delta, memory_.row_length, g);
            double decay = decay_;
            if (!drifts_ && !shrinks_) {
                const double idle = idle_steps(column).decay;
                decay += idle - idle * decay;
            }
            Rest<T> rest = rest_factors(column);
            if constexpr (adapts) {
                in_present_units(rest, units_[std::max<Index>(last_update_[column], 0)]);
                const T* x0 = memory_.first + Offset(column) * memory_.row_length;
                rule_.step(row_of(column), x0, g, rest, T(decay), sums);
            } else {
                rule_.step(row_of(column), g, rest, T(decay));
            }
            if (shrinks_) shrink(row_of(column), 0, threshold_);
            last_update_[column] = Index(clock_.now() + 1);
        }
        if constexpr (adapts) collect(true, first, sums);
    }

    void abandon(const SparseBatch<T>& batch, Offset first, Offset last) override {
        for (Offset k = first; k < last; ++k) {
            const Index column = batch.columns()[k];
            if (!drifts_ && !shrinks_) catch_up_weights(column, row_of(column));
            catch_up_state(column);
        }
    }

    void catch_up(Index first, Index last) override {
        for (Index column = first; column < last; ++column) {
            catch_up_weights(column, row_of(column));
            catch_up_state(column);
        }
    }

    void peek(Index column, T* w) const override {
        Row<T> copy = row_of(column);
        std::copy_n(copy.w, copy.n, w);
        copy.w = w;
        catch_up_weights(column, copy);
    }

    void restart() override {
        clock_.restart();
        if constexpr (adapts) units_.assign(1, units_.back());
        std::fill(last_update_.begin(), last_update_.end(), Index(0));
    }

    Offset idle_steps() const override { return last_update_.empty() ? 0 : clock_.now(); }

    void start_round() override {
        start_clock();
        rule_before_ = std::make_unique<Rule>(rule_);
        clock_before_ = clock_.mark();
        journal_.start(memory_.n_columns, memory_.row_length, rule_.n_slots());
        if (last_update_.empty())
            for (Offset c = 0; c < memory_.n_columns; ++c)
                journal_.note(Index(c), row_of(Index(c)), Index(0));
    }

    bool in_round() const override { return journal_.on(); }
    Offset n_changed() const override { return journal_.size(); }

    void read_changed(const ChangedRows<T>& rows) override {
        std::vector<T> idle(memory_.row_length);
        Offset place = 0;
        for (const auto& entry : journal_.sorted()) {
            const Row<T> row = row_of(entry.column);
            if (!last_update_.empty()) catch_up(entry.column, entry.column + 1);
            rows.columns[place] = entry.column;
            rows.touches[place] = journal_.touches(entry.column);
            T* w = std::copy_n(row.w, row.n, rows.weights + place * row.n) - row.n;
            for (int i = 0; i < rule_.n_slots(); ++i)
                std::copy_n(row.slot[i], row.n, rows.slots[i] + place * row.n);
            if (rows.relative) {
                Row<T> before = journal_.before(entry);
                std::copy_n(before.w, before.n, idle.data());
                before.w = idle.data();
                bring_weights(before, entry.last_update);
                for (Offset j = 0; j < row.n; ++j) w[j] -= idle[j];
            }
            ++place;
        }
    }

    void undo_round() override {
        if (!journal_.on()) return;
        for (const auto& entry : journal_.sorted()) {
            const Row<T> row = row_of(entry.column), before = journal_.before(entry);
            std::copy_n(before.w, row.n, row.w);
            for (int i = 0; i < rule_.n_slots(); ++i)
                std::copy_n(before.slot[i], row.n, row.slot[i]);
            if (!last_update_.empty()) last_update_[entry.column] = entry.last_update;
        }
        journal_.stop();
        clock_.rewind(clock_before_);
        rule_ = *rule_before_;
    }

    void apply(const ChangedRows<T>& rows) override {
        if (last_update_.empty())
            for (Offset c = 0; c < memory_.n_columns; ++c) {
                const Row<T> row = row_of(Index(c));
                bring_weights(row, 0);
                bring_state(row, 0);
            }
        for (Offset k = 0; k < rows.n; ++k) {
            const Row<T> row = row_of(rows.columns[k]);
            const T* w = rows.weights + k * row.n;
            if (!last_update_.empty()) catch_up_weights(rows.columns[k], row);
            for (Offset j = 0; j < row.n; ++j) row.w[j] = rows.relative ? row.w[j] + w[j] : w[j];
            for (int i = 0; i < rule_.n_slots(); ++i)
                std::copy_n(rows.slots[i] + k * row.n, row.n, row.slot[i]);
            if (!last_update_.empty()) last_update_[rows.columns[k]] = Index(clock_.now());
        }
    }

    void start_clock() override {
        if (last_update_.empty()) clock_.restart();
    }

    Waiting waiting() const override { return {last_update_, clock_.save()}; }

    void wait(Waiting waiting) override {
        if (waiting.last_update.size() != last_update_.size())
            throw std::invalid_argument("these are the idle steps of another network");
        clock_.load(waiting.clock);
        last_update_ = std::move(waiting.last_update);
        for (const Index step : last_update_)
            if (step < never || step > clock_.now())
                throw std::invalid_argument("a row was updated at a step that has not been made");
    }

private:
    static constexpr Index never = -1;
    static constexpr Offset ahead = 2, far_ahead = 12;
    static constexpr bool adapts = numbers_of<Rule> > 0;
    static constexpr double largest_decay = 0.5;  // where the rule multiplies it by a distance

    Row<T> row(Offset first, Offset n) const {
        Row<T> result{memory_.parameters + first, {}, n};
        for (int i = 0; i < rule_.n_slots(); ++i) result.slot[i] = memory_.slots[i] + first;
        return result;
    }

    Row<T> row_of(Index column) const {
        return row(Offset(column) * memory_.row_length, memory_.row_length);
    }

    /* Ask for the rows that come soon after group k. */
    void prefetch_rows(const SparseBatch<T>& batch, Offset k) const {
        if (k + ahead >= batch.n_groups()) return;
        const Row<T> row = row_of(batch.columns()[k + ahead]);
        prefetch<Use::write>(row.w, row.n);
        for (int i = 0; i < rule_.n_slots(); ++i) prefetch<Use::write>(row.slot[i], row.n);
    }

    /* Ask for when the rows were updated that come soon after group k. */
    void prefetch_last_update(const SparseBatch<T>& batch, Offset k) const {
        if (k + far_ahead < batch.n_groups())
            prefetch<Use::write>(&last_update_[batch.columns()[k + far_ahead]], 1);
    }

    IdleSteps idle_steps(Index column) const {
        return clock_.since(std::max<Index>(last_update_[column], 0));
    }

    void catch_up_weights(Index column, Row<T> row) const {
        bring_weights(row, last_update_[column]);
    }

    /* The weights of a row that was last updated at this step, brought up to date. */
    void bring_weights(Row<T> row, Index last_update) const {
        const IdleSteps steps = clock_.since(std::max<Index>(last_update, 0));
        if (steps.count == 0) return;
        if (drifts_ && last_update != never) return rule_.idle(row, steps);
        if (shrinks_) return shrink(row, steps.decay, steps.unfading_sum());
        const T decay = T(steps.decay);
        if (decay == 0) return;
        for (Offset j = 0; j < row.n; ++j) row.w[j] -= decay * row.w[j];
    }

    /* |w| <- max(0, P |w| - threshold), with decay = 1 - P. */
    static void shrink(Row<T> row, double decay, double threshold) {
        const T by = T(decay), most = T(threshold);
        T* SK_BP_RESTRICT w = row.w;
        for (Offset j = 0; j < row.n; ++j) {
            const T size = std::abs(w[j]) - by * std::abs(w[j]) - most;
            w[j] = size > T(0) ? std::copysign(size, w[j]) : T(0);
        }
    }

    Rest<T> rest_factors(Index column) const { return rest_since(last_update_[column]); }

    Rest<T> rest_since(Index last_update) const {
        const Offset count = clock_.now() - std::max<Index>(last_update, 0);
        Rest<T> factors;
        factors.fill(T(1));
        for (int i = 0; i < rule_.n_slots(); ++i) factors[i] = T(powers_[i](count));
        return factors;
    }

    /* A rule that keeps numbers: state as of a step with distance `unit` is brought to that of now. */
    void in_present_units(Rest<T>& factors, double unit) const {
        rescale(factors, unit / memory_.numbers[Rule::distance]);
    }

    void rescale(Rest<T>& factors, double ratio) const {
        const auto powers = rule_.unit_powers();
        for (int i = 0; i < rule_.n_slots(); ++i)
            for (int times = 0; times < powers[i]; ++times) factors[i] *= T(ratio);
    }

    void start() {
        rule_.start(memory_.numbers);
        std::copy_n(memory_.parameters, memory_.n_parameters, memory_.first);
    }

    /* The sums of a block, which are added up in the order of the blocks, whoever did them. */
    void collect(bool sparse, Offset first, const DistanceSums& sums) {
        const std::lock_guard<std::mutex> lock(collecting_);
        collected_.push_back({{sparse, first}, {sums.first(), sums.second()}});
    }

    void end_distance() {
        std::sort(collected_.begin(), collected_.end());
        double along = 0, growth = 0;
        for (const auto& block : collected_) {
            along += block.second.first;
            growth += block.second.second;
        }
        collected_.clear();
        rule_.end(memory_.numbers, along, growth);
        const double unit = memory_.numbers[Rule::unit];
        if (last_update_.empty())
            units_.back() = unit;
        else
            units_.push_back(unit);
    }

    void catch_up_state(Index column) {
        if (last_update_[column] == never) {
            if (clock_.now() > 0) last_update_[column] = Index(clock_.now());  // its weights moved
            return;
        }
        Rest<T> factors = rest_factors(column);
        if constexpr (adapts) rescale(factors, units_[last_update_[column]] / units_.back());
        multiply_state(row_of(column), factors);
        last_update_[column] = Index(clock_.now());
    }

    /* The state of a row that was last updated at this step, brought up to date. */
    void bring_state(Row<T> row, Index last_update) const {
        multiply_state(row, rest_since(last_update));
    }

    void multiply_state(Row<T> row, const Rest<T>& factors) const {
        for (int i = 0; i < rule_.n_slots(); ++i)
            if (factors[i] != T(1))
                for (Offset j = 0; j < row.n; ++j) row.slot[i][j] *= factors[i];
    }

    Rule rule_;
    bool drifts_, shrinks_, keeps_time_;
    IdleClock clock_;
    Memory<T> memory_;
    Step step_{0, 0, false, {}};
    double decay_ = 0, threshold_ = 0;
    std::vector<Index> last_update_;  // of each row, in steps of the clock; empty for dense input
    std::array<Powers, most_slots> powers_;
    // Of a rule that keeps numbers: its unit after each step of the clock, and the blocks' sums.
    std::vector<double> units_;
    Journal<T> journal_;
    std::unique_ptr<Rule> rule_before_;  // the round that is journaled
    IdleClock::Mark clock_before_;
    std::mutex collecting_;
    std::vector<std::pair<std::pair<bool, Offset>, std::pair<double, double>>> collected_;
};

template <class T, class Rule>
std::unique_ptr<Updater<T>> make_with(const Hyperparameters& h, const Memory<T>& memory,
                                      const UpdaterOptions& options) {
    return std::make_unique<RuleUpdater<T, Rule>>(h, memory, options);
}

template <class T>
struct NamedRule {
    const char* name;
    std::unique_ptr<Updater<T>> (*make)(const Hyperparameters&, const Memory<T>&,
                                        const UpdaterOptions&);
};

/* Every rule, by its name. */
template <class T>
inline constexpr NamedRule<T> rules[] = {
    {"sgd", make_with<T, SGD<T>>},
    {"rmsprop", make_with<T, RMSProp<T>>},
    {"adagrad", make_with<T, Adagrad<T>>},
    {"adadelta", make_with<T, Adadelta<T>>},
    {"adam", make_with<T, Adam<T>>},
    {"adamax", make_with<T, Adamax<T>>},
    {"amsgrad", make_with<T, AMSGrad<T>>},
    {"nadam", make_with<T, NAdam<T>>},
    {"prodigy", make_with<T, Prodigy<T>>},
    {"radam", make_with<T, RAdam<T>>},
    {"lion", make_with<T, Lion<T>>},
    {"rprop", make_with<T, Rprop<T>>},
};

template <class T>
std::unique_ptr<Updater<T>> make_updater(const Choice& rule, const Memory<T>& memory,
                                         const UpdaterOptions& options) {
    for (const auto& known : rules<T>)
        if (rule.name == known.name) return known.make(rule.parameters, memory, options);
    throw std::invalid_argument("unknown rule: " + rule.name);
}

inline std::vector<std::string> rule_names() {
    std::vector<std::string> names;
    for (const auto& known : rules<double>) names.push_back(known.name);
    return names;
}

}  // namespace sk_bp
