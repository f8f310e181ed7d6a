"""The embedded forwarder: one worker process that forwards encrypted media without decoding it."""

from signaling.media.sfu.embedded import EmbeddedEngine, create_engine

__all__ = ["EmbeddedEngine", "create_engine"]
