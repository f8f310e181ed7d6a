"""Fixtures for the real services that tests use: a database server, a browser, command-line readers."""
