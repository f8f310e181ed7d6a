"""Which media engine this installation runs on."""

from mediation.config import Settings
from signaling.media import janus, sfu
from signaling.media.engine import MediaEngine, OnEvent


async def start_engine(settings: Settings, on_event: OnEvent) -> MediaEngine:
    """The engine that the settings name, started."""
    if settings.media_engine == "janus":
        return await janus.create_engine(
            settings.janus_urls, settings.janus_api_secret, settings.janus_admin_secret, on_event
        )
    return await sfu.create_engine(settings.media_host, settings.media_port, on_event, settings.media_workers)
