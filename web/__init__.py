"""Pages for people in a browser, and later feeds and the service's API. It never holds the administrator's token."""
