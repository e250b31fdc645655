"""A canary in every field, to every address, from every kind of visitor, right or wrong there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from werkzeug.routing import Map

from tests.promises.canaries.life import Life
from tests.support.pages import Page
from tests.support.person import Person
from vestibule.web.forms import Form

SECRET, OPEN, ADDRESS = "SecretCanary", "OpenCanary", "AddressCanary"
SECRET_FIELDS = {
    *(
        "password",
        "current_password",
        "totp_code",
        "backup_code",
        "sheet",
        "kept",
        "token",
        "credential",
    ),
}
COSTLY = {"/logout", "/verify-2fa/cancel", "/static"}


def names_of_fields() -> set[str]:
    """Of every form that there is in the product."""
    found, forms = {"token", "session"}, [Form]
    for form in forms:
        forms += form.__subclasses__()
        found |= {name for name in dir(form) if type(getattr(form, name)).__name__ == _UNBOUND}
    return found


_UNBOUND = "UnboundField"


class Flood:
    """``sent`` says what went where: (kind of visitor, method, rule)."""

    def __init__(self, life: Life, rules: Map) -> None:
        self.life, self.site = life, life.around.site
        self.rules = rules
        self.sent: set[tuple[str, str, str]] = set()
        self._floods("a stranger", lambda: self.site.person())
        self._floods("between the steps", self._between)
        self._floods("signed in", self._inside)
        self._floods("an administrator", lambda: self.life.root)

    def _between(self) -> Person:
        other = self.life.nina.in_another_browser()
        other.enters_password()
        return other

    def _inside(self) -> Person:
        other = self._between()
        other.enters_backup_code()
        assert other.is_signed_in()
        return other

    def _floods(self, who: str, somebody: Callable[[], Person]) -> None:
        person = self.life.around.follows(somebody())
        names = names_of_fields()
        fields = {name: f"{SECRET if name in SECRET_FIELDS else OPEN}-{name}" for name in names}
        asked = {name: f"{ADDRESS}-{name}" for name in names}
        for method, rule, path in self._addresses():
            if method == "GET":
                person.browser.get(path, params=asked)
            else:
                home = person.opens("/dashboard")  # or the page that it leads to
                token = Page(home.text).forms[-1].fields["csrf_token"]
                person.browser.post(path, data=fields | {"csrf_token": token})
            self.sent.add((who, method, rule))

    def _addresses(self) -> Iterator[tuple[str, str, str]]:
        for rule in self.rules.iter_rules():
            if rule.rule in COSTLY:
                continue
            path = rule.rule
            for argument in rule.arguments:
                value = "known" if argument == "kind" else f"{ADDRESS}-{argument}"
                path = path.replace(f"<{argument}>", value).replace(f"<path:{argument}>", value)
            for method in sorted({"GET", "POST"} & (rule.methods or set())):
                yield method, rule.rule, path
