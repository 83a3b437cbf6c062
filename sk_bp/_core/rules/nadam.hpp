/* NAdam: Adam with Nesterov's momentum. */
#pragma once

#include <cmath>

#include "adam_drift.hpp"
#include "rule.hpp"

namespace sk_bp {

/* State: m, v. */
template <class T>
class NAdam {
public:
    explicit NAdam(const Hyperparameters& h)
        : beta_1_(h.at("beta_1")),
          beta_2_(h.at("beta_2")),
          epsilon_(safe_epsilon<T>(h.at("epsilon"))),
          momentum_decay_(h.at("momentum_decay")),
          drift_(beta_1_, beta_2_, h.at("epsilon")) {}

    int n_slots() const { return 2; }
    std::array<double, most_slots> rest_ratios() const { return {beta_1_, beta_2_, 1}; }
    bool drifts() const { return drift_.moves(); }
    DriftTables drift_tables() const { return drift_.tables(); }
    void begin(Step& step) {
        advance_to(step.t);
        const double c = step.eta * std::sqrt(1 - std::pow(beta_2_, double(step.t)));
        const double next = mu(step.t + 1);
        const double on_mean = c * next / (1 - product_ * next);
        along_m_ = T(on_mean);
        along_g_ = T(c * (1 - mu(step.t)) / (1 - product_));
        step.drift.fill(on_mean);
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
            const T direction = along_m_ * m[j] + along_g_ * g[j];
            w[j] -= decay * w[j] + direction / (std::sqrt(v[j]) + epsilon_);
        }
    }

private:
    double mu(Offset t) const {
        return beta_1_ * (1 - 0.5 * std::pow(0.96, double(t) * momentum_decay_));
    }

    /* product_ = mu_1 ... mu_t. */
    void advance_to(Offset t) {
        if (t < t_) {
            t_ = 0;
            product_ = 1;
        }
        while (t_ < t && product_ > 0) product_ *= mu(++t_);
        t_ = t;
    }

    double beta_1_, beta_2_;
    T epsilon_;
    double momentum_decay_;
    AdamDrift<T> drift_;
    Offset t_ = 0;
    double product_ = 1;
    T along_m_ = 0, along_g_ = 0;
};

}  // namespace sk_bp
