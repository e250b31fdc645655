"""The application of these settings, and its people."""

import os
from typing import Any


def application(database: str) -> Any:
    _set_up(database)
    from django.core.wsgi import get_wsgi_application

    return get_wsgi_application()


def fill(database: str, people: list[dict[str, str]]) -> None:
    _set_up(database)
    import django

    django.setup()
    from allauth.account.models import EmailAddress
    from allauth.mfa.models import Authenticator
    from allauth.mfa.utils import encrypt
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import transaction

    call_command("migrate", verbosity=0)
    stored: dict[str, str] = {}
    with transaction.atomic():
        for person in people:
            password = person["password"]
            if password not in stored:
                stored[password] = make_password(password)
            email = f"{person['login']}@example.org"
            user = User.objects.create(
                username=person["login"], email=email, password=stored[password]
            )
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            Authenticator.objects.create(
                user=user,
                type=Authenticator.Type.TOTP,
                data={"secret": encrypt(person["secret"])},
            )


def _set_up(database: str) -> None:
    os.environ["BENCHMARK_DATABASE"] = database
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.peers.django_allauth.settings"
