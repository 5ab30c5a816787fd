"""The audit trail's one door."""

from pact_site.base.models import AuditEvent, User


def record(*, verb: str, subject: str, actor: User | None = None, **detail: object) -> AuditEvent:
    """Add an audit row; call it inside the transaction of the write it tells about."""
    return AuditEvent.objects.create(verb=verb, subject=subject, actor=actor, detail=detail)
