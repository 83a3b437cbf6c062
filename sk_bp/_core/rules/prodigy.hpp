/* Prodigy: Adam whose learning rate grows to the distance that the weights have to go. */
#pragma once

#include <cmath>

#include "adam_drift.hpp"
#include "rule.hpp"

namespace sk_bp {

/* State: m, v, s, and x0 beside them. With d the estimate of the distance, which never falls, m is kept in units of
 * d, v and s in units of d^2, d being that of the row's last step, so that neither vanishes in float32
 * where d is small. The numbers r, and S = sum |s| over all weights, are kept in units of d^2 too. */
template <class T>
class Prodigy {
public:
    explicit Prodigy(const Hyperparameters& h)
        : beta_1_(h.at("beta_1")),
          beta_2_(h.at("beta_2")),
          root_(std::sqrt(beta_2_)),
          first_(h.at("initial_distance")),
          growth_(h.at("coefficient")),
          drift_(beta_1_, beta_2_, epsilon) {}

    int n_slots() const { return 3; }
    std::array<double, most_slots> rest_ratios() const { return {beta_1_, beta_2_, root_}; }
    std::array<int, most_slots> unit_powers() const { return {1, 2, 2}; }
    bool drifts() const { return true; }  // x0 - w needs w up to date
    DriftTables drift_tables() const { return drift_.tables(); }

    /* What is kept beside the slots. The unit is the d of the last step. */
    enum Numbers { distance, unit, product, total };

    void start(double* numbers) const {
        numbers[distance] = numbers[unit] = first_;
        numbers[product] = numbers[total] = 0;
    }
    void begin(Step& step, const double* numbers) {
        const double c = step.eta * numbers[distance] * start_correction(beta_1_, beta_2_, step.t);
        eta_ = T(c);
        gain_s_ = (1 - root_) * step.eta;
        step.drift.fill(c);
    }
    void idle(Row<T> row, const IdleSteps& steps) const { drift_.idle(row, steps); }

    /* Adds to sums[0] the product of g and x0 - w, and to sums[1] what the step makes of |s|. */
    void step(Row<T> row, const T* SK_BP_RESTRICT x0, const T* SK_BP_RESTRICT g,
              const Rest<T>& rest, T decay, DistanceSums& sums) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT m = row.slot[0];
        T* SK_BP_RESTRICT v = row.slot[1];
        T* SK_BP_RESTRICT s = row.slot[2];
        const T keep_m = T(beta_1_) * rest[0], gain_m = T(1 - beta_1_);
        const T keep_v = T(beta_2_) * rest[1], gain_v = T(1 - beta_2_);
        const T keep_s = T(root_) * rest[2], gain_s = T(gain_s_);
        sums.add(row.n, [&](Offset j, double& along, double& growth) {
            along += double(g[j]) * (double(x0[j]) - double(w[j]));
            const T rested = keep_s * s[j];
            s[j] = rested + gain_s * g[j];
            growth += double(std::abs(s[j])) - double(std::abs(rested));
        });
        for (Offset j = 0; j < row.n; ++j) {
            m[j] = keep_m * m[j] + gain_m * g[j];
            v[j] = keep_v * v[j] + gain_v * g[j] * g[j];
            w[j] -= decay * w[j] + eta_ * m[j] / (std::sqrt(v[j]) + T(epsilon));
        }
    }

    void end(double* numbers, double along, double growth) const {
        const double d = numbers[distance], ratio = numbers[unit] / d;
        numbers[product] = root_ * ratio * ratio * numbers[product] + gain_s_ * along;
        numbers[total] = std::max(0.0, root_ * ratio * ratio * numbers[total] + growth);
        numbers[unit] = d;
        if (numbers[total] > 0)
            numbers[distance] = std::max(d, growth_ * numbers[product] / numbers[total]);
    }

private:
    // Keeps 0 / 0 at 0, and m small where v has vanished in T; no more, as it has no unit.
    static constexpr double epsilon = sizeof(T) == 4 ? 1e-15 : 1e-30;

    double beta_1_, beta_2_, root_, first_, growth_;
    double gain_s_ = 0;
    T eta_ = 0;
    AdamDrift<T> drift_;
};

template <class T>
inline constexpr int numbers_of<Prodigy<T>> = 4;

}  // namespace sk_bp
