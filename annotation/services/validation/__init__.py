"""Validation by people: the protocol, its sample and plan, the people, and their answers."""
