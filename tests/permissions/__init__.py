"""The table of permissions, walked: role by action by own or other organisation; and over every page."""
