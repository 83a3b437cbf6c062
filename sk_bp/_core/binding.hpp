/* What Python calls: the two precisions behind one face, arrays as untyped pointers.
 *
 * The binding has checked the arrays' types, shapes and structure.
 */
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "epoch.hpp"
#include "jacobian.hpp"
#include "predict.hpp"

namespace sk_bp {

struct SamplesView {
    Offset n_rows = 0;
    Offset n_columns = 0;
    const void* dense = nullptr;
    const void* values = nullptr;
    const Index* columns = nullptr;
    const Offset* starts = nullptr;

    template <class T>
    Samples<T> as() const {
        return {n_rows, n_columns, static_cast<const T*>(dense), static_cast<const T*>(values),
                columns, starts};
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
    std::vector<std::string> activations;
    std::vector<void*> weights, biases;

    template <class T>
    Network<T> as() const {
        Network<T> network;
        for (std::size_t l = 0; l + 1 < units.size(); ++l)
            network.layers.push_back({units[l], units[l + 1], activation_named(activations[l]),
                                      static_cast<T*>(weights[l]), static_cast<T*>(biases[l])});
        return network;
    }
};

struct RuleView {
    std::string name;
    Hyperparameters hyperparameters;
    void* target = nullptr;  // what the rule updates: the weights, or a sum of gradients
    std::vector<void*> slots;
    bool sparse = false;
    bool fresh = true;  // the slots are all zero
};

class AnyTrainer {
public:
    virtual ~AnyTrainer() = default;
    virtual Report run(const SamplesView&, const TargetsView&, const Plan&) = 0;
    virtual void settle() = 0;
    virtual void peek(const Index* columns, Offset n, void* rows) const = 0;
    virtual bool settled() const = 0;
};

template <class T>
class TypedTrainer final : public AnyTrainer {
public:
    TypedTrainer(const NetworkView& network, const std::string& loss, const RuleView& rule)
        : trainer_(network.as<T>(), loss_named(loss), updater(network, rule)) {}

    Report run(const SamplesView& X, const TargetsView& targets, const Plan& plan) override {
        return trainer_.run(X.as<T>(), targets.as<T>(), plan);
    }
    void settle() override { trainer_.settle(); }
    void peek(const Index* columns, Offset n, void* rows) const override {
        trainer_.peek(columns, n, static_cast<T*>(rows));
    }
    bool settled() const override { return trainer_.settled(); }

private:
    static std::unique_ptr<Updater<T>> updater(const NetworkView& network, const RuleView& rule) {
        Memory<T> memory;
        memory.parameters = static_cast<T*>(rule.target);
        memory.n_rows = rule.sparse ? network.units[0] : 0;
        memory.row_length = network.units[1];
        for (std::size_t i = 0; i < rule.slots.size(); ++i)
            memory.slots[i] = static_cast<T*>(rule.slots[i]);
        return make_updater<T>(rule.name, rule.hyperparameters, memory, rule.fresh);
    }

    Trainer<T> trainer_;
};

inline std::unique_ptr<AnyTrainer> make_trainer(bool single, const NetworkView& network,
                                                const std::string& loss, const RuleView& rule) {
    if (single) return std::make_unique<TypedTrainer<float>>(network, loss, rule);
    return std::make_unique<TypedTrainer<double>>(network, loss, rule);
}

inline int count_slots(const std::string& rule, const Hyperparameters& h) {
    return make_updater<double>(rule, h, Memory<double>{}, true)->n_slots();
}

inline void predict_any(bool single, const NetworkView& network, const SamplesView& X,
                        const std::string& output, void* result) {
    if (single)
        predict(network.as<float>(), X.as<float>(), output_named(output),
                static_cast<float*>(result));
    else
        predict(network.as<double>(), X.as<double>(), output_named(output),
                static_cast<double*>(result));
}

inline double total_loss_any(bool single, const NetworkView& network, const SamplesView& X,
                             const TargetsView& targets, const std::string& loss) {
    if (single)
        return total_loss(network.as<float>(), X.as<float>(), targets.as<float>(),
                          loss_named(loss));
    return total_loss(network.as<double>(), X.as<double>(), targets.as<double>(), loss_named(loss));
}

/* In float64 only: what it serves, solving with J'J, squares the condition number. */
inline void jacobian_any(const NetworkView& network, const SamplesView& X, double* J,
                         double* outputs) {
    jacobian(network.as<double>(), X.as<double>(), J, outputs);
}

inline double largest_magnitude_any(bool single, const void* x, Offset n) {
    FlushSubnormals flush;
    return single ? double(largest_magnitude(static_cast<const float*>(x), n))
                  : largest_magnitude(static_cast<const double*>(x), n);
}

}  // namespace sk_bp
