/* Adam; AdamW has the same rule. */
#pragma once

#include <cmath>

#include "adam_drift.hpp"
#include "rule.hpp"

namespace sk_bp {

/* State: m, v. */
template <class T>
class Adam {
public:
    explicit Adam(const Hyperparameters& h)
        : beta_1_(h.at("beta_1")),
          beta_2_(h.at("beta_2")),
          epsilon_(safe_epsilon<T>(h.at("epsilon"))),
          drift_(beta_1_, beta_2_, h.at("epsilon")) {}

    int n_slots() const { return 2; }
    std::array<double, most_slots> rest_ratios() const { return {beta_1_, beta_2_, 1}; }
    bool drifts() const { return drift_.moves(); }
    DriftTables drift_tables() const { return drift_.tables(); }
    void begin(Step& step) {
        const double c = step.eta * start_correction(beta_1_, beta_2_, step.t);
        eta_ = T(c);
        step.drift.fill(c);
    }
    void idle(Row<T> row, const IdleSteps& steps) const { drift_.idle(row, steps); }
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT m = row.slot[0];
        T* SK_BP_RESTRICT v = row.slot[1];
        const T keep_m = T(beta_1_) * rest[0], gain_m = T(1 - beta_1_);
        const T keep_v = T(beta_2_) * rest[1], gain_v = T(1 - beta_2_);
        for (Offset j = 0; j < row.n; ++j) {
            m[j] = keep_m * m[j] + gain_m * g[j];
            v[j] = keep_v * v[j] + gain_v * g[j] * g[j];
            w[j] -= decay * w[j] + eta_ * m[j] / (std::sqrt(v[j]) + epsilon_);
        }
    }

private:
    double beta_1_, beta_2_;
    T epsilon_, eta_ = 0;
    AdamDrift<T> drift_;
};

}  // namespace sk_bp
