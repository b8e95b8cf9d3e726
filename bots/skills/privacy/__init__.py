"""Privacy: what Palabre has about somebody, and forgetting it."""

from bots.skills.privacy.effects import ExportData, Forget
from bots.skills.privacy.skill import PrivacySkill

__all__ = ["ExportData", "Forget", "PrivacySkill"]
