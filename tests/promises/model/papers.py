"""The codes that somebody has at hand: of a phone, of a sheet, of somebody else."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.promises.model.people import Account
from tests.promises.model.time_and_again import TimeAndAgain

TOO_MANY = 429
"""How many tries there are is told by tests of their own; here such an answer changes nothing."""

kinds_of_code = st.sampled_from(
    (
        "now",
        "now",
        "now",
        "before",
        "next",
        "spent",
        "spent",
        "older",
        "of another",
        "former",
        "wrong",
    )
)
kinds_of_backup_code = st.sampled_from(("fresh", "fresh", "used", "retired", "of another", "wrong"))


class Papers(TimeAndAgain):
    def code_for(self, who: str, account: Account, kind: str, which: int) -> str:
        """Thieves have none that is still good, but may have looked over a shoulder."""
        step, others = self.ledger.step, self.ledger.accounts.values()
        phone = account.phones[which % len(account.phones)] if account.phones else None
        offset = {"before": -1, "now": 0, "next": 1}
        if kind in offset and phone and self.has_papers(who, account):
            return phone.code(step + offset[kind])
        if kind in ("spent", "older") and phone:
            return phone.code(phone.last_step - (kind == "older"))
        if kind == "of another":
            other = next(one for one in others if one is not account)
            if other.phones:
                return other.phones[0].code(step)
        if kind == "former" and account.former_phones:
            return account.former_phones[-1].code(step)
        near = {one.code(step + at) for one in account.phones for at in range(-4, 5)}
        return next(code for number in range(9) if (code := f"{number}12345") not in near)

    def backup_code_for(self, who: str, account: Account, kind: str, which: int) -> str:
        if kind == "of another":
            other = next(one for one in self.ledger.accounts.values() if one is not account)
            account, kind = other, "fresh"
        elif kind == "fresh" and not self.has_papers(who, account):
            kind = "used"
        found = account.codes_that_are(kind)
        return found[which % len(found)] if found else "0000-0000-0000-0000"
