"""Privacy: what Palabre has about somebody, and forgetting it."""

from bots.skills.privacy.skill import ExportData, Forget, PrivacySkill

__all__ = ["ExportData", "Forget", "PrivacySkill"]
