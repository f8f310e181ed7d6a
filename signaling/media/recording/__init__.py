"""Recording without transcoding: what one person publishes, as RTP, becomes sealed files of Matroska clusters.

Knows no engine: whoever has the packets of a person feeds a Recorder. What a sealed file looks like: docs/media.md.
"""
