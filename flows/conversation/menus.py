"""All menus of a phone, the citizen's and the secretary's, as one conversation."""

from __future__ import annotations

from flows.conversation import citizen_services, secretary
from flows.conversation.citizen import citizen

__all__ = ["citizen_services", "conversation", "secretary"]

conversation = citizen
"""With every screen in it: the modules named above have added theirs by being imported."""
