/* Adagrad: gradients by the root of the sum of their squares. */
#pragma once

#include <cmath>

#include "rule.hpp"

namespace sk_bp {

template <class T>
class Adagrad {
public:
    explicit Adagrad(const Hyperparameters& h) : epsilon_(safe_epsilon<T>(h.at("epsilon"))) {}

    int n_slots() const { return 1; }
    std::array<double, most_slots> rest_ratios() const { return {1, 1, 1}; }
    bool drifts() const { return false; }
    DriftTables drift_tables() const { return {}; }
    void begin(Step& step) { eta_ = T(step.eta); }
    void idle(Row<T>, const IdleSteps&) const {}
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>&, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT sum = row.slot[0];
        for (Offset j = 0; j < row.n; ++j) {
            sum[j] += g[j] * g[j];
            w[j] -= decay * w[j] + eta_ * g[j] / (std::sqrt(sum[j]) + epsilon_);
        }
    }

private:
    T epsilon_, eta_ = 0;
};

}  // namespace sk_bp
