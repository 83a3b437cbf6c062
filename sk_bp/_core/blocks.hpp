/* How work is cut into blocks. */
#pragma once

#include "types.hpp"

namespace sk_bp {

inline Offset n_blocks(Offset n, Offset size) { return (n + size - 1) / size; }

/* The size of blocks of about `size` (at most 4 / 3 of it) into which n is cut so that they are
 * equally large, and so many that 2, and often 4, threads have the same number of them. */
inline Offset even_block(Offset n, Offset size) {
    if (3 * n <= 4 * size) return n;
    Offset blocks = 2;
    while (3 * n > 4 * size * blocks) blocks += 2;
    return n_blocks(n, blocks);
}

/* How many weight rows of a layer are a block: their gradient stays in the cache, and two threads
 * share all but small layers. */
inline Offset weight_rows_per_block(Offset n_in, Offset n_out) {
    constexpr Offset preferred_weights = 1 << 17, smallest_split = 1 << 12;
    const bool split = n_in > 1 && n_in * n_out >= smallest_split;
    const Offset most = split ? n_blocks(n_in, 2) : n_in;
    return std::min(most, even_block(n_in, std::max<Offset>(1, preferred_weights / n_out)));
}

}  // namespace sk_bp
