"""What ``django-admin startproject`` writes, and what allauth's installation page adds."""

import os
from typing import Any
from urllib.parse import parse_qsl, urlsplit


def _database(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        found: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": parts.path[1:]}
    else:
        host = dict(parse_qsl(parts.query)).get("host", parts.hostname)
        found = {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path[1:],
            "USER": parts.username or "",
            "PASSWORD": parts.password or "",
            "HOST": host or "",
            "PORT": str(parts.port or ""),
        }
    # Kept connections, as everywhere else in this benchmark; Django's default is a new one each.
    return found | {"CONN_MAX_AGE": None}


SECRET_KEY = "of a benchmark, and no secret"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
ROOT_URLCONF = "benchmarks.peers.django_allauth.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [os.path.join(os.path.dirname(__file__), "templates")],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": _database(os.environ["BENCHMARK_DATABASE"])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
# The same argon2id as everywhere.
PASSWORD_HASHERS = ["benchmarks.peers.django_allauth.hashing.SameArgon2"]
LOGIN_REDIRECT_URL = "/dashboard"
ACCOUNT_EMAIL_VERIFICATION = "none"
# Everybody comes from one address here.
ACCOUNT_RATE_LIMITS = {"login": None}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
# One step before and after, as everywhere.
MFA_TOTP_TOLERANCE = 1
