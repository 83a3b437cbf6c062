"""Vanishing gradients
===================

Vanishing gradients: ten logistic layers do not learn, ten relu layers with He's weights do.

The slope of the logistic function is at most 1/4, and the error carried back is multiplied by it
layer after layer: little of it reaches the first ones. relu passes it on, and He's initial weights
are so large that neither the values nor the errors shrink on their way.
"""

from example import finish, read_options
from matplotlib import pyplot
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from sk_bp import BPClassifier
from sk_bp.inspection import GradientFlowDisplay, LossCurveDisplay, gradient_report

N_LAYERS, N_UNITS, N_EPOCHS = 10, 50, 30
NETWORKS = {
    "logistic, Glorot": {"activation": "logistic", "init": "glorot_uniform"},
    "tanh, Glorot": {"activation": "tanh", "init": "glorot_uniform"},
    "relu, He": {"activation": "relu", "init": "he_uniform"},
}


def main(arguments=None):
    """Train three deep networks, print what the report says of each, and draw."""
    options = read_options(__doc__, arguments)
    X, y = load_digits(return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    scaler = StandardScaler().fit(X_train)
    X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4.4), layout="constrained")
    models, figures = {}, {}
    for name, params in NETWORKS.items():
        model = BPClassifier(
            (N_UNITS,) * N_LAYERS,
            optimizer="sgd",
            batch_size=32,
            tol=None,
            random_state=0,
            **params,
        )
        model.set_params(max_iter=1, learning_rate=1e-12).fit(X_train, y_train)  # as it begins
        GradientFlowDisplay.from_estimator(model, X_train, y_train, name=name, ax=left)
        report = gradient_report(model, X_train, y_train)
        ratio = report.layers[0].gradient_norm / report.layers[-1].gradient_norm
        model.set_params(max_iter=8 if options.short else N_EPOCHS, learning_rate=0.01)
        models[name] = model.fit(X_train, y_train)
        accuracy = model.score(X_test, y_test)
        print(f"{name}: accuracy {accuracy:.3f}; first layer's gradient / last's {ratio:.1e}")
        print(f"   at the start: {report.diagnosis[0]}")
        figures[name] = {"accuracy": accuracy, "ratio": ratio, "diagnosis": report.diagnosis}
    LossCurveDisplay.from_estimators(models, ax=right)
    left.set_title(f"{N_LAYERS} hidden layers and the output, before training")
    right.set_title("Training")
    right.set_ylabel("training loss")
    for ax in (left, right):
        ax.grid(alpha=0.3)
    finish(figure, options)
    return figures


if __name__ == "__main__":
    main()
