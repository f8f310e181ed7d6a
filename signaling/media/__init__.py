"""Media engines: the protocol in `engine`, the embedded forwarder in `sfu`."""
