"""Mails that tell an account what happened to it."""
