"""Passkeys (WebAuthn): a key pair per site, which no page of another site can use."""
