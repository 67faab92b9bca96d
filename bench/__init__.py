"""Figures for docs/benchmarks.md: `python -m bench`, `python -m bench ingest`, …"""
