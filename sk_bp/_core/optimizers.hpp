/* The rules of the optimizers, each written once, for rows of weights.
 *
 * A rule says what one step with gradient g does to a row of weights w and to its state (at most
 * three arrays as long as the row), and what k idle steps (zero gradient) do to it. Dense layers are
 * rows with k = 0; the same code serves float32 and float64. A rule has
 *
 *     n_slots()          how many arrays of state it keeps
 *     rest_ratios()      what one idle step multiplies each of them by
 *     drifts()           whether idle steps do more to the weights than decay them
 *     drift_tables()     the functions f_j(k) of its drift, as far as the clock is to sum them
 *     begin(step)        what is the same for all rows of a step; fills step.drift, the c_j
 *     idle(row, steps)   for a rule that drifts: the weights after idle steps, the state still as of
 *                        the last update
 *     step(row, g, rest, shrink)
 *                        one step; rest[i] is rest_ratios()[i]^k, which brings the state up to date
 *                        on the way; shrink is 1 - p, p the decay factor applied before the update
 *
 * The recurrences and their sources stand in optimizers.py, in the same symbols.
 */
#pragma once

#include <array>
#include <cmath>
#include <map>
#include <string>

#include "idle.hpp"
#include "types.hpp"

namespace sk_bp {

using Hyperparameters = std::map<std::string, double>;

constexpr int most_slots = 3;

template <class T>
struct Row {
    T* w;
    std::array<T*, most_slots> slot;
    Offset n;
};

template <class T>
using Rest = std::array<T, most_slots>;

struct Step {
    Offset t;    // 1, 2, ... since the optimizer's state was made
    double eta;  // the learning rate of this step
    std::array<double, most_drift_sums> drift{};
};

/* Not below the smallest normal number, so that 0 / epsilon stays 0 where the row was never touched
 * and a smaller epsilon would have been rounded to zero. */
template <class T>
T safe_epsilon(double epsilon) {
    return std::max(T(epsilon), std::numeric_limits<T>::min());
}

/* r, r^2, ..., r^W. */
inline std::vector<double> falling_powers(double r) {
    std::vector<double> table(drift_window(r));
    for (std::size_t k = 0; k < table.size(); ++k) table[k] = std::pow(r, double(k + 1));
    return table;
}

template <class T>
class SGD {
public:
    explicit SGD(const Hyperparameters& h)
        : mu_(h.at("momentum")), gain_(T(1 - h.at("dampening"))), nesterov_(h.at("nesterov") != 0) {}

    int n_slots() const { return mu_ > 0 ? 1 : 0; }
    std::array<double, most_slots> rest_ratios() const { return {mu_, 1, 1}; }
    bool drifts() const { return mu_ > 0; }
    DriftTables drift_tables() const {
        if (drifts()) return {falling_powers(mu_)};
        return {};
    }
    void begin(Step& step) {
        eta_ = T(step.eta);
        step.drift[0] = step.eta * (nesterov_ ? mu_ : 1);
    }
    void idle(Row<T> row, const IdleSteps& steps) const {
        const T shrink = T(steps.shrink), drift = T(steps.sums[0]);
        T* SK_BP_RESTRICT w = row.w;
        const T* SK_BP_RESTRICT v = row.slot[0];
        for (Offset j = 0; j < row.n; ++j) w[j] -= shrink * w[j] + drift * v[j];
    }
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T shrink) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT v = row.slot[0];
        const T keep = T(mu_) * rest[0], mu = T(mu_);
        if (mu_ == 0) {
            for (Offset j = 0; j < row.n; ++j) w[j] -= shrink * w[j] + eta_ * g[j];
            return;
        }
        for (Offset j = 0; j < row.n; ++j) {
            v[j] = keep * v[j] + gain_ * g[j];
            const T direction = nesterov_ ? g[j] + mu * v[j] : v[j];
            w[j] -= shrink * w[j] + eta_ * direction;
        }
    }

private:
    double mu_;
    T gain_, eta_ = 0;
    bool nesterov_;
};

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
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>&, T shrink) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT sum = row.slot[0];
        for (Offset j = 0; j < row.n; ++j) {
            sum[j] += g[j] * g[j];
            w[j] -= shrink * w[j] + eta_ * g[j] / (std::sqrt(sum[j]) + epsilon_);
        }
    }

private:
    T epsilon_, eta_ = 0;
};

/* State: s, then the momentum buffer u if there is one, then the mean gradient if centered. */
template <class T>
class RMSProp {
public:
    explicit RMSProp(const Hyperparameters& h)
        : rho_(h.at("rho")),
          mu_(h.at("momentum")),
          epsilon_(safe_epsilon<T>(h.at("epsilon"))),
          centered_(h.at("centered") != 0),
          mean_slot_(mu_ > 0 ? 2 : 1) {}

    int n_slots() const { return 1 + (mu_ > 0) + centered_; }
    std::array<double, most_slots> rest_ratios() const {
        return {rho_, mu_ > 0 ? mu_ : rho_, rho_};
    }
    bool drifts() const { return mu_ > 0; }
    DriftTables drift_tables() const {
        if (drifts()) return {falling_powers(mu_)};
        return {};
    }
    void begin(Step& step) {
        eta_ = T(step.eta);
        step.drift[0] = step.eta;
    }
    void idle(Row<T> row, const IdleSteps& steps) const {
        const T shrink = T(steps.shrink), drift = T(steps.sums[0]);
        T* SK_BP_RESTRICT w = row.w;
        const T* SK_BP_RESTRICT u = row.slot[1];
        for (Offset j = 0; j < row.n; ++j) w[j] -= shrink * w[j] + drift * u[j];
    }
    void step(Row<T> row, const T* g, const Rest<T>& rest, T shrink) const {
        if (centered_)
            mu_ > 0 ? step<true, true>(row, g, rest, shrink) : step<true, false>(row, g, rest, shrink);
        else
            mu_ > 0 ? step<false, true>(row, g, rest, shrink)
                    : step<false, false>(row, g, rest, shrink);
    }

private:
    template <bool centered, bool momentum>
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T shrink) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT s = row.slot[0];
        T* SK_BP_RESTRICT u = row.slot[1];
        T* SK_BP_RESTRICT mean = row.slot[mean_slot_];
        const T rho = T(rho_) * rest[0], gain = T(1 - rho_), keep = T(mu_) * rest[1];
        for (Offset j = 0; j < row.n; ++j) {
            s[j] = rho * s[j] + gain * g[j] * g[j];
            T spread = s[j];
            if constexpr (centered) {
                mean[j] = rho * mean[j] + gain * g[j];
                spread -= mean[j] * mean[j];
                spread = spread < T(0) ? T(0) : spread;  // rounding may take it below
            }
            T direction = g[j] / std::sqrt(spread + epsilon_);
            if constexpr (momentum) direction = u[j] = keep * u[j] + direction;
            w[j] -= shrink * w[j] + eta_ * direction;
        }
    }

    double rho_, mu_;
    T epsilon_, eta_ = 0;
    bool centered_;
    int mean_slot_;
};

/* Two nodes and weights that integrate polynomials up to degree 3 as a measure does whose moments
 * about 1 are given (Gauss quadrature). */
struct TwoNodes {
    double w1 = 0, w2 = 0, x1 = 1, x2 = 1;

    explicit TwoNodes(const std::array<double, most_drift_sums>& moments) {
        if (moments[0] <= 0) return;
        const double mean = moments[1] / moments[0];
        const double variance = moments[2] / moments[0] - mean * mean;
        w1 = moments[0];
        x1 = x2 = 1 + mean;
        if (variance <= 1e-12 * mean * mean) return;  // one idle step, one node
        const double third =
            moments[3] / moments[0] - 3 * mean * moments[2] / moments[0] + 2 * mean * mean * mean;
        const double half = third / (2 * variance);
        const double root = std::sqrt(half * half + variance);
        const double low = half - root, high = half + root;
        w1 = moments[0] * high / (high - low);
        w2 = moments[0] - w1;
        x1 += low;
        x2 += high;
    }
};

/* State: m, v.
 *
 * An idle step h = a + k moves w by c_h beta_1^k m / (beta_2^(k/2) sqrt(v) + epsilon), which is
 * m omega_h / (sqrt(v) + epsilon x_k) with x_k = beta_2^(-k/2) and omega_h = c_h beta_1^k x_k. The x_k
 * that carry weight lie close together where beta_2 is close to 1, so that two quadrature nodes
 * replace the sum over h to rounding error. Where they do not, the sum is made term by term. */
template <class T>
class Adam {
public:
    explicit Adam(const Hyperparameters& h)
        : beta_1_(h.at("beta_1")),
          beta_2_(h.at("beta_2")),
          epsilon_(safe_epsilon<T>(h.at("epsilon"))),
          window_(drift_window(beta_1_ / std::sqrt(beta_2_))),
          narrow_(1 - beta_2_ <= widest_spread * (1 - beta_1_)) {}

    int n_slots() const { return 2; }
    std::array<double, most_slots> rest_ratios() const { return {beta_1_, beta_2_, 1}; }
    bool drifts() const { return window_ > 0; }
    DriftTables drift_tables() const {
        if (!narrow_ || !drifts()) return {};
        DriftTables tables(most_drift_sums, std::vector<double>(window_));
        for (Offset k = 1; k <= window_; ++k) {
            const double x = std::pow(beta_2_, -0.5 * double(k));
            double term = std::pow(beta_1_, double(k)) * x;
            for (auto& table : tables) {
                table[k - 1] = term;
                term *= x - 1;
            }
        }
        return tables;
    }
    void begin(Step& step) {
        const double t = double(step.t);
        const double c =
            step.eta * std::sqrt(1 - std::pow(beta_2_, t)) / (1 - std::pow(beta_1_, t));
        eta_ = T(c);
        step.drift.fill(c);
    }
    void idle(Row<T> row, const IdleSteps& steps) const {
        const T shrink = T(steps.shrink);
        T* SK_BP_RESTRICT w = row.w;
        const T* SK_BP_RESTRICT m = row.slot[0];
        const T* SK_BP_RESTRICT v = row.slot[1];
        if (!narrow_) {
            for (Offset j = 0; j < row.n; ++j) w[j] -= shrink * w[j];
            drift_term_by_term(row, steps);
            return;
        }
        const TwoNodes nodes(steps.sums);
        const T w1 = T(nodes.w1), w2 = T(nodes.w2);
        const T e1 = std::max(T(epsilon_ * nodes.x1), std::numeric_limits<T>::min());
        const T e2 = std::max(T(epsilon_ * nodes.x2), std::numeric_limits<T>::min());
        for (Offset j = 0; j < row.n; ++j) {
            const T root = std::sqrt(v[j]);
            w[j] -= shrink * w[j] + m[j] * (w1 / (root + e1) + w2 / (root + e2));
        }
    }
    void step(Row<T> row, const T* SK_BP_RESTRICT g, const Rest<T>& rest, T shrink) const {
        T* SK_BP_RESTRICT w = row.w;
        T* SK_BP_RESTRICT m = row.slot[0];
        T* SK_BP_RESTRICT v = row.slot[1];
        const T keep_m = T(beta_1_) * rest[0], gain_m = T(1 - beta_1_);
        const T keep_v = T(beta_2_) * rest[1], gain_v = T(1 - beta_2_);
        for (Offset j = 0; j < row.n; ++j) {
            m[j] = keep_m * m[j] + gain_m * g[j];
            v[j] = keep_v * v[j] + gain_v * g[j] * g[j];
            w[j] -= shrink * w[j] + eta_ * m[j] / (std::sqrt(v[j]) + epsilon_);
        }
    }

private:
    // (1 - beta_2) / (1 - beta_1) says how far the x_k lie apart. At most, the error of the two nodes
    // is 2e-9 of the drift at 0.01, and 3e-5 at 0.1, which is enough in float32.
    static constexpr double widest_spread = sizeof(T) == 4 ? 0.1000001 : 0.0100001;

    void drift_term_by_term(Row<T> row, const IdleSteps& steps) const {
        const T* SK_BP_RESTRICT m = row.slot[0];
        const T* SK_BP_RESTRICT v = row.slot[1];
        for (Offset k = 1; k <= std::min(steps.count, window_); ++k) {
            const Offset h = steps.last_update + k;
            const T factor = T(steps.clock->coefficient(h) * steps.clock->decay_after(h) *
                               std::pow(beta_1_, double(k)));
            const T fade = T(std::pow(beta_2_, 0.5 * double(k)));
            for (Offset j = 0; j < row.n; ++j)
                row.w[j] -= factor * m[j] / (fade * std::sqrt(v[j]) + epsilon_);
        }
    }

    double beta_1_, beta_2_;
    T epsilon_, eta_ = 0;
    Offset window_;
    bool narrow_;
};

/* Not an optimizer: the weights' place is taken by a sum of gradients. */
template <class T>
class GradientSum {
public:
    explicit GradientSum(const Hyperparameters&) {}
    int n_slots() const { return 0; }
    std::array<double, most_slots> rest_ratios() const { return {1, 1, 1}; }
    bool drifts() const { return false; }
    DriftTables drift_tables() const { return {}; }
    void begin(Step&) {}
    void idle(Row<T>, const IdleSteps&) const {}
    void step(Row<T> row, const T* g, const Rest<T>&, T) const {
        for (Offset j = 0; j < row.n; ++j) row.w[j] += g[j];
    }
};

}  // namespace sk_bp
