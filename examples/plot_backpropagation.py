"""Back-propagation by hand
========================

The forward pass, the loss, the backward pass and the update of a network with one hidden layer,
written out in NumPy, beside `BPRegressor` from the same initial weights. Plain gradient descent on
all samples at once makes the same steps in both, so that the losses agree to the last digits.
"""

import numpy as np
from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import scale

from sk_bp import SGD, BPRegressor

N_UNITS, RATE, N_EPOCHS = 8, 0.05, 200


def step_by_hand(X, y, coefs, intercepts):
    """One step of gradient descent, in place; returns the loss before it."""
    (W1, W2), (b1, b2) = coefs, intercepts
    # Forward: each layer is T(input W + b), the last without T.
    hidden = np.tanh(X @ W1 + b1)
    z = hidden @ W2 + b2
    # Loss: half the squared error, the mean over the samples.
    loss = 0.5 * np.mean((z - y) ** 2)
    # Backward: delta is the derivative of the loss by what goes into a layer's activation.
    delta2 = (z - y) / len(X)
    delta1 = (delta2 @ W2.T) * (1 - hidden**2)
    # Update: each gradient is (input of the layer)ᵀ delta.
    gradients = X.T @ delta1, hidden.T @ delta2, delta1.sum(axis=0), delta2.sum(axis=0)
    for parameters, gradient in zip((W1, W2, b1, b2), gradients, strict=True):
        parameters -= RATE * gradient
    return loss


def main(arguments=None):
    """Train by hand and by the package, print how far they are apart, and draw both losses."""
    options = read_options(__doc__, arguments)
    n_epochs = 20 if options.short else N_EPOCHS
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X), scale(y)[:, None]
    rng = np.random.default_rng(0)
    coefs = [rng.normal(0, 0.3, shape) for shape in ((X.shape[1], N_UNITS), (N_UNITS, 1))]
    intercepts = [np.zeros(N_UNITS), np.zeros(1)]
    model = BPRegressor(
        N_UNITS,
        "tanh",
        optimizer=SGD(momentum=0),
        learning_rate=RATE,
        batch_size=len(X),
        alpha=0,
        max_iter=n_epochs,
        tol=None,
        init=(coefs, intercepts),  # copied
    )
    model.fit(X, y.ravel())
    losses = np.array([step_by_hand(X, y, coefs, intercepts) for _ in range(n_epochs)])
    difference = np.abs(losses / model.loss_curve_ - 1).max()
    print(f"loss: first {losses[0]:.6f}, last {losses[-1]:.6f}")
    print(f"largest relative difference from BPRegressor: {difference:.1e}")

    figure, ax = pyplot.subplots(figsize=(7, 4.2), layout="constrained")
    epochs = np.arange(1, n_epochs + 1)
    ax.plot(epochs, model.loss_curve_, color="0.75", linewidth=6, label="BPRegressor")
    ax.plot(epochs, losses, "k--", linewidth=1.4, label="by hand, in NumPy")
    ax.set(xlabel="epoch", ylabel="half the squared error", title="Diabetes data, 8 tanh units")
    ax.grid(alpha=0.3)
    ax.legend()
    finish(figure, options)
    return {"losses": losses, "difference": difference}


if __name__ == "__main__":
    main()
