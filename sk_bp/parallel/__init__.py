"""Training on parts of the data at a time, in rounds: what is the same on every engine.

docs/distributed.md says how a round works. Nothing here knows Dask.
"""
