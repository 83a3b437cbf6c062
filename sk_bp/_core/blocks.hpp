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

/* What the entries of a row of X cost on the way into the first layer, in multiply-adds for each unit
 * there, `units` of them. A stored entry of a sparse row leads to weights that are likely not in the
 * cache, and waiting for them counts too. */
template <class T>
double input_work(const Samples<T>& X, Offset units) {
    constexpr double wait = 200;
    if (!X.sparse()) return double(X.n_columns) * double(units);
    const double n_entries = double(X.starts[X.n_rows] - X.starts[0]);
    return n_entries / double(std::max<Offset>(1, X.n_rows)) * (double(units) + wait);
}

}  // namespace sk_bp
