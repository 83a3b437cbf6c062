/* Initial weights: random numbers of mean 0, drawn in float for both precisions.
 *
 * Weights 2k and 2k + 1 of a layer are a function of its k-th random word, in plain arithmetic that
 * compilers turn into vector code. So they are the same for any number of threads and on any
 * processor.
 */
#pragma once

#include <cmath>

#include "blocks.hpp"
#include "exponential.hpp"
#include "random_words.hpp"
#include "threads.hpp"

namespace sk_bp {

/* Two random numbers of 32 random bits each. */
struct UniformPair {
    float scale;
    explicit UniformPair(double deviation)
        : scale(float(deviation * 1.73205080756887729353) * 0x1p-31f) {}

    void draw(std::int32_t low, std::int32_t high, float* two) const {
        two[0] = float(low) * scale;
        two[1] = float(high) * scale;
    }
};

/* Two independent normal numbers: a random point in the plane (Box & Muller 1958). One half of the
 * word tells its distance from the center, the other half its direction. */
struct NormalPair {
    float deviation;
    explicit NormalPair(double deviation) : deviation(float(deviation)) {}

    void draw(std::int32_t low, std::int32_t high, float* two) const {
        const float u = (float(std::uint32_t(low) >> 1) + 0.5f) * 0x1p-31f;  // in (0, 1]
        const float distance = deviation * std::sqrt(-2.0f * logarithm(u));
        const float angle = float(high & ~3) * 0x1.921fb6p-32f;  // from -pi / 4 to pi / 4
        const float x = cosine(angle), y = sine(angle);
        const float signed_distance = high & 1 ? -distance : distance;  // which quarter it is
        two[0] = signed_distance * (high & 2 ? y : x);
        two[1] = signed_distance * (high & 2 ? x : y);
    }

    /* log u for u > 0, not above 0 for u up to 1: u = 2^n m with m between sqrt(1/2) and sqrt(2),
     * and log m = 2 artanh((m - 1) / (m + 1)). */
    static float logarithm(float u) {
        constexpr std::int32_t bits_of_root_of_half = 0x3f3504f3;
        std::int32_t bits;
        std::memcpy(&bits, &u, sizeof bits);
        const std::int32_t n = (bits - bits_of_root_of_half) >> 23;
        bits -= n * (1 << 23);
        float m;
        std::memcpy(&m, &bits, sizeof m);
        const float s = (m - 1.0f) / (m + 1.0f);
        return float(n) * 0.693147181f + 2.0f * s * artanh_series(s * s);
    }

    /* Taylor polynomials, for up to pi / 4. */
    static float sine(float x) {
        const float q = x * x;
        return x *
               (1 + q * (-1.0f / 6 + q * (1.0f / 120 + q * (-1.0f / 5040 + q * (1.0f / 362880)))));
    }
    static float cosine(float x) {
        const float q = x * x;
        return 1 + q * (-0.5f + q * (1.0f / 24 + q * (-1.0f / 720 + q * (1.0f / 40320))));
    }
};

/* weights = the numbers first .. first + n - 1 of a layer; first is even. */
template <class Pair, class T>
void draw_pairs(const RandomWords& words, const Pair& pair, Offset first, Offset n, T* weights) {
    constexpr Offset size = 512;  // so few that they stay in the nearest cache
    std::int32_t low[size], high[size];
    float numbers[2 * size];
    for (Offset start = 0; start < n; start += 2 * size) {
        for (Offset k = 0; k < size; ++k) {
            const std::uint64_t word = words[(first + start) / 2 + k];
            low[k] = std::int32_t(RandomWords::low(word));
            high[k] = std::int32_t(RandomWords::high(word));
        }
        for (Offset k = 0; k < size; ++k) pair.draw(low[k], high[k], numbers + 2 * k);
        std::copy_n(numbers, std::min(2 * size, n - start), weights + start);
    }
}

/* The same in several threads. New memory is filled with zeros by the system, page by page, when it
 * is first written to; blocks are larger than huge pages, so that seldom two threads wait for the
 * same page. */
template <class Pair, class T>
void draw_weights(const RandomWords& words, const Pair& pair, Offset first, Offset n, T* weights) {
    constexpr Offset block_size = 1 << 20;
    constexpr double work_per_number = 8;
    const ThreadShare share;
    Team::run(share.threads(work_per_number * double(n)), [&](Team& team) {
        team.for_each_block(n_blocks(n, block_size), [&](Offset block, int) {
            const Offset start = block * block_size, size = std::min(block_size, n - start);
            draw_pairs(words, pair, first + start, size, weights + start);
        });
    });
}

}  // namespace sk_bp
