"""What each party's part costs and how much of it is asked for.

Below applications in the import order: an application holds budgets, and a budget knows of it by key only.
"""

from django.db import models


class CostLine(models.Model):
    """One party's cost of one type in one year of the project, in öre."""

    party = models.ForeignKey("applications.Party", models.CASCADE, related_name="cost_lines")
    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="cost_lines")
    cost_type = models.CharField(max_length=60)
    year = models.PositiveSmallIntegerField()
    amount_ore = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["party", "cost_type", "year"], name="one_cost_line"),
            models.CheckConstraint(condition=models.Q(amount_ore__gte=0), name="cost_is_not_negative"),
        ]


class AppliedGrant(models.Model):
    """How much grant one party applies for, in öre; the rest of its costs is its own financing."""

    party = models.OneToOneField("applications.Party", models.CASCADE, related_name="applied_grant")
    application = models.ForeignKey("applications.Application", models.CASCADE, related_name="applied_grants")
    amount_ore = models.BigIntegerField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(amount_ore__gte=0), name="grant_is_not_negative")]
