"""The site under any WSGI server: ``vestibule.ready_site.wsgi:app``.

Configured by ``VESTIBULE_INSTANCE``, ``VESTIBULE_DATABASE`` and the other options in the
environment or the instance's config file.
"""

from vestibule.ready_site.options import read_options
from vestibule.ready_site.start import prepared_site

app = prepared_site(read_options({}))
