"""VP8 from RTP (RFC 7741) into a file: as it is."""

from aiortc.codecs.vpx import vp8_depayload

from signaling.media.recording.codec import Frame

_START_CODE = b"\x9d\x01\x2a"


class Vp8:
    """See `Codec`."""

    name = "vp8"
    private = None

    def unpack(self, payload: bytes) -> bytes:
        """The payload without its descriptor."""
        return vp8_depayload(payload)

    def frame(self, whole: bytes) -> Frame:
        """A keyframe tells its size (RFC 6386 section 9.1)."""
        if len(whole) < 10 or whole[0] & 1 or whole[3:6] != _START_CODE:
            return Frame(whole, None)
        width, height = (int.from_bytes(whole[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return Frame(whole, (width, height))
