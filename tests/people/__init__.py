"""The person directory, contact data, protected pairs."""
