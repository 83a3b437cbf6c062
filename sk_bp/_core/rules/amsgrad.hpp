/* AMSGrad: Adam whose average of squares never falls. */
#pragma once

#include <cmath>

#include "rule.hpp"

namespace sk_bp {

/* State: m, v, the largest v so far. Idle steps let v fall, but not the largest. */
template <class T>
class AMSGrad {
public:
    explicit AMSGrad(const Hyperparameters& h)
        : beta_1_(h.at("beta_1")),
          beta_2_(h.at("beta_2")),
          epsilon_(safe_epsilon<T>(h.at("epsilon"))) {}

    int n_slots() const { return 3; }
    std::array<double, most_slots> rest_ratios() const { return {beta_1_, beta_2_, 1}; }
    bool drifts() const { return beta_1_ > 0; }
    DriftTables drift_tables() const {
        if (drifts()) return {falling_powers(beta_1_)};
        return {};
    }
    void begin(Step& step) {
        step.drift[0] = step.eta * start_correction(beta_1_, beta_2_, step.t);
        eta_ = T(step.drift[0]);
    }
    void idle(Row<T> row, const IdleSteps& steps) const {
        const T decay = T(steps.decay), drift = T(steps.sums[0]);
        T* SK_BP_RESTRICT w = row.w;
        const T* SK_BP_RESTRICT m = row.slot[0];
        const T* SK_BP_RESTRICT top = row.slot[2];
        for (Offset j = 0; j < row.n; ++j)
            w[j] -= decay * w[j] + drift * m[j] / (std::sqrt(top[j]) + epsilon_);
    }
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT m = row.slot[0];
        T* SK_BP_RESTRICT v = row.slot[1];
        T* SK_BP_RESTRICT top = row.slot[2];
        const T keep_m = T(beta_1_) * rest[0], gain_m = T(1 - beta_1_);
        const T keep_v = T(beta_2_) * rest[1], gain_v = T(1 - beta_2_);
        for (Offset j = 0; j < row.n; ++j) {
            m[j] = keep_m * m[j] + gain_m * g[j];
            v[j] = keep_v * v[j] + gain_v * g[j] * g[j];
            top[j] = v[j] > top[j] ? v[j] : top[j];
            w[j] -= decay * w[j] + eta_ * m[j] / (std::sqrt(top[j]) + epsilon_);
        }
    }

private:
    double beta_1_, beta_2_;
    T epsilon_, eta_ = 0;
};

}  // namespace sk_bp
