"""Accounts, jobs and the audit trail in Django's admin."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from .looking import LookOnly
from .models import AuditEvent, Job, User


@admin.register(User)
class PactUserAdmin(UserAdmin[User]):
    """Django's user admin with the role."""

    list_display = ("username", "email", "role", "is_active")
    list_filter = ("role", "is_active")
    fieldsets = (*(UserAdmin.fieldsets or ()), ("PACT", {"fields": ("role",)}))
    add_fieldsets = (*UserAdmin.add_fieldsets, ("PACT", {"fields": ("role",)}))


@admin.register(Job)
class JobAdmin(LookOnly, admin.ModelAdmin[Job]):
    """Jobs, to look at."""

    list_display = ("kind", "state", "progress", "attempts", "created_at", "error")
    list_filter = ("kind", "state")


@admin.register(AuditEvent)
class AuditEventAdmin(LookOnly, admin.ModelAdmin[AuditEvent]):
    """The audit trail: nobody edits it."""

    list_display = ("at", "actor", "verb", "subject")
    list_filter = ("verb",)
