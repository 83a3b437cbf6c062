/* Losses: what the outputs z of a sample cost, and the derivative with respect to z.
 *
 * Each takes the raw outputs, before the output activation: the loss and that activation are one
 * formula, which neither overflows nor cancels. Adding one: a struct in a file of losses/, its name in
 * Loss, a class in sk_bp/losses/. A loss has
 *
 *     target_width(n)   how many numbers of y a sample has, for n outputs
 *     row(z, y, n)      turns z into d loss / d z, and returns the loss
 */
#pragma once

#include "losses/deviances.hpp"
#include "losses/errors.hpp"
#include "losses/hinges.hpp"
#include "losses/log_losses.hpp"
#include "registry.hpp"
#include "samples.hpp"
#include "types.hpp"

namespace sk_bp {

using Loss = std::variant<SquaredError, AbsoluteError, Huber, LogCosh, Pinball, Poisson, Gamma, Tweedie,
                          BinaryLogLoss, CategoricalLogLoss, BinaryFocal, CategoricalFocal, Hinge,
                          OneVersusRest<Hinge>, SquaredHinge, OneVersusRest<SquaredHinge>>;

template <>
inline constexpr const char* kind_of<Loss> = "loss";

inline Offset target_width(const Loss& loss, Offset n_outputs) {
    return std::visit([&](const auto& f) { return f.target_width(n_outputs); }, loss);
}

/* z, the outputs (n a sample) of a batch or a part of one, becomes scale * weight * d loss / d z;
 * returns the weighted sum of the losses. */
template <class T>
double loss_and_delta(const Loss& loss, T* z, const Targets<T>& targets, const Batch& batch,
                      double scale, Offset n) {
    return std::visit(
        [&](auto f) {
            CompensatedSum sum;
            for (Offset i = 0; i < batch.size; ++i, z += n) {
                const Offset k = batch(i);
                const double weight = targets.weight ? double(targets.weight[k]) : 1.0;
                sum.add(weight * f.row(z, targets.y + k * targets.width, n));
                const T factor = T(scale * weight);
                for (Offset j = 0; j < n; ++j) z[j] *= factor;
            }
            return sum.total();
        },
        loss);
}

}  // namespace sk_bp
