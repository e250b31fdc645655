"""What happened, as a sentence for somebody who looks after accounts of others."""

from collections.abc import Mapping

from vestibule.audit.values import Details, EventKind, Result
from vestibule.audit.words import SENTENCES, sentence_of
from vestibule.texts import Text

_OF_OTHERS: Mapping[EventKind, Text] = {
    EventKind.TRY_TAKEN: Text("A try began"),
    EventKind.SIGNED_OUT_ELSEWHERE: Text("Another session was ended"),
    EventKind.CONFIRMED: Text("The second step was passed again"),
    EventKind.CONFIRM_FAILED: Text("The second step was not passed again"),
    EventKind.BACKUP_CODES_SAVED: Text("The backup codes were said to be saved"),
    EventKind.EMAIL_CHANGE_ASKED: Text("Another e-mail address was asked for; a link went to it"),
    EventKind.BROWSER_FORGOTTEN: Text("A browser was forgotten"),
    EventKind.LINK_SENT: Text("An administrator had a link sent to the person"),
}
"""Where the sentence for the owner says "you", or leaves out what only others ask for."""

KINDS: Mapping[EventKind, Text] = {
    kind: _OF_OTHERS.get(kind) or SENTENCES[kind] for kind in EventKind
}

RESULTS: Mapping[Result, Text] = {
    Result.OK: Text("Went well"),
    Result.FAILED: Text("Failed"),
    Result.REFUSED: Text("Refused"),
}

_BY_NAME = {kind.value: said for kind, said in KINDS.items()}


def said_of(kind: str, details: Details) -> str:
    return _BY_NAME.get(kind) or sentence_of(kind, details)
