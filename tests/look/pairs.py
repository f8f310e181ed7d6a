"""Which colours meet: (front, ground, least contrast). Text needs 4.5, shapes and borders of controls 3 (WCAG 2.2, 1.4.3 and 1.4.11)."""

TEXT, SHAPE = 4.5, 3.0

# Measured when the colours were chosen; a changed token has to keep them.
PROMISED = [
    ("ink", "paper", 14.4),
    ("ink", "card", 15.8),
    ("ink", "sunk", 13.2),
    ("ink", "pine-wash", 13.4),
    ("ink", "straw", 13.8),
    ("soft", "paper", 7.0),
    ("soft", "card", 7.7),
    ("soft", "sunk", 6.4),
    ("edge", "paper", 4.0),
    ("edge", "card", 4.4),
    ("edge", "sunk", 3.7),
    ("pine", "paper", 7.3),
    ("pine", "pine-wash", 6.8),
    ("white", "pine", 8.1),
    ("white", "pine-deep", 11.8),
    ("side-a", "card", 8.0),
    ("side-a", "side-a-wash", 6.8),
    ("side-b", "card", 6.9),
    ("side-b", "side-b-wash", 5.8),
    ("side-n", "card", 7.1),
    ("side-n", "side-n-wash", 6.1),
    ("rouge", "card", 8.2),
    ("rouge", "rouge-wash", 7.0),
    ("signal", "room", 11.8),
    ("room-text", "room", 14.9),
    ("room-text", "room-2", 11.9),
    ("room-soft", "room", 9.2),
    ("room-soft", "room-2", 7.4),
]

_WASHES = ["pine-wash", "side-a-wash", "side-b-wash", "side-n-wash", "rouge-wash", "straw", "straw-wash"]

PAIRS = [
    *PROMISED,
    *[("ink", wash, TEXT) for wash in _WASHES],
    *[("soft", wash, 6.4) for wash in _WASHES],
    ("pine", "card", TEXT),
    ("pine", "straw-wash", TEXT),
    ("pine-deep", "card", TEXT),
    ("pine-deep", "paper", TEXT),
    ("pine-deep", "pine-wash", TEXT),
    ("rouge", "paper", TEXT),
    ("white", "ink", TEXT),
    ("signal", "room-2", TEXT),
    ("room-rouge", "room", TEXT),
    ("room-rouge", "room-2", TEXT),
    ("ink", "room-text", TEXT),
    ("room-a", "room-2", 5.7),
    ("room-b", "room-2", 5.7),
    ("room-a", "room", 5.7),
    ("room-b", "room", 5.7),
    ("room-edge", "room", SHAPE),
    ("room-edge", "room-2", SHAPE),
    ("edge", "pine-wash", SHAPE),
    ("edge", "straw", SHAPE),
    ("side-n", "paper", SHAPE),
    ("side-a", "paper", SHAPE),
    ("side-b", "paper", SHAPE),
    ("ink", "signal", SHAPE),
]

# Hairlines between rows; nothing depends on seeing them.
DECORATION = {"line"}
