"""``vestibule purge``: of a ready site."""

import click

from vestibule.cli.helping import SiteGroup
from vestibule.cli.purge_command import add_purge_command
from vestibule.cli.site_options import site_options
from vestibule.cli.site_place import open_site


@click.group(cls=SiteGroup)
def _purging() -> None:
    pass


add_purge_command(_purging, open_site, site_options)
purge = _purging.commands["purge"]
