"""The figures of `GET /metrics`. Labels are fixed words: never an id, a name, an address or a path that somebody typed."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


class Measures:
    """All figures of one application, each named once; docs/operations.md lists them."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.sessions_live = Gauge("mediation_sessions_live", "Sessions that are being held.", registry=registry)
        self.participants_connected = Gauge(
            "mediation_participants_connected", "People whose page is connected.", registry=registry
        )
        self.outbox_messages = Gauge("mediation_outbox_messages", "Messages that should have left.", registry=registry)
        self.outbox_age = Gauge(
            "mediation_outbox_age_seconds", "For how long the oldest of them has been waiting.", registry=registry
        )
        self.requests = Histogram(
            "mediation_request_seconds", "How long requests took, by route.", ("method", "route", "status"),
            buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self.commands = Counter(
            "mediation_commands", "Commands of sockets; a refusal is no failure.", ("command", "result"),
            registry=registry,
        )  # fmt: skip
        self.database_errors = Counter(
            "mediation_database_errors", "What the database refused, by kind of error.", ("kind",), registry=registry
        )
        self.media_packets = Counter(
            "mediation_media_packets", "RTP packets received and sent.", ("engine", "direction"), registry=registry
        )
        self.media_bytes = Counter(
            "mediation_media_bytes", "Bytes of these packets.", ("engine", "direction"), registry=registry
        )
        self.media_lost = Counter(
            "mediation_media_lost_packets", "Sent packets that browsers reported as lost, estimated.", ("engine",),
            registry=registry,
        )  # fmt: skip
        self.engine_restarts = Counter(
            "mediation_engine_restarts", "Media workers that died and were replaced.", ("engine",), registry=registry
        )
