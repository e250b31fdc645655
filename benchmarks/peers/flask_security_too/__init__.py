"""Flask-Security-Too with its two-factor sign-in by an authenticator app."""
