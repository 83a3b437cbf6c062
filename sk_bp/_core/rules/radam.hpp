/* RAdam: Adam that waits until its average of squares can be trusted. */
#pragma once

#include <cmath>

#include "adam_drift.hpp"
#include "rule.hpp"

namespace sk_bp {

/* State: m, v. */
template <class T>
class RAdam {
public:
    explicit RAdam(const Hyperparameters& h)
        : beta_1_(h.at("beta_1")),
          beta_2_(h.at("beta_2")),
          epsilon_(safe_epsilon<T>(h.at("epsilon"))),
          drift_(beta_1_, beta_2_, h.at("epsilon")) {}

    int n_slots() const { return 2; }
    std::array<double, most_slots> rest_ratios() const { return {beta_1_, beta_2_, 1}; }
    bool drifts() const { return drift_.moves(); }
    DriftTables drift_tables() const {
        DriftTables tables = drift_.tables();
        if (drifts()) tables.push_back(falling_powers(beta_1_));  // of the steps along m itself
        return tables;
    }
    void begin(Step& step) {
        const double rectifier = rectifier_at(double(step.t));
        rectified_ = rectifier > 0;
        const double rectified =
            step.eta * rectifier * start_correction(beta_1_, beta_2_, step.t);
        const double plain = step.eta / (1 - std::pow(beta_1_, double(step.t)));
        eta_ = T(rectified_ ? rectified : plain);
        step.drift.fill(rectified);
        step.drift[along_m] = rectified_ ? 0 : plain;
    }
    void idle(Row<T> row, const IdleSteps& steps) const {
        drift_.idle(row, steps);
        if (steps.sums[along_m] != 0) move_along(row, row.slot[0], 0, steps.sums[along_m]);
    }
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T decay) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT m = row.slot[0];
        T* SK_BP_RESTRICT v = row.slot[1];
        const T keep_m = T(beta_1_) * rest[0], gain_m = T(1 - beta_1_);
        const T keep_v = T(beta_2_) * rest[1], gain_v = T(1 - beta_2_);
        for (Offset j = 0; j < row.n; ++j) {
            m[j] = keep_m * m[j] + gain_m * g[j];
            v[j] = keep_v * v[j] + gain_v * g[j] * g[j];
            const T scale = rectified_ ? std::sqrt(v[j]) + epsilon_ : T(1);
            w[j] -= decay * w[j] + eta_ * m[j] / scale;
        }
    }

private:
    static constexpr int along_m = AdamDrift<T>::n_moments;

    /* r_t, or 0 while the variance of the average of squares is unbounded. */
    double rectifier_at(double t) const {
        const double power = std::pow(beta_2_, t);
        const double longest = 2 / (1 - beta_2_) - 1;
        const double length = longest - 2 * t * power / (1 - power);
        if (length <= 4) return 0;
        return std::sqrt((length - 4) * (length - 2) * longest /
                         ((longest - 4) * (longest - 2) * length));
    }

    double beta_1_, beta_2_;
    T epsilon_, eta_ = 0;
    bool rectified_ = false;
    AdamDrift<T> drift_;
};

}  // namespace sk_bp
