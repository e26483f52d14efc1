"""What a sentence takes back: no, not given, planned, possible. Free text is read only as far as it states."""

from __future__ import annotations

import re

# "dose not stated" says nothing about whether the drug was given.
_HARMLESS = re.compile(
    r"\bnot (?:further )?(?:stated|named|known|recorded|reported|specified|documented|available)\b"
    r"|\b(?:dose|doses|dosage|date|dates|day|drug|name|number|route|level|side)s?(?: and \w+)? not given\b"
    r"|\bif (?:needed|required|necessary)\b|\bno(?: known)? (?:drug )?allerg(?:y|ies)\b"
)
_NOT_GIVEN = re.compile(
    r"\b(?:no|not|none|never|without|declin\w*|refus\w*|withheld|held|omitted|cancel\w*|avoid\w*|contraindicat\w*"
    r"|allerg\w*|intoleran\w*|defer\w*|postpon\w*|instead of|rather than|versus|vs|placebo|stop before)\b"
)
_NOT_YET = re.compile(
    r"\b(?:plan|plans|planned|planning|propos\w*|recommend\w*|consider\w*|candidate|eligible|await\w*|pending"
    r"|schedul\w*|intend\w*|possible|possibly|may|might|should|would|could|discuss\w*|offer\w*|advis\w*|suggest\w*"
    r"|if|to start|to be started|to begin|will|future|option\w*|request\w*|denies|unlikely)\b|\?"
)
_DENIED_BEFORE = re.compile(
    r"\b(?:no|not|without|absence of|negative for|free of|denies|excludes?|excluded|never|no evidence of|no sign of"
    r"|ruled out|rule out|r/o)\b[^.;:]*$"
)
# "denies weakness, numbness and incontinence" denies the whole list; "no weakness, numb since Monday" only its first part
_DENIES = re.compile(
    r"\bden(?:ies|ied|y|ying)\b(?!.*\b(?:has|have|had|reports?|complains?|now|with|although|though|admits?)\b)[^.;:]*$"
)
_DENIED_AFTER = re.compile(
    r"^[^.;:,]*\b(?:excluded|ruled out|refuted|unlikely|not (?:found|seen|present|confirmed)|absent|disproved)\b"
)
_ANOTHER_MATTER = re.compile(
    r"\b(?:family history|familial|at risk|risk of|risk for|screening|prophyla\w*|prevention of|fear of|mother|father"
    r"|sister|brother|aunt|uncle)\b"
)
_UNCERTAIN = re.compile(r"\b(?:possibl[ey]|suspected|suspicious|suspicion|probabl[ey]|presumed|likely)\b|\?")
_BENIGN = re.compile(r"\b(?:benign|in situ only)\b")


def not_given(words: str) -> str | None:
    """The word for which a treatment cannot be taken as given, if the text has one."""
    left = _HARMLESS.sub(" ", words.lower())
    match = _NOT_GIVEN.search(left) or _NOT_YET.search(left)
    return match.group() if match else None


def denied(words: str, start: int = 0, end: int | None = None) -> bool:
    """Whether what stands between start and end of a text is denied, or is about another person or a risk."""
    lower = words.lower()
    end = len(lower) if end is None else end
    # a clause reaches back to the last full stop, and to "but", which turns the sense round
    before = re.split(r"[.;:,]|\bbut\b", lower[:start])[-1]
    sentence = re.split(r"[.;:]|\bbut\b", lower[:start])[-1]
    if _DENIES.search(sentence):
        return True
    return bool(_DENIED_BEFORE.search(before) or _DENIED_AFTER.search(lower[end:]) or _ANOTHER_MATTER.search(lower))


def uncertain(words: str) -> bool:
    """Whether a text says possible, suspected, probable."""
    return bool(_UNCERTAIN.search(words.lower()))


def benign(words: str) -> bool:
    """Whether a text says that a tumour is benign."""
    return bool(_BENIGN.search(words.lower()))
