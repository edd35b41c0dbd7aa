"""What kinds of bodies there are; the kind decides the roles that an organisation may have in a call."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrganisationKind(models.TextChoices):
    """The kinds of organisation that calls speak of."""

    MUNICIPALITY = "municipality", _("kommun")
    MUNICIPAL_ASSOCIATION = "municipal_association", _("kommunalförbund")
    REGION = "region", _("region")
    CIVIL_SOCIETY = "civil_society", _("civilsamhällesorganisation")
    COMPANY = "company", _("företag")
    UNIVERSITY = "university", _("universitet eller högskola")
    INSTITUTE = "institute", _("forskningsinstitut")
    AGENCY = "agency", _("statlig myndighet")
