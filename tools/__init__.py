"""What a machine needs before the workstation runs; standard library only, as nothing is installed yet."""
