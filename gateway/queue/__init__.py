"""The web queue for administrators: server-rendered, quick on a slow link, no build step."""
