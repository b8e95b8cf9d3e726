"""Privacy: what Palabre has about somebody, and forgetting it."""

from bots.features.privacy.effects import ExportData, Forget
from bots.features.privacy.skill import PrivacySkill

__all__ = ["ExportData", "Forget", "PrivacySkill"]
