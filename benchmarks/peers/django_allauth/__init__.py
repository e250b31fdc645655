"""Django with django-allauth and its app ``allauth.mfa``."""
