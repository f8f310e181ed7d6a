"""Janus VideoRoom as the media engine of large installations."""

from signaling.media.janus.engine import JanusEngine, create_engine

__all__ = ["JanusEngine", "create_engine"]
