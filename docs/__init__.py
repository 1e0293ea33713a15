"""The documentation site and what builds it."""
