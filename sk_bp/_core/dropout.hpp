/* Dropout: the inputs of a layer that a step leaves out at random (Srivastava et al. 2014).
 *
 * Those that stay are divided by the probability of staying, so that nothing changes in prediction. The
 * random bits come from a counter, not from a sequence: those of a unit are a function of the seed, the
 * layer, the step, the sample's place in its batch and the unit's number. So they are the same for
 * dense and sparse samples, for any number of threads, and however training was interrupted. The
 * function is SplitMix64 (Steele, Lea & Flood 2014), whose n-th number can be computed by itself.
 */
#pragma once

#include <cmath>
#include <cstdint>

#include "types.hpp"

namespace sk_bp {

class Dropout {
public:
    /* Nothing is left out. */
    Dropout() = default;

    /* Each input of this layer is left out with probability `rate`, in [0, 1). */
    Dropout(double rate, std::uint64_t seed, std::uint64_t layer)
        : key_(mix(mix(seed) + golden * (layer + 1))),
          scale_(1 / (1 - rate)),
          most_(rate > 0 ? std::max<std::uint64_t>(1, std::uint64_t(std::llround(rate * 0x1p32)))
                         : 0) {}

    bool active() const { return most_ > 0; }
    /* What an input that stays is multiplied by. */
    double scale() const { return scale_; }

    /* What input `unit` of the sample at this place in the batch is multiplied by: 0 or scale. */
    template <class T>
    T mask(Offset step, Offset sample, Offset unit) const {
        const std::uint64_t bits = word(start(step, sample), unit / 2);
        return stays(unit % 2 ? bits >> 32 : bits & 0xffffffffu) ? T(scale_) : T(0);
    }

    /* masks = what its inputs 0 .. n - 1 are multiplied by. */
    template <class T>
    void fill(Offset step, Offset sample, Offset n, T* SK_BP_RESTRICT masks) const {
        const std::uint64_t first = start(step, sample);
        const T keep[2] = {T(0), T(scale_)};
        for (Offset j = 0; j + 1 < n; j += 2) {
            const std::uint64_t bits = word(first, j / 2);
            masks[j] = keep[stays(bits & 0xffffffffu)];
            masks[j + 1] = keep[stays(bits >> 32)];
        }
        if (n % 2) masks[n - 1] = keep[stays(word(first, n / 2) & 0xffffffffu)];
    }

private:
    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;

    static std::uint64_t mix(std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
        return x ^ (x >> 31);
    }

    std::uint64_t start(Offset step, Offset sample) const {
        return mix(mix(key_ + golden * std::uint64_t(step + 1)) + golden * std::uint64_t(sample + 1));
    }
    static std::uint64_t word(std::uint64_t start, Offset number) {
        return mix(start + golden * std::uint64_t(number + 1));
    }
    bool stays(std::uint64_t bits) const { return bits >= most_; }

    std::uint64_t key_ = 0;
    double scale_ = 1;
    std::uint64_t most_ = 0;  // an input is left out where 32 random bits are below this
};

/* x (n numbers) is multiplied by masks. */
template <class T>
void multiply_by(T* SK_BP_RESTRICT x, const T* SK_BP_RESTRICT masks, Offset n) {
    for (Offset j = 0; j < n; ++j) x[j] *= masks[j];
}

}  // namespace sk_bp
