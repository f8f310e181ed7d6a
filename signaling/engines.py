"""Which media engine this installation runs on."""

from mediation.config import Settings
from mediation.errors import CannotStart
from signaling.media import janus, sfu
from signaling.media.engine import EngineDown, MediaEngine, OnEvent


async def start_engine(settings: Settings, on_event: OnEvent) -> MediaEngine:
    """The engine that the settings name, started. Raises CannotStart."""
    if settings.media_engine == "janus":
        return await janus.create_engine(
            settings.janus_urls, settings.janus_api_secret, settings.janus_admin_secret, on_event
        )
    first, count = settings.media_port, settings.media_workers
    try:
        return await sfu.create_engine(settings.media_host, first, on_event, count)
    except EngineDown as down:
        ports = f"UDP port {first}" if count == 1 else f"UDP ports {first} to {first + count - 1}"
        raise CannotStart(f"Media can't use {ports}: {down}. Set MEDIA_PORT to another one.") from None
