"""The web queue for administrators: pages rendered on the server, for slow links, without a build step."""
