"""The hosts and people of the stories, and ready sites."""

from tests.ready_site.conftest import make_site as make_site
from tests.stories import ann as ann
from tests.stories import any_policy_host as any_policy_host
from tests.stories import host as host
from tests.stories import make as make
from tests.stories import newcomer as newcomer
from tests.stories import optional_host as optional_host
