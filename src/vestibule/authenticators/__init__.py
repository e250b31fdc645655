"""Authenticator apps (TOTP): setting one up, and checking its codes."""
