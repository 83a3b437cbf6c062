/* What a call works on: samples, their targets, and which of them form a batch. */
#pragma once

#include "types.hpp"

namespace sk_bp {

/* Samples as the caller stores them: dense in C order, or CSR. */
template <class T>
struct Samples {
    Offset n_samples = 0;
    Offset n_columns = 0;
    const T* dense = nullptr;
    const T* values = nullptr;
    const Index* columns = nullptr;
    const Offset* starts = nullptr;
    double largest = 0;  // the largest |x|; read where steps are made
};

/* What the network should say of each sample, and how much each sample counts (null: 1 each).
 * A class of a softmax is one number a sample; the other losses have one number an output. */
template <class T>
struct Targets {
    const T* y = nullptr;
    Offset width = 1;
    const T* weight = nullptr;
};

/* `size` samples that stand one after the other in an order of all; null: as they lie. */
struct Batch {
    const Offset* order = nullptr;
    Offset first = 0;
    Offset size = 0;
    Offset step = 0;  // its number since training began

    /* The number of the sample at position i of the batch. */
    Offset operator()(Offset i) const { return order ? order[first + i] : first + i; }
    /* n samples of this batch from position i on. */
    Batch part(Offset i, Offset n) const { return {order, first + i, n, step}; }
};

}  // namespace sk_bp
