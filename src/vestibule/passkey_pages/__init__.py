"""The pages of passkeys: added, listed, and signed in with."""
