/* The drift of Adam and its kin.
 *
 * An idle step h = a + k moves w by c_h beta_1^k m / (beta_2^(k/2) sqrt(v) + epsilon), which is
 * m omega_h / (sqrt(v) + epsilon x_k) with x_k = beta_2^(-k/2) and omega_h = c_h beta_1^k x_k. The x_k
 * that carry weight lie close together where beta_2 is close to 1, so that two quadrature nodes
 * replace the sum over h to rounding error. Where they do not, the sum is made term by term.
 */
#pragma once

#include <cmath>

#include "rule.hpp"

namespace sk_bp {

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

/* c_h is the first drift coefficient of step h; m and v are the first two slots of a row. */
template <class T>
class AdamDrift {
public:
    static constexpr int n_moments = 4;

    AdamDrift(double beta_1, double beta_2, double epsilon)
        : beta_1_(beta_1),
          beta_2_(beta_2),
          epsilon_(safe_epsilon<T>(epsilon)),
          window_(drift_window(beta_1 / std::sqrt(beta_2))),
          narrow_(1 - beta_2 <= widest_spread * (1 - beta_1)) {}

    bool moves() const { return window_ > 0; }

    /* The moments of the omega_h about 1; no sums where the terms are added one by one. */
    DriftTables tables() const {
        if (!moves()) return {};
        if (!narrow_) return DriftTables(n_moments);
        DriftTables tables(n_moments, std::vector<double>(window_));
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

    /* w <- P w - drift. */
    void idle(Row<T> row, const IdleSteps& steps) const {
        const T decay = T(steps.decay);
        T* SK_BP_RESTRICT w = row.w;
        const T* SK_BP_RESTRICT m = row.slot[0];
        const T* SK_BP_RESTRICT v = row.slot[1];
        if (!narrow_) {
            for (Offset j = 0; j < row.n; ++j) w[j] -= decay * w[j];
            term_by_term(row, steps);
            return;
        }
        const TwoNodes nodes(steps.sums);
        const T w1 = T(nodes.w1), w2 = T(nodes.w2);
        const T e1 = std::max(T(epsilon_ * nodes.x1), std::numeric_limits<T>::min());
        const T e2 = std::max(T(epsilon_ * nodes.x2), std::numeric_limits<T>::min());
        for (Offset j = 0; j < row.n; ++j) {
            const T root = std::sqrt(v[j]);
            w[j] -= decay * w[j] + m[j] * (w1 / (root + e1) + w2 / (root + e2));
        }
    }

private:
    // (1 - beta_2) / (1 - beta_1) says how far the x_k lie apart. At most, the error of the two nodes
    // is 2e-9 of the drift at 0.01, and 3e-5 at 0.1, which is enough in float32.
    static constexpr double widest_spread = sizeof(T) == 4 ? 0.1000001 : 0.0100001;

    void term_by_term(Row<T> row, const IdleSteps& steps) const {
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
    T epsilon_;
    Offset window_;
    bool narrow_;
};

/* sqrt(1 - beta_2^t) / (1 - beta_1^t), which corrects both averages for their start at zero. */
inline double start_correction(double beta_1, double beta_2, Offset t) {
    return std::sqrt(1 - std::pow(beta_2, double(t))) / (1 - std::pow(beta_1, double(t)));
}

}  // namespace sk_bp
