"""Sockets and media of the live session. Sits on top of mediation; only mediation.app attaches it."""
