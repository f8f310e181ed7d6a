"""The journal: one chain, proved."""
