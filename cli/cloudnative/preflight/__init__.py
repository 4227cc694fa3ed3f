"""Preflight: what would make a run fail is found before anything is written, all of it at once."""
