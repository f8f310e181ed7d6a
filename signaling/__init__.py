"""The socket edge: connections, commands, snapshots, placement of media."""
