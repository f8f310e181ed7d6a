"""Accounts: logins, passwords, staff, the table of permissions."""
