"""The actions on the page of an account: their words, and what must be given for them."""

from dataclasses import dataclass

from vestibule.texts import Text


@dataclass(frozen=True)
class Action:
    title: Text
    consequences: Text
    done: Text
    is_grave: bool = False
    """Whether the name has to be typed."""
    of_host: str = ""
    """The method that the host gives for it."""


ACTIONS = {
    "sign-out": Action(
        Text("Sign out everywhere"),
        Text(
            "Every session of this account ends at once, and so do remembered browsers and trust."
        ),
        Text("Every session of this account is ended."),
    ),
    "unlock": Action(
        Text("Unlock"),
        Text(
            "Waiting times after wrong passwords and codes end, and all tries are there again: for "
            "the person, and for whoever guesses. An authenticator that is off stays off."
        ),
        Text("The account has all its tries again."),
    ),
    "password-link": Action(
        Text("Send a link for a new password"),
        Text(
            "The person gets a mail with a one-time link. The present password works until a new "
            "one is set. You do not see the link."
        ),
        Text("The link is on its way."),
        of_host="send_password_link",
    ),
    "enrolment-link": Action(
        Text("Send a link for the first set-up"),
        Text(
            "The person gets a mail with a one-time link to set up an authenticator; it works "
            "together with the password. You do not see the link."
        ),
        Text("The link is on its way."),
    ),
    "reset-second-step": Action(
        Text("Remove the second step"),
        Text(
            "Every authenticator and backup code of this account stops working, and every session "
            "ends. Until a new second step is set up, the password alone opens the account: be "
            "certain who asked you."
        ),
        Text("The account has no second step any more, and is signed out everywhere."),
        is_grave=True,
    ),
    "stop-recovery": Action(
        Text("Stop the recovery"),
        Text(
            "The second step stays as it is, and every address of the person hears of it. Whoever "
            "asked for the recovery knows the password: if that was a stranger, send a link for a "
            "new one."
        ),
        Text("The recovery is stopped."),
    ),
    "disable": Action(
        Text("Disable the account"),
        Text("Nobody can sign in to this account, and every session ends. Nothing is deleted."),
        Text("The account is disabled."),
        is_grave=True,
        of_host="disable",
    ),
    "enable": Action(
        Text("Enable the account"),
        Text("The person can sign in again, with the password and second step of before."),
        Text("The account is enabled."),
        is_grave=True,
        of_host="enable",
    ),
}
