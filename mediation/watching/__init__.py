"""The live page: whoever is on duty sees every running session of the organisation, its trouble, and who takes care."""
