/* Dropout: the inputs of a layer that a step leaves out at random (Srivastava et al. 2014).
 *
 * Those that stay are divided by the probability of staying, so that nothing changes in prediction.
 * The random bits of a unit are a function of the seed, the layer, the step, the sample's place in
 * its batch and the unit's number. So they are the same for dense and sparse samples, for any
 * number of threads, and however training was interrupted.
 */
#pragma once

#include <cmath>

#include "random_words.hpp"

namespace sk_bp {

class Dropout {
public:
    /* Nothing is left out. */
    Dropout() = default;

    /* Each input of this layer is left out with probability `rate`, in [0, 1). */
    Dropout(double rate, std::uint64_t seed, std::uint64_t layer)
        : words_(RandomWords::of_seed(seed).branch(Offset(layer))),
          scale_(1 / (1 - rate)),
          most_(rate > 0 ? std::max<std::uint64_t>(1, std::uint64_t(std::llround(rate * 0x1p32)))
                         : 0) {}

    bool active() const { return most_ > 0; }
    /* What an input that stays is multiplied by. */
    double scale() const { return scale_; }

    /* What input `unit` of the sample at this place in the batch is multiplied by: 0 or scale. */
    template <class T>
    T mask(Offset step, Offset sample, Offset unit) const {
        const std::uint64_t word = words_.branch(step).branch(sample)[unit / 2];
        const bool kept = stays(unit % 2 ? RandomWords::high(word) : RandomWords::low(word));
        return kept ? T(scale_) : T(0);
    }

    /* masks = what its inputs 0 .. n - 1 are multiplied by. */
    template <class T>
    void fill(Offset step, Offset sample, Offset n, T* SK_BP_RESTRICT masks) const {
        const RandomWords words = words_.branch(step).branch(sample);
        const T keep[2] = {T(0), T(scale_)};
        for (Offset j = 0; j + 1 < n; j += 2) {
            const std::uint64_t word = words[j / 2];
            masks[j] = keep[stays(RandomWords::low(word))];
            masks[j + 1] = keep[stays(RandomWords::high(word))];
        }
        if (n % 2) masks[n - 1] = keep[stays(RandomWords::low(words[n / 2]))];
    }

private:
    bool stays(std::uint64_t bits) const { return bits >= most_; }

    RandomWords words_;
    double scale_ = 1;
    std::uint64_t most_ = 0;  // an input is left out where 32 random bits are below this
};

/* x (n numbers) is multiplied by masks. */
template <class T>
void multiply_by(T* SK_BP_RESTRICT x, const T* SK_BP_RESTRICT masks, Offset n) {
    for (Offset j = 0; j < n; ++j) x[j] *= masks[j];
}

}  // namespace sk_bp
