"""What every test needs before scipy and scikit-learn are imported."""

import os

# scikit-learn's checks of array API support skip themselves without it.
os.environ["SCIPY_ARRAY_API"] = "1"
# No screen is needed to draw.
os.environ["MPLBACKEND"] = "Agg"
