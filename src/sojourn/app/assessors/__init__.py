"""Assessors over every trace: who looks, what they say, and what comes of it."""
