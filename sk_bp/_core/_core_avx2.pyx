# distutils: language = c++
# cython: language_level=3, boundscheck=False, wraparound=False
include "_core.pyx"
