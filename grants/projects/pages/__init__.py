"""A funded project's pages: what is due and when it is paid, and each report."""
