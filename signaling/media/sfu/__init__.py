"""The embedded forwarder: one worker process that forwards encrypted media without decoding it."""

from signaling.media.sfu import compiled

compiled.use(__path__)  # before any of its modules is imported

from signaling.media.sfu.embedded import EmbeddedEngine, create_engine  # noqa: E402

__all__ = ["EmbeddedEngine", "create_engine"]
