"""The few ways a user can be wrong. Each says which field, what was given, what is allowed and what to do."""

from __future__ import annotations


class SeedsoilError(Exception):
    """Anything seedsoil refuses to do. The command line turns it into one message."""


class InputError(SeedsoilError):
    """The input is wrong: exit code 2, one message, no traceback.

    field: where the trouble is (``findings.calcium``, ``order[2].dose_mg``).
    value: what was given. allowed: what would be accepted. fix: what to do about it.
    """

    def __init__(self, field: str, value: object = None, allowed: str = "", fix: str = "") -> None:
        self.field, self.value, self.allowed, self.fix = field, value, allowed, fix
        parts = [f"{field}: {value!r} cannot be used" if value is not None else f"{field} cannot be used"]
        if allowed:
            parts.append(f"allowed: {allowed}")
        if fix:
            parts.append(fix)
        super().__init__("; ".join(parts) + ".")


class ConflictingOrders(SeedsoilError):
    """One policy starts and stops the same drug for the same person at the same visit."""


class UnreadableState(SeedsoilError):
    """A saved state was written by another version, table or schema."""


class Unsupported(SeedsoilError):
    """A part that is not installed, or a machine that lacks something; says what would be needed."""


class RunStopped(SeedsoilError):
    """A long run could not go on: the disk, or a process of it. What was written stays; says how to go on."""
