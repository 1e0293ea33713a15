"""Kinds of fields and ensembles, and named tableaus, one a file: each registers what a user's script would register."""
