"""A stream of text in a million columns
=====================================

A stream of text, learned as it comes: 2^20 columns by hashing, one piece at a time.

HashingVectorizer needs no vocabulary, so the text never has to be in memory at once: each piece is
vectorized, scored by the network as it is, then learned by `partial_fit`. A call costs what the
entries of its piece cost, not what a million columns cost. The weights of the columns that do not
occur are brought up to date when somebody asks for them.
"""

from time import perf_counter

import numpy as np
from docstrings import load_docstrings
from example import read_options
from sklearn.feature_extraction.text import HashingVectorizer

from sk_bp import BPClassifier, RMSProp

N_COLUMNS, PIECE, N_PASSES = 2**20, 100, 3


def stream(n_passes, n_documents=None):
    """Yield pieces of documents and their modules, pass after pass."""
    texts, modules = load_docstrings()
    rng = np.random.default_rng(0)
    order = rng.permutation(len(texts))[:n_documents]
    for number in range(1, n_passes + 1):
        for first in range(0, len(order), PIECE):
            piece = order[first : first + PIECE]
            yield number, [texts[i] for i in piece], [modules[i] for i in piece]


def main(arguments=None):
    """Learn the stream, and print how well each piece was known before it was learned."""
    options = read_options(__doc__, arguments, picture=False)
    n_passes, n_documents = (2, 400) if options.short else (N_PASSES, None)
    classes = np.unique(load_docstrings()[1])
    vectorizer = HashingVectorizer(n_features=N_COLUMNS, ngram_range=(1, 2), dtype=np.float32)
    network = BPClassifier(
        50, optimizer=RMSProp(), learning_rate=0.03, batch_size=20, random_state=0
    )
    known, learning, entries = {}, [], []
    for number, texts, modules in stream(n_passes, n_documents):
        X = vectorizer.transform(texts)
        if network.__sklearn_is_fitted__():
            known.setdefault(number, []).extend(network.predict(X) == modules)
        start = perf_counter()
        network.partial_fit(X, modules, classes=classes)
        learning.append(perf_counter() - start)
        entries.append(X.nnz)
    print(
        f"{len(learning)} pieces of {PIECE} documents x {N_COLUMNS:,} columns, "
        f"{np.mean(entries):,.0f} entries each; {network.coefs_[0].size:,} first-layer weights"
    )
    for number, hits in known.items():
        print(f"pass {number}: {np.mean(hits):.3f} of the documents known before they were learned")
    print(
        f"first call {1000 * learning[0]:.0f} ms (it draws the weights), "
        f"then {1000 * np.median(learning[1:]):.1f} ms a call"
    )
    return {number: float(np.mean(hits)) for number, hits in known.items()}


if __name__ == "__main__":
    main()
