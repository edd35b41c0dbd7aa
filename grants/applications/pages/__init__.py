"""The applicant's own pages of an application: drafting it, part by part. What moves a state is a command elsewhere."""
