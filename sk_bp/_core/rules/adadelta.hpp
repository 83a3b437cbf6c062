/* Adadelta: steps as large as the steps before, in the gradient's units. */
#pragma once

#include <cmath>

#include "rule.hpp"

namespace sk_bp {

/* State: the averages s of the squared gradients and d of the squared steps. */
template <class T>
class Adadelta {
public:
    explicit Adadelta(const Hyperparameters& h)
        : rho_(h.at("rho")), epsilon_(safe_epsilon<T>(h.at("epsilon"))) {}

    int n_slots() const { return 2; }
    std::array<double, most_slots> rest_ratios() const { return {rho_, rho_, 1}; }
    bool drifts() const { return false; }
    DriftTables drift_tables() const { return {}; }
    void begin(Step& step) { eta_ = T(step.eta); }
    void idle(Row<T>, const IdleSteps&) const {}
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT s = row.slot[0];
        T* SK_BP_RESTRICT d = row.slot[1];
        const T keep = T(rho_) * rest[0], rested = rest[1], rho = T(rho_), gain = T(1 - rho_);
        for (Offset j = 0; j < row.n; ++j) {
            s[j] = keep * s[j] + gain * g[j] * g[j];
            const T before = rested * d[j];
            const T delta = std::sqrt((before + epsilon_) / (s[j] + epsilon_)) * g[j];
            d[j] = rho * before + gain * delta * delta;
            w[j] -= decay * w[j] + eta_ * delta;
        }
    }

private:
    double rho_;
    T epsilon_, eta_ = 0;
};

}  // namespace sk_bp
