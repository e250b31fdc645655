import click

from vestibule.cli.audit_commands import add_audit_commands
from vestibule.cli.helping import SiteGroup
from vestibule.cli.site_options import site_options
from vestibule.cli.site_place import open_site


@click.group(cls=SiteGroup)
def audit() -> None:
    """The log of events: seal, verify, export, purge."""


add_audit_commands(audit, open_site, site_options)
