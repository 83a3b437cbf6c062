/* What Python calls: the two precisions behind one face, arrays as untyped pointers.
 *
 * The binding has checked the arrays' types and shapes. What is left, the numbers in them that
 * say where to read, is checked here.
 */
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include "initial_weights.hpp"
#include "jacobian.hpp"
#include "loss_and_gradient.hpp"
#include "predict.hpp"
#include "trainer.hpp"

namespace sk_bp {

inline std::vector<std::string> activation_names() { return names<Activation>(); }
inline std::vector<std::string> loss_names() { return names<Loss>(); }
inline std::vector<std::string> output_names() { return names<Output>(); }

struct SamplesView {
    Offset n_samples = 0;
    Offset n_columns = 0;
    const void* dense = nullptr;
    const void* values = nullptr;
    const Index* columns = nullptr;
    const Offset* starts = nullptr;
    Offset n_entries = 0;  // that values and columns have room for
    double largest = 0;

    bool sparse() const { return starts != nullptr; }

    template <class T>
    Samples<T> as() const {
        return {n_samples, n_columns, static_cast<const T*>(dense), static_cast<const T*>(values),
                columns,   starts,    largest};
    }

    template <class T>
    std::unique_ptr<Input<T>> input() const {
        auto input = make_input<T>(sparse());
        input->take(as<T>());
        return input;
    }
};

struct TargetsView {
    const void* y = nullptr;
    Offset width = 1;
    const void* weight = nullptr;

    template <class T>
    Targets<T> as() const {
        return {static_cast<const T*>(y), width, static_cast<const T*>(weight)};
    }
};

/* Layer l has units[l] inputs and units[l + 1] outputs. */
struct NetworkView {
    std::vector<Offset> units;
    std::vector<Choice> activations;
    std::vector<void*> weights, biases;

    template <class T>
    Network<T> as() const {
        Network<T> network;
        for (std::size_t l = 0; l + 1 < units.size(); ++l)
            network.layers.push_back({units[l], units[l + 1], make<Activation>(activations[l]),
                                      static_cast<T*>(weights[l]), static_cast<T*>(biases[l])});
        return network;
    }
};

struct RuleView {
    Choice choice;
    std::vector<void*> slots;
    double* numbers = nullptr;
    Offset n_parameters = 0;
    UpdaterOptions options;
};

/* rates[l] is the probability that an input of layer l is left out. */
struct DropoutView {
    std::vector<double> rates;
    std::uint64_t seed = 0;

    std::vector<Dropout> of(const NetworkView& network) const {
        if (rates.size() + 1 != network.units.size())
            throw std::invalid_argument("dropout has one rate for each layer");
        std::vector<Dropout> dropouts;
        for (std::size_t l = 0; l < rates.size(); ++l) {
            if (!(rates[l] >= 0 && rates[l] < 1))
                throw std::invalid_argument("a dropout rate lies in [0, 1)");
            dropouts.emplace_back(rates[l], seed, l);
        }
        return dropouts;
    }
};

/* The loss, once it is certain that y is as wide as it reads it. */
inline Loss checked_loss(const Choice& choice, const NetworkView& network, Offset width) {
    const Loss loss = make<Loss>(choice);
    const Offset expected = target_width(loss, network.units.back());
    if (width != expected)
        throw std::invalid_argument("the loss " + choice.name + " needs y of width " +
                                    std::to_string(expected) + ", not " + std::to_string(width));
    return loss;
}

/* Every number lies in 0 .. n - 1. */
template <class Number>
void check_range(const Number* numbers, Offset count, Offset n, const char* message) {
    for (Offset i = 0; i < count; ++i)
        if (numbers[i] < 0 || Offset(numbers[i]) >= n) throw std::invalid_argument(message);
}

/* These rows of X (null: the first n) name entries that there are, in columns that there are. */
inline void check_rows(const SamplesView& X, const Offset* order, Offset n) {
    if (!X.sparse()) return;
    const auto check = [&](Offset first, Offset last) {
        if (first < 0 || last < first || last > X.n_entries)
            throw std::invalid_argument("indptr must ascend from 0 to the number of entries");
    };
    check(X.starts[0], X.starts[X.n_samples]);
    for (Offset i = 0; i < n; ++i) {
        const Offset row = order ? order[i] : i, first = X.starts[row], last = X.starts[row + 1];
        check(first, last);
        std::uint32_t largest = 0;  // a negative column counts as a large one
        for (Offset e = first; e < last; ++e)
            largest = std::max(largest, std::uint32_t(X.columns[e]));
        if (last > first && Offset(largest) >= X.n_columns)
            throw std::invalid_argument("a column index of the CSR matrix is out of range");
    }
}

/* Changed rows, as untyped pointers. */
struct ChangedRowsView {
    Offset n = 0;
    Index* columns = nullptr;
    Index* touches = nullptr;
    void* weights = nullptr;
    std::vector<void*> slots;
    bool relative = false;

    template <class T>
    ChangedRows<T> as() const {
        ChangedRows<T> rows{n, columns, touches, static_cast<T*>(weights), {}, relative};
        for (std::size_t i = 0; i < slots.size(); ++i) rows.slots[i] = static_cast<T*>(slots[i]);
        return rows;
    }
};

class AnyTrainer {
public:
    virtual ~AnyTrainer() = default;
    virtual Report run(const SamplesView&, const TargetsView&, const Plan&) = 0;
    virtual void catch_up() = 0;
    virtual void peek(const Index* columns, Offset n, void* rows) const = 0;
    virtual void add_to_average(void* average, double share) = 0;
    virtual bool caught_up() const = 0;
    virtual void start_round() = 0;
    virtual void advance(const Plan&) = 0;
    virtual Offset n_changed() = 0;
    virtual void read_changed(const ChangedRowsView&) = 0;
    virtual void undo_round() = 0;
    virtual void apply(const Plan&, const ChangedRowsView&) = 0;
    virtual Waiting waiting() = 0;
    virtual void wait(const Waiting&) = 0;
};

template <class T>
class TypedTrainer final : public AnyTrainer {
public:
    TypedTrainer(const NetworkView& network, const Choice& loss, const RuleView& rule, bool sparse,
                 const DropoutView& dropout)
        : network_(network),
          loss_(loss),
          trainer_(network.as<T>(), make<Loss>(loss), updater(network, rule, sparse), sparse,
                   dropout.of(network)) {}

    Report run(const SamplesView& X, const TargetsView& targets, const Plan& plan) override {
        checked_loss(loss_, network_, targets.width);
        if (plan.order)
            check_range(plan.order, plan.n_samples, X.n_samples,
                        "the order names a sample that X does not have");
        check_rows(X, plan.order, plan.n_samples);
        const std::lock_guard<std::mutex> lock(mutex_);
        return trainer_.run(X.as<T>(), targets.as<T>(), plan);
    }
    void catch_up() override {
        const std::lock_guard<std::mutex> lock(mutex_);
        trainer_.catch_up();
    }
    void peek(const Index* columns, Offset n, void* rows) const override {
        check_range(columns, n, network_.units[0], "there is no such column");
        const std::lock_guard<std::mutex> lock(mutex_);
        trainer_.peek(columns, n, static_cast<T*>(rows));
    }
    void add_to_average(void* average, double share) override {
        const std::lock_guard<std::mutex> lock(mutex_);
        trainer_.add_to_average(static_cast<T*>(average), share);
    }
    bool caught_up() const override {
        const std::lock_guard<std::mutex> lock(mutex_);
        return trainer_.caught_up();
    }
    void start_round() override {
        const std::lock_guard<std::mutex> lock(mutex_);
        trainer_.start_round();
    }
    void advance(const Plan& plan) override {
        const std::lock_guard<std::mutex> lock(mutex_);
        trainer_.advance(plan);
    }
    Offset n_changed() override {
        const std::lock_guard<std::mutex> lock(mutex_);
        return trainer_.updater().n_changed();
    }
    void read_changed(const ChangedRowsView& rows) override {
        const std::lock_guard<std::mutex> lock(mutex_);
        if (rows.n != trainer_.updater().n_changed())
            throw std::invalid_argument("the round has changed another number of rows");
        trainer_.read_changed(rows.as<T>());
    }
    void undo_round() override {
        const std::lock_guard<std::mutex> lock(mutex_);
        trainer_.updater().undo_round();
    }
    void apply(const Plan& plan, const ChangedRowsView& rows) override {
        check_range(rows.columns, rows.n, network_.units[0], "there is no such column");
        const std::lock_guard<std::mutex> lock(mutex_);
        trainer_.apply(plan, rows.as<T>());
    }
    Waiting waiting() override {
        const std::lock_guard<std::mutex> lock(mutex_);
        return trainer_.updater().waiting();
    }
    void wait(const Waiting& waiting) override {
        const std::lock_guard<std::mutex> lock(mutex_);
        trainer_.updater().wait(waiting);
    }

private:
    static std::unique_ptr<Updater<T>> updater(const NetworkView& network, const RuleView& rule,
                                               bool sparse) {
        Memory<T> memory;
        memory.parameters = static_cast<T*>(network.weights[0]);
        memory.n_rows = sparse ? network.units[0] : 0;
        memory.n_columns = network.units[0];
        memory.row_length = network.units[1];
        memory.numbers = rule.numbers;
        std::size_t n_slots = rule.slots.size();
        if (memory.numbers && n_slots > 0)
            memory.first = static_cast<T*>(rule.slots[--n_slots]);
        for (std::size_t i = 0; i < n_slots; ++i) memory.slots[i] = static_cast<T*>(rule.slots[i]);
        memory.n_parameters = rule.n_parameters;
        return make_updater<T>(rule.choice, memory, rule.options);
    }

    NetworkView network_;
    Choice loss_;
    Trainer<T> trainer_;
    mutable std::mutex mutex_;  // Python may call from several threads
};

class AnyLossAndGradient {
public:
    virtual ~AnyLossAndGradient() = default;
    virtual LossSum add(const SamplesView&, const TargetsView&, double scale, void* gradient) = 0;
};

template <class T>
class TypedLossAndGradient final : public AnyLossAndGradient {
public:
    TypedLossAndGradient(const NetworkView& network, const Choice& loss, bool sparse,
                         const DropoutView& dropout)
        : network_(network),
          loss_(loss),
          core_(network.as<T>(), make<Loss>(loss), sparse, dropout.of(network)) {}

    LossSum add(const SamplesView& X, const TargetsView& targets, double scale,
                void* gradient) override {
        checked_loss(loss_, network_, targets.width);
        check_rows(X, nullptr, X.n_samples);
        const std::lock_guard<std::mutex> lock(mutex_);
        return core_.add(X.as<T>(), targets.as<T>(), scale, static_cast<T*>(gradient));
    }

private:
    NetworkView network_;
    Choice loss_;
    LossAndGradient<T> core_;
    std::mutex mutex_;  // Python may call from several threads
};

inline std::unique_ptr<AnyTrainer> make_trainer(bool single, const NetworkView& network,
                                                const Choice& loss, const RuleView& rule,
                                                bool sparse, const DropoutView& dropout) {
    if (single) return std::make_unique<TypedTrainer<float>>(network, loss, rule, sparse, dropout);
    return std::make_unique<TypedTrainer<double>>(network, loss, rule, sparse, dropout);
}

inline std::unique_ptr<AnyLossAndGradient> make_loss_and_gradient(bool single,
                                                                  const NetworkView& network,
                                                                  const Choice& loss, bool sparse,
                                                                  const DropoutView& dropout) {
    if (single)
        return std::make_unique<TypedLossAndGradient<float>>(network, loss, sparse, dropout);
    return std::make_unique<TypedLossAndGradient<double>>(network, loss, sparse, dropout);
}

inline int count_slots(const Choice& rule) {
    return make_updater<double>(rule, Memory<double>{}, {})->n_slots();
}

inline int count_numbers(const Choice& rule) {
    return make_updater<double>(rule, Memory<double>{}, {})->n_numbers();
}

inline bool rule_drifts(const Choice& rule) {
    return make_updater<double>(rule, Memory<double>{}, {})->drifts();
}

inline void predict_any(bool single, const NetworkView& network, const SamplesView& X,
                        const Choice& output, void* result) {
    check_rows(X, nullptr, X.n_samples);
    if (single)
        predict(network.as<float>(), *X.input<float>(), make<Output>(output),
                static_cast<float*>(result));
    else
        predict(network.as<double>(), *X.input<double>(), make<Output>(output),
                static_cast<double*>(result));
}

inline void values_and_slopes_any(bool single, const Choice& activation, const void* z, Offset n,
                                  void* values, void* slopes) {
    FlushSubnormals flush;
    const Activation chosen = make<Activation>(activation);
    if (single)
        values_and_slopes(chosen, static_cast<const float*>(z), n, static_cast<float*>(values),
                          static_cast<float*>(slopes));
    else
        values_and_slopes(chosen, static_cast<const double*>(z), n, static_cast<double*>(values),
                          static_cast<double*>(slopes));
}

inline double total_loss_any(bool single, const NetworkView& network, const SamplesView& X,
                             const TargetsView& targets, const Choice& loss) {
    const Loss checked = checked_loss(loss, network, targets.width);
    check_rows(X, nullptr, X.n_samples);
    if (single)
        return total_loss(network.as<float>(), *X.input<float>(), targets.as<float>(), checked);
    return total_loss(network.as<double>(), *X.input<double>(), targets.as<double>(), checked);
}

/* In float64 only: what it serves, solving with J'J, squares the condition number. */
inline void jacobian_any(const NetworkView& network, const SamplesView& X, double* J,
                         double* outputs) {
    check_rows(X, nullptr, X.n_samples);
    jacobian(network.as<double>(), *X.input<double>(), J, outputs);
}

inline double largest_magnitude_any(bool single, const void* x, Offset n) {
    FlushSubnormals flush;
    return single ? double(largest_magnitude(static_cast<const float*>(x), n))
                  : largest_magnitude(static_cast<const double*>(x), n);
}

template <class T>
void draw_weights_as(std::uint64_t start, bool normal, double deviation, Offset first, Offset n,
                     void* weights) {
    const RandomWords words(start);
    if (normal)
        draw_weights(words, NormalPair(deviation), first, n, static_cast<T*>(weights));
    else
        draw_weights(words, UniformPair(deviation), first, n, static_cast<T*>(weights));
}

inline void draw_weights_any(bool single, std::uint64_t start, bool normal, double deviation,
                             Offset first, Offset n, void* weights) {
    if (single)
        draw_weights_as<float>(start, normal, deviation, first, n, weights);
    else
        draw_weights_as<double>(start, normal, deviation, first, n, weights);
}

}  // namespace sk_bp
