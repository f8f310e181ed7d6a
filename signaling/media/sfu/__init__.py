"""The embedded forwarder: one worker process that forwards encrypted media without decoding it."""
