"""The journal as those read it who check: who did what, when, and that nothing was rewritten."""
