"""The session while it is held: seats, rooms, caucus, consultation, chat, and what each viewer may see of it."""
