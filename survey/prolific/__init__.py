"""Prolific: its API, its news, its files, and what may be decided about its submissions."""
