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

/* The mean number of entries of a row that a product has to read. */
template <class T>
double entries_per_row(const Samples<T>& X) {
    if (!X.sparse()) return double(X.n_columns);
    return double(X.starts[X.n_rows] - X.starts[0]) / double(std::max<Offset>(1, X.n_rows));
}

}  // namespace sk_bp
