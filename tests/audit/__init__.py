"""The journal as those read it who check."""
