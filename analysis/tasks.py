"""Doorways for background work of this app."""
