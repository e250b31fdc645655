"""A second step that is set up in a terminal: a QR code of blocks, and the first code of the app.

All of it goes to the standard error: what a script keeps of a command holds no secret.
"""

import shutil
import sys
from typing import Any

import click

from vestibule.authenticators import enrolment
from vestibule.authenticators.enrolment import EnrolmentOver
from vestibule.authenticators.enrolment_uri import grouped, provisioning_uri, qr_terminal
from vestibule.authenticators.flows import WrongCode
from vestibule.authenticators.values import DEFAULT_NAME, MalformedCode, read_code
from vestibule.backup_codes.values import BackupCode
from vestibule.cli.account_place import actor
from vestibule.foundation.hashing_queue import Busy
from vestibule.foundation.services import Services
from vestibule.foundation.tokens import new_id
from vestibule.signin import enrolling
from vestibule.signin.enrolment_links import HasSecondStep
from vestibule.signin.errors import SigninOver, TooManyTries
from vestibule.signin.held import held
from vestibule.subjects.flows import ensure
from vestibule.web.request_state import origin_now
from vestibule.wiring import Installed


def show_secret(secret: str, account: str, issuer: str) -> None:
    """The secret to scan, and to type where no camera reads the screen."""
    picture = qr_terminal(provisioning_uri(secret, account, issuer))
    if _can_show(picture):
        click.echo(picture, err=True)
        click.echo("Scan it with your authenticator app, or type the key:", err=True)
    else:
        click.echo("This terminal cannot show the QR code. Type the key into your app:", err=True)
    click.echo(f"  {grouped(secret)}", err=True)


def set_up_here(installed: Installed, user: Any) -> None:
    """Ask until a code is right. Nothing stays of a set-up that is not finished."""
    services, users = installed.runtime.services, installed.users
    subject_id = ensure(services, users.key(user)).id
    with services.database.read() as connection:
        if held(connection, subject_id):
            click.echo("There is a second step already, which stays as it is.", err=True)
            return
    owner = new_id()
    secret = enrolment.offer(services, owner, subject_id, origin_now()).secret
    show_secret(secret, users.name(user), services.settings.issuer)
    try:
        codes = _confirmed(services, owner, subject_id)
    except (HasSecondStep, EnrolmentOver, SigninOver) as error:
        raise click.ClickException(
            "It took too long, or somebody changed the account meanwhile. Run the command again."
        ) from error
    except (TooManyTries, Busy) as error:
        raise click.ClickException(
            "Too many codes were not right, or the site is busy. Run the command again later."
        ) from error
    click.echo("The second step is set up. Backup codes, each good once, shown only now:", err=True)
    for code in codes:
        click.echo(f"  {code.shown}", err=True)
    click.echo("Write them down, then clear the terminal: key and codes stand above.", err=True)


def _confirmed(services: Services, owner: str, subject_id: str) -> tuple[BackupCode, ...]:
    while True:
        typed = click.prompt("The code that the app shows", err=True)
        try:
            code = read_code(typed)
            return enrolling.at_hand(
                services, owner, subject_id, code, DEFAULT_NAME, origin_now(), actor()
            )
        except MalformedCode:
            click.echo("A code has 6 digits.", err=True)
        except WrongCode:
            click.echo("That was not right. Compare the clocks, then try the next code.", err=True)


def _can_show(picture: str) -> bool:
    # Two escapes in each line take no room.
    width = len(click.unstyle(picture).partition("\n")[0])
    try:
        picture.encode(getattr(sys.stderr, "encoding", None) or "ascii")
    except UnicodeEncodeError:
        return False
    return not sys.stderr.isatty() or shutil.get_terminal_size().columns >= width
