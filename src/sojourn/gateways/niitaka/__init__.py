"""Niitaka: sessions, events, signals, decisions, policies and experiments, as its SDK sends and reads them."""
