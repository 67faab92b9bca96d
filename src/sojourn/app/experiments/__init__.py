"""Experiments: which variant a session runs with, and how the variants compare."""
