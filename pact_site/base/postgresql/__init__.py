"""Django's PostgreSQL, for pages that hundreds wait for (docs/decisions/0026-prepared-statements.md)."""
