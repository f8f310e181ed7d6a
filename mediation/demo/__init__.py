"""A believable story, told through the real functions, so that a newcomer has something to try."""
