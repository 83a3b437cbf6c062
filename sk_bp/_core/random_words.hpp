/* Random bits that are a function of their number, not of those drawn before.
 *
 * So they are the same for any number of threads, in any order, and however training was
 * interrupted. The function is SplitMix64 (Steele, Lea & Flood 2014), whose n-th number can be
 * computed by itself.
 */
#pragma once

#include "types.hpp"

namespace sk_bp {

class RandomWords {
public:
    /* The words that follow this state of the generator. */
    explicit RandomWords(std::uint64_t start = 0) : start_(start) {}

    /* Words for a seed, however little one seed differs from another. */
    static RandomWords of_seed(std::uint64_t seed) { return RandomWords(mix(seed)); }

    /* The word of this number, 0, 1, ... */
    std::uint64_t operator[](Offset number) const {
        return mix(start_ + golden * (std::uint64_t(number) + 1));
    }

    /* Words for one of many things that are numbered. */
    RandomWords branch(Offset number) const { return RandomWords((*this)[number]); }

    /* The halves of a word, each 32 random bits. */
    static std::uint32_t low(std::uint64_t word) { return std::uint32_t(word); }
    static std::uint32_t high(std::uint64_t word) { return std::uint32_t(word >> 32); }

private:
    static constexpr std::uint64_t golden = 0x9e3779b97f4a7c15u;

    static std::uint64_t mix(std::uint64_t x) {
        x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
        x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
        return x ^ (x >> 31);
    }

    std::uint64_t start_;
};

}  // namespace sk_bp
