"""Backup codes: for the day when the phone is lost or empty."""
