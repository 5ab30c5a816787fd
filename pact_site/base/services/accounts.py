"""Making staff accounts."""

from django.db import transaction

from pact_site.base.errors import BadInput
from pact_site.base.models import Role, User

from . import audit


@transaction.atomic
def ensure_user(
    *, username: str, role: str, password: str, email: str = "", actor: User | None = None
) -> User:
    """The account of that name, made with this role and password if there is none yet.

    An account that exists is returned as it is: its role and password may have been changed since.
    Administrators may enter Django's admin. Raises BadInput for an unknown role.
    """
    if role not in Role.values:
        raise BadInput("Unknown role.", found=role, expected=", ".join(Role.values))
    existing = User.objects.filter(username=username).first()
    if existing is not None:
        return existing
    rules = role == Role.ADMINISTRATOR
    user = User.objects.create_user(
        username, email, password, role=role, is_staff=rules, is_superuser=rules
    )
    audit.record(verb="user.made", subject=username, actor=actor, role=role)
    return user
