"""Slow and plain truth in numpy, written apart from the package's kernels; the package never imports it."""
